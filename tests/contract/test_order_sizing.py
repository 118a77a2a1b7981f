"""The size of a unit under each rule of sizing, computed by hand."""

import math

import pytest

from tests.contract.order_cases import ENGINES, Call, Played, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
LONG = (Call(0, "answer", 1),)


def first_quantity(engine: str, *calls: Call, **settings: object) -> float:
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *(calls or LONG), **{"cash": 1000.0, **settings}))
    return played.first("ORDER").quantity


def test_a_fraction_of_equity(engine: str) -> None:
    assert first_quantity(engine, sizing={"type": "fraction", "fraction": 0.3}, pyramiding=2) == 0.3 * 1000 / 100
    assert first_quantity(engine, position_size=0.5, pyramiding=2) == 5.0
    assert first_quantity(engine, position_size=0.5, pyramiding=2, lot_size=2.0) == 4.0


def test_a_quantity_and_an_amount_of_cash(engine: str) -> None:
    assert first_quantity(engine, sizing={"type": "quantity", "quantity": 7.5}) == 7.5
    assert first_quantity(engine, sizing={"type": "quantity", "quantity": 7.5}, lot_size=2.0) == 6.0
    assert first_quantity(engine, sizing={"type": "cash", "amount": 250}) == 2.5
    assert first_quantity(engine, Call(0, "answer", -1), sizing={"type": "cash", "amount": 250}) == -2.5


def test_a_size_below_the_lot_is_refused(engine: str) -> None:
    sizing = {"type": "quantity", "quantity": 1.5}
    played = play(engine, scripted(frame_of(CALM, CALM), *LONG, cash=1000.0, sizing=sizing, lot_size=2.0))
    assert [(bar, reason) for bar, reason, _ in played.told("REJECT")] == [(0, "below_lot_size")]
    assert played.fills == []


def test_risk_over_the_distance_of_the_stop(engine: str) -> None:
    sizing = {"type": "risk", "risk": 0.02}
    # 20 at risk; a stop 4 % below 100 is 4 away.
    assert first_quantity(engine, sizing=sizing, exits={"stop_loss": 0.04}) == 0.02 * 1000 / (100 * 0.04)
    # The stop loss comes first where both are set.
    both = {"stop_loss": 0.04, "trailing_stop": {"type": "amount", "amount": 10.0}}
    assert first_quantity(engine, sizing=sizing, exits=both) == 0.02 * 1000 / (100 * 0.04)
    assert first_quantity(engine, sizing=sizing, exits={"trailing_stop": {"type": "amount", "amount": 10.0}}) == 2.0


def test_risk_over_multiples_of_the_true_range(engine: str) -> None:
    # True ranges of bars 1 and 2 are 2: ATR(2) is 2 at bar 2, and twice that is 4; 20 / 4 = 5. At bar 1 it has none.
    exits = {"trailing_stop": {"type": "atr", "multiple": 2.0, "period": 2}}
    calls = [Call(1, "answer", 1), Call(2, "answer", 1)]
    case = scripted(frame_of(*[CALM] * 4), *calls, cash=1000.0, sizing={"type": "risk", "risk": 0.02}, exits=exits)
    played = play(engine, case)
    assert [(bar, reason) for bar, reason, _ in played.told("REJECT")] == [(1, "below_lot_size")]
    assert played.fills == [(3, 100.0, 5.0)]


def volatile(engine: str, at: int, **settings: object) -> Played:
    # Returns at bars 1, 2, 3: 0.1, -0.1, 0.1. Daily bars: 365.25 a year.
    closes = [100.0, 110.0, 99.0, 108.9, 108.9]
    frame = frame_of(*[(c, c, c, c) for c in closes], step="1D")
    return play(engine, scripted(frame, Call(at, "answer", 1), cash=1000.0, **settings))


