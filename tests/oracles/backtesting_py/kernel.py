"""A case played through the compiled engine of `execution.preset: backtesting.py`, without a store or a configuration.

One script-reading strategy is compiled for all cases: a container's parameters are its script, and the volume of a
bar says which of its actions the bar takes: those from the whole part of volume / 64 on, volume % 64 of them.
"""

from typing import Any

import numpy as np
from numba import float64, int64, njit
from numba.experimental import jitclass
from numpy.typing import NDArray

from admf_kernels.compilation import inlined, kernel
from admf_kernels.constants import (
    EVENT_DTYPE,
    KEEP,
    METRIC_NAMES,
    OUTCOME_COLUMNS,
    SETTINGS,
    FillRule,
    Outcome,
    Setting,
)
from admf_kernels.history import IndicatorBars
from admf_kernels.presets.backtesting_py import build_engine
from tests.oracles.backtesting_py.cases import BUY, CLOSE, SELL, Case
from tests.oracles.backtesting_py.events import outcome_of

#: Numbers of an action in a script: its kind, size, limit, stop, stop-loss and take-profit.
WIDTH = 6
#: Actions of one bar are fewer than this.
SPAN = 64
CAPACITY = 1024
RING = 1 << 16


@jitclass
class Script:
    """The strategy: its numbers, and the bars that it waits."""

    numbers: float64[::1]
    warmup: int64

    def __init__(self, parameters):
        self.warmup = int(parameters[0])
        self.numbers = parameters[1:]


@kernel
def _make_strategy(parameters, random_state):
    return Script(parameters)


@kernel
def _make_indicators(strategy):
    return 0


@inlined
def _local_indicators(indicators):
    return indicators


@kernel
def _warmup_of(strategy, completed):
    return strategy.warmup


@inlined
def _update_features(strategy, indicators, session, open_, high, low, close, volume, higher, completed, t):
    pass


@kernel
def _on_bar(strategy, bar, position, orders):
    first = int(bar.volume) // SPAN
    for place in range(first, first + int(bar.volume) % SPAN):
        kind, size, limit, stop, sl, tp = strategy.numbers[WIDTH * place : WIDTH * place + WIDTH]
        if kind == BUY:
            orders.buy(size, limit, stop, sl, tp)
        elif kind == SELL:
            orders.sell(size, limit, stop, sl, tp)
        elif kind == CLOSE:
            orders.close(size)
        else:
            orders.cancel_all()
    return KEEP


_run_container = build_engine(
    __name__, _make_strategy, _make_indicators, _local_indicators, _warmup_of, _update_features, _on_bar, True
)


@njit(error_model="numpy")
def _run(
    open_, high, low, close, volume, time, higher, completed, parameters, settings, random, ring, metrics, outcome
):
    source = IndicatorBars(time, open_, high, low, close, volume)
    _run_container(
        time, time, time, open_, high, low, close, volume, source, higher, completed, 0, parameters, settings, random,
        ring, True, metrics, outcome,
    )  # fmt: skip


def script_of(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The parameters of a case, (1 + WIDTH * actions,), and the volumes of its bars."""
    ordered = sorted(case.actions, key=lambda action: action.bar)
    rows = [(a.kind, a.size, a.limit, a.stop, a.sl, a.tp) for a in ordered]
    numbers = [np.nan if x is None else float(x) for row in rows for x in row]
    bars = [action.bar for action in ordered]
    volume = [float(SPAN * bars.index(t) + bars.count(t)) if t in bars else 0.0 for t in range(len(case.close))]
    return np.array([case.warmup, *numbers], np.float64), np.array(volume)


def settings_of(case: Case) -> NDArray[np.float64]:
    row = np.zeros(SETTINGS)
    row[Setting.CASH] = case.cash
    row[Setting.POSITION_SIZE] = 1.0
    row[Setting.COMMISSION_AMOUNT] = case.fixed
    row[Setting.COMMISSION_RATE] = case.relative
    row[Setting.SLIPPAGE_RATE] = case.spread
    row[Setting.LEVERAGE] = 1.0 / case.margin
    row[Setting.FILL_RULE] = FillRule.SAME_CLOSE if case.trade_on_close else FillRule.NEXT_OPEN
    row[Setting.EXCLUSIVE_ORDERS] = case.exclusive_orders
    row[Setting.CLOSE_AT_END] = case.finalize_trades
    row[Setting.EVENT_CAPACITY] = 64
    row[Setting.ORDER_CAPACITY] = CAPACITY
    row[Setting.BARS_PER_YEAR] = 252.0
    return row


_ring = np.zeros(RING, EVENT_DTYPE)


def play(case: Case) -> dict[str, Any]:
    """The outcome of a case; see `runner.py` for its parts."""
    parameters, volume = script_of(case)
    columns = [np.array([column]) for column in (case.open, case.high, case.low, case.close, volume)]
    metrics, outcome = np.zeros(len(METRIC_NAMES)), np.zeros(len(OUTCOME_COLUMNS), np.int64)
    higher, completed = np.zeros((1, 0, 6, 1)), np.zeros((1, 0, 1), np.int64)
    time, random = np.arange(len(volume)), np.ones(12, np.int64)
    _run(*columns, time, higher, completed, parameters, settings_of(case), random, _ring, metrics, outcome)
    assert outcome[0] == Outcome.DONE and outcome[2] <= RING, outcome
    played = outcome_of(case, _ring[: outcome[2]])
    assert played["equity"][-1] == metrics[0]
    return played
