"""Fixed parts of a commission, charged once for each order or for each fill, with the sums written out."""

from typing import Any

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
#: Ten can be traded at each bar.
THIN = frame_of(*[(*CALM, 20.0)] * 6)
#: 25 of them fill in three parts: 10, 10 and 5.
THREE = Call(0, "market", 25)


def fees(engine: str, commission: dict[str, Any], *calls: Call, **settings: Any) -> list[float]:
    settings = {"cash": 10_000.0, "max_volume_share": 0.5, **settings}
    played = play(engine, scripted(THIN, *(calls or (THREE,)), commission=commission, **settings))
    assert played.metrics["commission_paid"] == pytest.approx(sum(played.fees), rel=1e-15)
    return played.fees


@pytest.mark.parametrize(
    ("commission", "by_order", "by_fill"),
    [
        ({"type": "fixed", "amount": 7.0}, [7.0, 0.0, 0.0], [7.0, 7.0, 7.0]),
        # 1000, 1000 and 500 at a thousandth: 1, 1 and 0.5.
        ({"type": "percent", "rate": 0.001, "amount": 2.0}, [3.0, 1.0, 0.5], [3.0, 3.0, 2.5]),
        ({"type": "percent", "rate": 0.001, "minimum": 1.25}, [1.25, 0.75, 0.5], [1.25, 1.25, 1.25]),
        ({"type": "percent", "rate": 0.001, "minimum": 4.0}, [4.0, 0.0, 0.0], [4.0, 4.0, 4.0]),
        ({"type": "percent", "rate": 0.001, "maximum": 1.75}, [1.0, 0.75, 0.0], [1.0, 1.0, 0.5]),
        ({"type": "percent", "rate": 0.001, "amount": 2.0, "maximum": 3.5}, [3.0, 0.5, 0.0], [3.0, 3.0, 2.5]),
        # 2.5, 2.5 and 1.25 at a quarter a share.
        ({"type": "per_share", "rate": 0.25, "minimum": 4.0}, [4.0, 1.0, 1.25], [4.0, 4.0, 4.0]),
        ({"type": "per_share", "rate": 0.25, "maximum": 3.0}, [2.5, 0.5, 0.0], [2.5, 2.5, 1.25]),
        ({"type": "per_share", "rate": 0.25, "minimum": 3.0, "maximum": 5.5}, [3.0, 2.0, 0.5], [3.0, 3.0, 3.0]),
        # Without a fixed part there is nothing to charge once.
        ({"type": "percent", "rate": 0.001}, [1.0, 1.0, 0.5], [1.0, 1.0, 0.5]),
        ({"type": "per_share", "rate": 0.25}, [2.5, 2.5, 1.25], [2.5, 2.5, 1.25]),
    ],
)
def test_an_order_in_three_parts(
    engine: str, commission: dict[str, Any], by_order: list[float], by_fill: list[float]
) -> None:
    assert fees(engine, commission) == by_order
    assert fees(engine, {**commission, "per": "order"}) == by_order
    assert fees(engine, {**commission, "per": "fill"}) == by_fill


def test_an_order_in_one_part_pays_the_same(engine: str) -> None:
    commission = {"type": "percent", "rate": 0.001, "amount": 2.0, "minimum": 2.5, "maximum": 2.75}
    # 10 at 100 are 1000, 2 at 100 are 200: 1 + 2, at most 2.75; 0.2 + 2, at least 2.5.
    for per in ("order", "fill"):
        sales = [Call(0, "market", 10), Call(2, "market", -2)]
        assert fees(engine, {**commission, "per": per}, *sales) == [2.75, 2.5]


def test_each_order_pays_its_own(engine: str) -> None:
    # 15 bought in two parts, and as many sold in two: 7 for each order.
    calls = [Call(0, "market", 15), Call(2, "market", -15)]
    assert fees(engine, {"type": "fixed", "amount": 7.0}, *calls) == [7.0, 0.0, 7.0, 0.0]


def test_a_changed_order_is_the_same_one(engine: str) -> None:
    # 10 of 15 at 100, then the limit is moved: the other 5 belong to the order that has paid.
    calls = [Call(0, "limit", 15, 100), Call(1, "modify", 1, 100.5)]
    assert fees(engine, {"type": "fixed", "amount": 7.0}, *calls) == [7.0, 0.0]


def test_a_stop_that_goes_on_as_a_market_order_is_the_same_one(engine: str) -> None:
    # Touched at 100.5; what is left is bought at the next open.
    assert fees(engine, {"type": "fixed", "amount": 7.0}, Call(0, "stop", 15, 100.5)) == [7.0, 0.0]


def test_an_order_that_replaces_another_is_a_new_one(engine: str) -> None:
    # LONG wants 25: 10 come. FLAT replaces what is left and sells the 10.
    calls = [Call(0, "answer", 1), Call(1, "answer", 0)]
    sizing = {"type": "quantity", "quantity": 25.0}
    assert fees(engine, {"type": "fixed", "amount": 7.0}, *calls, sizing=sizing) == [7.0, 7.0]


def test_a_fill_through_zero_shares_what_is_charged_for_it(engine: str) -> None:
    # 5 held; 25 sold as 10, 10, 5. The first closes 5 and opens 5: half of its 7 each.
    calls = [Call(0, "market", 5), Call(1, "market", -25)]
    case = scripted(THIN, *calls, cash=10_000.0, max_volume_share=0.5, commission={"type": "fixed", "amount": 7.0})
    played = play(engine, case)
    assert played.fees == [7.0, 7.0, 0.0, 0.0]
    assert played.first("POSITION_CLOSE").fee == 3.5
    assert [e.fee for e in played.events if e.kind == "POSITION_OPEN"] == [7.0, 3.5]


def test_what_cash_pays_for_leaves_out_what_was_charged_before(engine: str) -> None:
    # 10 at 100 and 7 leave 493, which pay for 4.93: nothing is charged for the second part. With 7 more, for 4.86.
    commission = {"type": "fixed", "amount": 7.0}
    case = {"cash": 1500.0, "max_volume_share": 0.5}
    played = play(engine, scripted(THIN, THREE, commission=commission, **case))
    assert played.fees == [7.0, 0.0] and played.fills[1][2] == pytest.approx(4.93, rel=1e-14)
    played = play(engine, scripted(THIN, THREE, commission={**commission, "per": "fill"}, **case))
    assert played.fees == [7.0, 7.0] and played.fills[1][2] == pytest.approx(4.86, rel=1e-14)


def test_what_margin_allows_leaves_out_what_was_charged_before(engine: str) -> None:
    # 1000 with leverage 2: x at 100 after a fee of 100 may be 1800. 10 first, then 8; charged again, 6.
    commission = {"type": "fixed", "amount": 100.0}
    case = {"cash": 1000.0, "max_volume_share": 0.5, "margin": {"leverage": 2.0, "maintenance": 0.0}}
    played = play(engine, scripted(THIN, THREE, commission=commission, **case))
    assert played.fees == [100.0, 0.0] and played.fills[1][2] == pytest.approx(8.0, rel=1e-12)
    played = play(engine, scripted(THIN, THREE, commission={**commission, "per": "fill"}, **case))
    assert played.fees == [100.0, 100.0] and played.fills[1][2] == pytest.approx(6.0, rel=1e-12)
