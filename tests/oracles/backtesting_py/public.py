"""The recorded cases as backtests of the public interface: one strategy, whose script is in tables of the module."""

from typing import Any

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit import ta
from tests.oracles.backtesting_py import golden
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.cases import BUY, CLOSE, SELL, Case
from tests.oracles.backtesting_py.kernel import CAPACITY, SPAN, WIDTH, script_of

#: Rows of a table: a strategy may use arrays of 10,000 numbers.
ROWS = 1600
_SCRIPTS = {seed: script_of(case_of(seed))[0][1:].reshape(-1, WIDTH) for seed in golden.SEEDS}
_STARTS = np.cumsum([0, *(len(script) for script in _SCRIPTS.values())])
#: Row of the first action of each recorded case, by seed.
FIRST_ROW = {seed: int(start) for seed, start in zip(_SCRIPTS, _STARTS[:-1], strict=True)}
_ALL = np.vstack([*_SCRIPTS.values(), np.zeros((8 * ROWS, WIDTH))])
A, B, C, D, E, F, G, H = (_ALL[ROWS * k : ROWS * (k + 1)].copy() for k in range(8))
assert _STARTS[-1] <= 8 * ROWS


def number(row, column):  # type: ignore[no-untyped-def]
    table, place = row // ROWS, row % ROWS
    if table == 0:
        return A[place, column]
    if table == 1:
        return B[place, column]
    if table == 2:
        return C[place, column]
    if table == 3:
        return D[place, column]
    if table == 4:
        return E[place, column]
    if table == 5:
        return F[place, column]
    if table == 6:
        return G[place, column]
    return H[place, column]


@aj.strategy
class Recorded:
    """Takes the actions of a recorded case; the volume of a bar says which of them, as in `kernel.py`."""

    first_row: int = 0
    late_period: int = 1
    late = ta.sma("late_period")

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        first = self.first_row + int(bar.volume) // SPAN
        for row in range(first, first + int(bar.volume) % SPAN):
            kind, size = number(row, 0), number(row, 1)
            if kind == BUY:
                orders.buy(size, limit=number(row, 2), stop=number(row, 3), sl=number(row, 4), tp=number(row, 5))
            elif kind == SELL:
                orders.sell(size, limit=number(row, 2), stop=number(row, 3), sl=number(row, 4), tp=number(row, 5))
            elif kind == CLOSE:
                orders.close(size)
            else:
                orders.cancel_all()


def frame_of(case: Case) -> pd.DataFrame:
    """The bars of a case, a day each, with the volumes of its script."""
    columns = {name: getattr(case, name) for name in ("open", "high", "low", "close")}
    index = pd.date_range("2000-01-03", periods=len(case.close), freq="D", tz="UTC", name="time")
    return pd.DataFrame({**columns, "volume": script_of(case)[1]}, index=index)


def settings_of(case: Case) -> dict[str, Any]:
    """The keywords of `aj.backtest` for a case."""
    return {
        "preset": "backtesting.py",
        "cash": case.cash,
        "commission": {"type": "percent", "rate": case.relative, "amount": case.fixed},
        "slippage": {"type": "spread", "spread": case.spread},
        "margin": {"leverage": 1.0 / case.margin},
        "fill": "same_close" if case.trade_on_close else "next_open",
        "exclusive_orders": case.exclusive_orders,
        "close_at_end": case.finalize_trades,
        "order_capacity": CAPACITY,
    }


def backtest(case: Case) -> Any:
    """The result of a recorded case."""
    strategy = Recorded(first_row=FIRST_ROW[case.seed], late_period=case.warmup + 1)
    return aj.backtest(strategy, frame_of(case), raise_errors=False, **settings_of(case))