def test_volatility_to_its_target(engine: str) -> None:
    sizing = {"type": "volatility", "target": 0.5, "period": 2}
    # Of the returns 0.1 and -0.1 the population deviation is 0.1; a year's is 0.1 * sqrt(365.25).
    share = 0.5 / (0.1 * math.sqrt(365.25))
    assert volatile(engine, 2, sizing=sizing).first("ORDER").quantity == pytest.approx(share * 1000 / 99, rel=1e-12)
    assert [reason for _, reason, _ in volatile(engine, 1, sizing=sizing).told("REJECT")] == ["below_lot_size"]
    # A target that asks for more than the account is cut at what is there, or at the leverage.
    much = {"type": "volatility", "target": 50.0, "period": 2}
    assert volatile(engine, 2, sizing=much).first("ORDER").quantity == 1.0 * 1000 / 99
    margin = {"leverage": 3.0, "maintenance": 0.1}
    assert volatile(engine, 2, sizing=much, margin=margin).first("ORDER").quantity == 3.0 * 1000 / 99


def test_no_volatility_is_no_size(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, CALM)
    sizing = {"type": "volatility", "target": 0.5, "period": 2}
    played = play(engine, scripted(frame, Call(2, "answer", 1), cash=1000.0, sizing=sizing))
    assert [reason for _, reason, _ in played.told("REJECT")] == ["below_lot_size"]


def test_kelly_from_the_trades_so_far(engine: str) -> None:
    # Long 1 from 100 to 120: 0.2. Long 1 from 100 to 90: -0.1. Then W = 1/2, R = 0.2 / 0.1 = 2:
    # f = 0.5 * (1/2 - (1/2) / 2) = 0.125.
    flat = [(p, p, p, p) for p in (100.0, 100.0, 120.0, 100.0, 90.0, 90.0, 90.0)]
    calls = [
        Call(0, "market", 1),
        Call(1, "market", -1),
        Call(2, "market", 1),
        Call(3, "market", -1),
        Call(4, "answer", 1),
    ]
    sizing = {"type": "kelly", "fraction": 0.5, "minimum_trades": 2}
    played = play(engine, scripted(frame_of(*flat), *calls, cash=1000.0, sizing=sizing, position_size=0.75))
    # Equity is 1000 + 20 - 10.
    assert played.ordered()[-1][3] == pytest.approx(0.125 * 1010 / 90, rel=1e-12)
    more = {"type": "kelly", "fraction": 0.5, "minimum_trades": 3}
    played = play(engine, scripted(frame_of(*flat), *calls, cash=1000.0, sizing=more, position_size=0.75))
    assert played.ordered()[-1][3] == 0.75 * 1010 / 90


def test_kelly_of_winners_alone_is_not_defined(engine: str) -> None:
    flat = [(p, p, p, p) for p in (100.0, 100.0, 125.0, 125.0)]
    calls = [Call(0, "market", 1), Call(1, "market", -1), Call(2, "answer", 1)]
    sizing = {"type": "kelly", "fraction": 0.5, "minimum_trades": 1}
    played = play(engine, scripted(frame_of(*flat), *calls, cash=1000.0, sizing=sizing, position_size=0.5))
    assert played.ordered()[-1][3] == 0.5 * 1025 / 125


def test_a_weight_is_kept_within_its_band(engine: str) -> None:
    flat = [(p, p, p, p) for p in (100.0, 100.0, 120.0, 200.0, 200.0)]
    calls = [Call(bar, "answer", 1) for bar in range(5)]
    sizing = {"type": "weight", "weight": 0.5, "band": 0.1}
    played = play(engine, scripted(frame_of(*flat), *calls, cash=1000.0, sizing=sizing))
    # 5 at 100. At 120: 600 / 1100 = 0.545, within. At 200: 1000 / 1500 = 0.667: the target is 0.5 * 1500 / 200 = 3.75.
    assert played.fills == [(1, 100.0, 5.0), (4, 200.0, -1.25)]
    assert [event.bar for event in played.events if event.kind == "SIGNAL"] == [0, 3]


