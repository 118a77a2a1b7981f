"""Hand ledgers of the order engine in every isolation: strategies of directions, on bars to follow by eye."""

from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from tests.contract.order_cases import frame_of
from tests.contract.plain_python import assert_pass_in_plain_python

CALM = (100, 101, 99, 100)
ISOLATIONS = ("full", "minimal", "process")


def row_of(isolation: str, folder: Path, bars: list[tuple[float, ...]], **settings: Any) -> dict[str, float]:
    """The row of `buy_and_hold` with a position size of 0.25, and the same as one alone."""
    data = aj.load(frame_of(*bars))
    many = aj.grid(
        "buy_and_hold", data, {"position_size": [0.25]}, isolation=isolation, n_jobs=1, out=folder / isolation,
        cash=10_000.0, max_volume_share=0.5, **settings,
    )  # fmt: skip
    row: dict[str, float] = many.frame.iloc[0].to_dict()
    alone = aj.backtest("buy_and_hold", data, position_size=0.25, cash=10_000.0, max_volume_share=0.5, **settings)
    names = ("final_equity", "commission_paid", "n_trades", "turnover", "max_drawdown")
    assert [row[name] for name in names] == [alone.metrics[name] for name in names]
    return row


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_fixed_parts_of_a_commission_are_charged_by_order(isolation: str, tmp_path: Path) -> None:
    # 25 at 100, of which 10 can be bought at each bar: three fills.
    for per, paid in (("order", 7.0), ("fill", 21.0)):
        commission = {"type": "fixed", "amount": 7.0, "per": per}
        row = row_of(isolation, tmp_path / per, [(*CALM, 20.0)] * 6, commission=commission)
        assert (row["commission_paid"], row["final_equity"]) == (paid, 10_000.0 - paid)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_target_filled_in_part_leaves_a_stop_for_the_rest(isolation: str, tmp_path: Path) -> None:
    # 25 at 100; 10 leave at 112.5, an eighth above, and 15 at 87.5: 125 - 187.5. What is bought at 50 stays at 50.
    bars = [CALM, CALM, (100, 113, 99, 105, 20), (95, 96, 87, 88), (50, 50, 50, 50)]
    exits = {"stop_loss": 0.125, "take_profit": 0.125}
    row = row_of(isolation, tmp_path, bars, exits=exits)
    assert (row["final_equity"], row["n_trades"]) == (10_000 + 125 - 187.5, 1)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_close_at_end_sells_what_the_volume_lets_through(isolation: str, tmp_path: Path) -> None:
    # 25 at 100, of which 10 can be sold at the end, at 90: the other 15 stay open, and are marked.
    bars = [CALM, CALM, (100, 101, 89, 90, 20)]
    row = row_of(isolation, tmp_path, bars, close_at_end=True)
    assert (row["final_equity"], row["n_trades"]) == (10_000 - 250, 0)
    everything = row_of(isolation, tmp_path / "all", bars[:2] + [(100, 101, 89, 90, 50)], close_at_end=True)
    assert (everything["final_equity"], everything["n_trades"]) == (10_000 - 250, 1)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_breach_leaves_at_the_next_opens_what_the_volume_does_not_let_through(isolation: str, tmp_path: Path) -> None:
    # 25 at 100 are 1000 less at 60: ten leave there, ten at 70, five at 80.
    bars = [CALM, CALM, (60, 61, 59, 60, 20), (70, 71, 69, 70, 20), (80, 81, 79, 80, 20)]
    row = row_of(isolation, tmp_path, bars, risk={"max_drawdown": 0.05, "on_breach": "flatten"})
    assert row["final_equity"] == 10_000 - 10 * 40 - 10 * 30 - 5 * 20
    # Told once: what is asked for after it is refused, and counted too.
    assert row["n_trades"] == 1 and row["risk_breaches"] == 2


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_trailing_stop_takes_the_range_that_was_known(isolation: str, tmp_path: Path) -> None:
    # ATR(1) is the range: 2 at bar 1, 2.5 at bar 2, 6 at bar 3. Bought at bar 1, where no range is known before its
    # close, 25 have a stop of 101 - 2 then: sold at 99. Bought again at the open of bar 3, the stop is 100 - 2.5, and
    # is touched on that bar; 100 - 6 would not be.
    bars = [CALM, CALM, (100, 101, 98.5, 100), (100, 103, 97, 100)]
    exits = {"trailing_stop": {"type": "atr", "multiple": 1.0, "period": 1}}
    row = row_of(isolation, tmp_path, bars, exits=exits)
    assert (row["final_equity"], row["n_trades"]) == (10_000 - 25 - 9_975 / 400 * 2.5, 2)


def test_plain_python_comes_to_the_same_ledgers() -> None:
    """The tests above once more with compilation off, but for processes, which load the same code."""
    assert_pass_in_plain_python(__file__, "full or minimal", 10)
