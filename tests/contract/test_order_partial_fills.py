"""What a fill in part does to the other orders of its group, to closing orders, and to what is left: by hand."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
TEN = {"type": "quantity", "quantity": 10.0}
#: Ten are bought at 100. The target of 110 is touched where four may be sold, then the stop of 90; it ends at 50.
FALL = frame_of(CALM, (100, 101, 99, 100, 100), (100, 111, 99, 105, 40), (95, 96, 88, 89, 1000), (50, 50, 50, 50, 1000))
SHARE = {"cash": 1000.0, "max_volume_share": 0.1}


def test_a_target_filled_in_part_leaves_a_stop_for_the_rest_bracket(engine: str) -> None:
    played = play(engine, scripted(FALL, Call(0, "bracket", 10, 90, 110), **SHARE))
    assert played.fills == [(1, 100.0, 10.0), (2, 110.0, -4.0), (3, 90.0, -6.0)]
    assert played.ordered("modified") == [(2, 2, 90.0, -6.0)]
    assert played.cause(next(e for e in played.events if e.reason == "modified")).kind == "FILL"
    assert played.told("CANCEL") == [(3, "oco", 3)]
    # 4 * 10 - 6 * 10, and not 4 * 10 - 6 * 50.
    assert played.equity[-1] - 1000.0 == -20.0


def test_a_target_filled_in_part_leaves_a_stop_for_the_rest_exits(engine: str) -> None:
    case = scripted(FALL, Call(0, "answer", 1), **SHARE, sizing=TEN, exits={"stop_loss": 0.1, "take_profit": 0.1})
    played = play(engine, case)
    assert played.fills == [(1, 100.0, 10.0), (2, 100 * (1 + 0.1), -4.0), (3, 90.0, -6.0)]
    assert played.ordered("modified") == []
    assert played.told("CANCEL") == [(3, "oco", 3)]
    assert played.equity[-1] - 1000.0 == pytest.approx(-20.0, abs=1e-9)


def test_a_stop_filled_in_part_goes_on_at_the_market_and_leaves_a_target_for_the_rest(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (95, 96, 88, 89, 40), (92, 120, 91, 111, 30), (111, 112, 99, 100))
    played = play(engine, scripted(frame, Call(0, "bracket", 10, 90, 110), **SHARE))
    # 4 at the stop, 3 at the next open, which is all that its volume lets through, and the rest at the one after.
    assert played.fills == [(1, 100.0, 10.0), (2, 90.0, -4.0), (3, 92.0, -3.0), (4, 111.0, -3.0)]
    assert played.ordered("modified") == [(2, 3, 110.0, -6.0), (3, 3, 110.0, -3.0)]
    assert played.told("CANCEL") == [(4, "oco", 3)]


def test_exits_that_were_filled_in_part_follow_the_position(engine: str) -> None:
    # 10 at 100; 4 leave at 110. 10 more at 100 are an average of (6 * 100 + 10 * 100) / 16: the stop sells all 16.
    frame = frame_of(
        CALM, (100, 101, 99, 100, 100), (100, 111, 99, 100, 40), (100, 101, 99, 100, 1000), (95, 96, 88, 89)
    )
    calls = [Call(0, "answer", 1), Call(2, "market", 10)]
    case = scripted(frame, *calls, cash=2000.0, max_volume_share=0.1, sizing=TEN,
                    exits={"stop_loss": 0.1, "take_profit": 0.1})  # fmt: skip
    played = play(engine, case)
    assert [quantity for _, _, quantity in played.fills] == [10.0, -4.0, 10.0, -16.0]
    assert played.ordered("modified") == [(3, 2, 90.0, -16.0), (3, 3, 100 * (1 + 0.1), -16.0)]


def test_the_rest_of_a_filled_order_stays_in_its_group(engine: str) -> None:
    # The target sells 4 and 3, the stop is 6, then 3.
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (100, 110, 99, 105, 40), (105, 111, 99, 105, 30), (95, 96, 88, 89))
    played = play(engine, scripted(frame, Call(0, "bracket", 10, 90, 110), **SHARE))
    assert played.fills == [(1, 100.0, 10.0), (2, 110.0, -4.0), (3, 110.0, -3.0), (4, 90.0, -3.0)]
    assert played.ordered("modified") == [(2, 2, 90.0, -6.0), (3, 2, 90.0, -3.0)]


def test_an_entry_filled_in_part_cancels_the_other_of_a_pair(engine: str) -> None:
    # To buy at 98 or at 103: the first to be filled at all ends the other, and goes on.
    frame = frame_of(CALM, CALM, (100, 101, 97, 98, 40), (98, 99, 97, 98), (104, 105, 103, 104))
    calls = [Call(0, "limit", 6, 98), Call(0, "stop", 6, 103), Call(0, "oco", 1, 2)]
    played = play(engine, scripted(frame, *calls, **SHARE))
    assert played.fills == [(2, 98.0, 4.0), (3, 98.0, 2.0)]
    assert played.told("CANCEL") == [(2, "oco", 2)] and played.ordered("modified") == []


def test_what_an_order_of_a_pair_takes_off_the_other_may_leave_more_than_of_itself(engine: str) -> None:
    # Half of 10 has a target; the stop is for all. The target takes its 5 off.
    frame = frame_of(CALM, CALM, CALM, (100, 110, 99, 105), (95, 96, 88, 89))
    calls = [Call(0, "market", 10), Call(1, "limit", -5, 110), Call(1, "stop", -10, 90), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 10.0), (3, 110.0, -5.0), (4, 90.0, -5.0)]
    assert played.ordered("modified") == [(3, 3, 90.0, -5.0)]


def test_an_order_of_a_pair_with_nothing_left_is_cancelled(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, (100, 110, 99, 105), (95, 96, 88, 89))
    calls = [Call(0, "market", 10), Call(1, "limit", -6, 110), Call(1, "stop", -5, 90), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 10.0), (3, 110.0, -6.0)]
    assert played.told("CANCEL") == [(3, "oco", 3)]


def test_all_others_of_a_group_of_three_are_reduced(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100, 100), CALM, CALM, (100, 110, 99, 105, 40))
    calls = [
        Call(0, "bracket", 10, 90, 110),
        Call(1, "limit", -10, 120),
        Call(2, "oco", 2, 4),
    ]
    played = play(engine, scripted(frame, *calls, **SHARE))
    assert played.fills == [(1, 100.0, 10.0), (4, 110.0, -4.0)]
    assert played.ordered("modified") == [(4, 2, 90.0, -6.0), (4, 4, 120.0, -6.0)]


def test_an_order_of_the_other_side_is_cancelled_by_the_first_fill(engine: str) -> None:
    # Out at 110, or more at 90. Four leave: what would add is gone, all of it.
    frame = frame_of(CALM, (100, 101, 99, 100, 100), CALM, (100, 110, 99, 105, 40), (95, 96, 88, 89))
    calls = [Call(0, "market", 8), Call(1, "limit", -8, 110), Call(1, "limit", 8, 90), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, **SHARE))
    assert played.told("CANCEL") == [(3, "oco", 3)] and played.ordered("modified") == []


@pytest.mark.parametrize("sold", [-4.0, -6.0])
def test_a_fill_that_closes_a_position_cancels_the_others(engine: str, sold: float) -> None:
    # Long 4. What is sold closes it, or goes through zero; a stop of 10 would turn it round all the same.
    frame = frame_of(CALM, CALM, CALM, (100, 110, 99, 105), (95, 96, 88, 89))
    calls = [Call(0, "market", 4), Call(1, "limit", sold, 110), Call(1, "stop", -10, 90), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 4.0), (3, 110.0, sold)]
    assert played.told("CANCEL") == [(3, "oco", 3)]


def test_close_at_end_sells_what_the_volume_lets_through(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (100, 101, 99, 100, 40))
    calls = [Call(0, "market", 10), Call(1, "limit", -5, 120)]
    played = play(engine, scripted(frame, *calls, **SHARE, close_at_end=True))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -4.0)]
    assert played.ordered("close_at_end") == [(2, 3, 100.0, -10.0)]
    # The order at 120 before, and what is left of the closing order after.
    assert played.told("CANCEL") == [(2, "end_of_data", 2), (2, "end_of_data", 3)]
    assert [e.quantity for e in played.events if e.kind == "CANCEL"] == [-5.0, -6.0]
    assert played.metrics["n_trades"] == 0 and played.events[-1].quantity == 6.0


def test_close_at_end_has_what_the_bar_has_left(engine: str) -> None:
    # 4 of 10 may be sold on the last bar, and 3 are at the open.
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (100, 101, 97, 98, 40))
    calls = [Call(0, "market", 10), Call(1, "market", -3)]
    played = play(engine, scripted(frame, *calls, **SHARE, close_at_end=True))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -3.0), (2, 98.0, -1.0)]


def test_close_at_end_without_a_volume_share_closes_everything(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (100, 101, 99, 100, 0))
    played = play(engine, scripted(frame, Call(0, "market", 10), cash=1000.0, close_at_end=True))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -10.0)] and played.told("CANCEL") == []


def test_a_liquidation_sells_what_the_volume_lets_through(engine: str) -> None:
    # 20 at 100 on 1000 fall to 66: 320 of 1320. Eight may be sold at each bar; the breach is told while it lasts.
    frame = frame_of(CALM, (100, 101, 99, 100, 250), (70, 71, 65, 66, 80), (65, 66, 64, 65, 80), (64, 65, 63, 64, 80))
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", 20), **SHARE, margin=margin))
    assert played.fills == [(1, 100.0, 20.0), (2, 66.0, -8.0), (3, 65.0, -8.0), (4, 64.0, -4.0)]
    # At bar 3, 1000 - 2000 + 8 * 66 + 8 * 65 + 4 * 65 = 308 are more than a quarter of 4 * 65.
    assert played.told("RISK_BREACH") == [(2, "maintenance_margin", 0)]
    assert played.ordered("maintenance_margin") == [(2, 2, 66.0, -20.0)]


def test_a_breach_that_lasts_sends_no_second_order(engine: str) -> None:
    # Without volume for two bars the breach is told at each close; one order works.
    frame = frame_of(CALM, (100, 101, 99, 100, 250), (70, 71, 65, 66, 0), (66, 67, 65, 66, 0), (66, 67, 65, 66, 1000))
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", 20), **SHARE, margin=margin))
    assert played.told("RISK_BREACH") == [(2, "maintenance_margin", 0), (3, "maintenance_margin", 0)]
    assert played.ordered("maintenance_margin") == [(2, 2, 66.0, -20.0)]
    assert played.fills == [(1, 100.0, 20.0), (4, 66.0, -20.0)]
    assert sum(e.kind == "PORTFOLIO_UPDATE" for e in played.events) == 5


def test_the_rest_of_an_order_at_the_close_is_filled_at_the_next_opens(engine: str) -> None:
    frame = frame_of((100, 101, 99, 100, 40), (102, 103, 101, 102, 40), (104, 105, 103, 104, 40), CALM)
    played = play(engine, scripted(frame, Call(0, "market", 10), cash=2000.0, max_volume_share=0.1, fill="same_close"))
    assert played.fills == [(0, 100.0, 4.0), (1, 102.0, 4.0), (2, 104.0, 2.0)]


def test_a_reduce_only_order_is_cut_for_good(engine: str) -> None:
    # 10 to be sold of 6: 4 and 2. The 5 that are bought meanwhile are not its own.
    frame = frame_of(
        CALM, (100, 101, 99, 100, 100), CALM, (100, 110, 99, 105, 40), (105, 106, 104, 105), (105, 111, 99, 105)
    )
    calls = [Call(0, "market", 6), Call(1, "limit", -10, 110, reduce=True), Call(3, "market", 5)]
    played = play(engine, scripted(frame, *calls, cash=2000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 6.0), (3, 110.0, -4.0), (4, 105.0, 5.0), (5, 110.0, -2.0)]


def test_a_bar_without_volume_cuts_no_reduce_only_order(engine: str) -> None:
    frame = frame_of(
        CALM, (100, 101, 99, 100, 100), CALM, (100, 110, 99, 105, 0), (105, 106, 104, 105), (105, 111, 99, 105)
    )
    calls = [Call(0, "market", 6), Call(1, "limit", -10, 110, reduce=True), Call(3, "market", 5)]
    played = play(engine, scripted(frame, *calls, cash=2000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 6.0), (4, 105.0, 5.0), (5, 110.0, -10.0)]