def test_a_direction_aims_at_a_position(engine: str) -> None:
    # The signal of bar 1 wants 4; a limit order of the bar's own has bought 3 of them by the time it is matched.
    frame = frame_of(CALM, CALM, (98, 99, 97, 98))
    calls = [Call(1, "limit", 3, 99), Call(1, "answer", 1)]
    case = scripted(frame, *calls, cash=1000.0, sizing={"type": "quantity", "quantity": 4.0})
    assert play(engine, case).fills == [(2, 98.0, 3.0), (2, 98.0, 1.0)]


def test_a_direction_is_not_sent_twice_and_a_new_one_replaces_it(engine: str) -> None:
    frame = frame_of(*[(100, 101, 99, 100, 10)] * 5)
    calls = [Call(0, "answer", 1), Call(1, "answer", 1), Call(2, "answer", -1)]
    settings = {"cash": 10_000.0, "sizing": {"type": "quantity", "quantity": 9.0}, "max_volume_share": 0.2}
    played = play(engine, scripted(frame, *calls, **settings))
    # 2 a bar: 4 are held when the direction turns; the new order is for -9 - 4 = -13.
    assert played.ordered() == [(0, 1, 100.0, 9.0), (2, 2, 100.0, -13.0)]
    assert played.told("CANCEL") == [(2, "replaced", 1)]
    assert played.cause(played.first("CANCEL")).kind == "SIGNAL"
    assert [quantity for _, _, quantity in played.fills] == [2.0, 2.0, -2.0, -2.0]


def test_risk_over_the_distance_of_a_trailing_percentage(engine: str) -> None:
    sizing = {"type": "risk", "risk": 0.02}
    exits = {"trailing_stop": {"type": "percent", "rate": 0.05}}
    assert first_quantity(engine, sizing=sizing, exits=exits) == 0.02 * 1000 / (100 * 0.05)


def test_risk_is_a_share_of_equity_not_of_cash(engine: str) -> None:
    # 6 of 10 are in the market: equity 1000, cash 400.
    calls = [Call(0, "market", 6), Call(1, "answer", 1)]
    settings = {"sizing": {"type": "risk", "risk": 0.02}, "exits": {"stop_loss": 0.1}, "pyramiding": 2}
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, **settings))
    assert played.fills == [(1, 100.0, 6.0), (2, 100.0, 0.02 * 1000 / (100 * 0.1))]


def kelly(engine: str, sizes: tuple[float, float], prices: tuple[float, ...], fraction: float) -> Played:
    """A trade of each size, closed two bars apart, then LONG at the fifth bar."""
    calls = [
        Call(0, "market", sizes[0]),
        Call(1, "market", -sizes[0]),
        Call(2, "market", sizes[1]),
        Call(3, "market", -sizes[1]),
        Call(4, "answer", 1),
    ]
    sizing = {"type": "kelly", "fraction": fraction, "minimum_trades": 2}
    return play(engine, scripted(frame_of(*[(p, p, p, p) for p in prices]), *calls, cash=1000.0, sizing=sizing))


def test_kelly_goes_by_returns_and_not_by_money(engine: str) -> None:
    # 4 from 100 to 120: 0.2 of what went in. 1 from 100 to 90: -0.1. W = 1/2, R = 2, whatever the sizes.
    played = kelly(engine, (4.0, 1.0), (100.0, 100.0, 120.0, 100.0, 90.0, 90.0, 90.0), 0.5)
    assert played.ordered()[-1][3] == pytest.approx(0.125 * (1000 + 80 - 10) / 90, rel=1e-12)


def test_kelly_is_never_less_than_nothing(engine: str) -> None:
    # W = 1/2, R = 0.01 / 0.2: 1/2 - (1/2) / 0.05 is below nothing. (It cannot be above 1, as W is not.)
    played = kelly(engine, (1.0, 1.0), (100.0, 100.0, 101.0, 100.0, 80.0, 80.0, 80.0), 0.5)
    assert [(bar, reason) for bar, reason, _ in played.told("REJECT")] == [(4, "below_lot_size")]
