"""Hand ledgers of the order engine in every isolation: strategies of directions, on bars to follow by eye."""

from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from tests.contract.order_cases import frame_of

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
