"""A case played through the compiled engine of `execution.preset: backtesting.py`, without a store or a configuration.

One script-reading strategy is compiled for all cases: a container's parameters are its script, and the volume of a
bar says which of its actions the bar takes: those from the whole part of volume / 64 on, volume % 64 of them.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from admf_kernels.addresses import entry_address, numbers_at, whole_numbers_at
from admf_kernels.batch import Columns, Rows, Strategy
from admf_kernels.constants import (
    ACTION_DTYPE,
    EVENT_DTYPE,
    KEEP,
    METRIC_NAMES,
    OUTCOME_COLUMNS,
    FillRule,
    Outcome,
)
from admf_kernels.evaluation import (
    ACTED,
    BAR,
    DIRECTION,
    EVALUATE_SIGNATURE,
    FIRST_BAR,
    RESULT_WORDS,
    context_at,
)
from admf_kernels.history import IndicatorBars
from admf_kernels.settings import SETTINGS_DTYPE
from admf_kernels.views import view_at
from admf_presets.backtesting_py import run_containers
from admf_presets.backtesting_py_order_api import PresetOrderApi
from tests.oracles.backtesting_py.cases import BUY, CLOSE, SELL, Case
from tests.oracles.backtesting_py.events import outcome_of

#: Numbers of an action in a script: its kind, size, limit, stop, stop-loss and take-profit.
WIDTH = 6
#: Actions of one bar are fewer than this.
SPAN = 64
CAPACITY = 1024
RING = 1 << 16


@njit
def _send(orders, script, place):
    """Send the action that begins at a place of the script."""
    kind, size, limit = script[place], script[place + 1], script[place + 2]
    stop, sl, tp = script[place + 3], script[place + 4], script[place + 5]
    if kind == BUY:
        orders.buy(size, limit, stop, sl, tp)
    elif kind == SELL:
        orders.sell(size, limit, stop, sl, tp)
    elif kind == CLOSE:
        orders.close(size)
    else:
        orders.cancel_all()


@njit(EVALUATE_SIGNATURE, error_model="numpy")
def _evaluate(context, begin, end, position, result):
    """The strategy, as an engine calls it for a stretch of bars: its first parameter is the bars that it waits."""
    context, result = context_at(context), whole_numbers_at(result, RESULT_WORDS)
    result[FIRST_BAR] = int(numbers_at(context.parameters, 1)[0]) + context.delay
    result[BAR], result[DIRECTION], result[ACTED] = end, KEEP, 0
    orders = view_at(PresetOrderApi, context.orders)
    volumes = numbers_at(context.volume, context.n_bars)
    for t in range(max(begin, result[FIRST_BAR]), end):
        volume = int(volumes[t])
        first, behind = volume // SPAN, volume // SPAN + volume % SPAN
        script = numbers_at(context.parameters, 1 + WIDTH * behind)
        for place in range(1 + WIDTH * first, 1 + WIDTH * behind, WIDTH):
            _send(orders, script, place)
        if orders.count_ > 0:
            result[BAR], result[ACTED] = t, 1
            return


@njit(error_model="numpy")
def _run(
    function, n_bytes, sends_orders, time, session, clock, open_, high, low, close, volume, all_session, all_open,
    all_high, all_low, all_close, all_volume, higher, completed, delisted, actions, symbol, parameters, settings,
    random_state, ring, trap, metrics, outcomes,
):  # fmt: skip
    source = IndicatorBars(all_session, all_open, all_high, all_low, all_close, all_volume)
    columns = Columns(
        time, session, clock, open_, high, low, close, volume, source, higher, completed, delisted, actions
    )  # fmt: skip
    rows = Rows(symbol, parameters, settings, random_state, metrics, outcomes)
    run_containers(Strategy(function, 0, n_bytes, 0, sends_orders, False, 0), columns, rows, ring, trap)


def script_of(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The parameters of a case, (1 + WIDTH * actions,), and the volumes of its bars."""
    ordered = sorted(case.actions, key=lambda action: action.bar)
    rows = [(a.kind, a.size, a.limit, a.stop, a.sl, a.tp) for a in ordered]
    numbers = [np.nan if x is None else float(x) for row in rows for x in row]
    bars = [action.bar for action in ordered]
    volume = [float(SPAN * bars.index(t) + bars.count(t)) if t in bars else 0.0 for t in range(len(case.close))]
    return np.array([case.warmup, *numbers], np.float64), np.array(volume)


def settings_of(case: Case) -> NDArray[np.record]:
    row = np.zeros(1, SETTINGS_DTYPE)
    row["cash"] = case.cash
    row["position_size"] = 1.0
    row["commission_amount"] = case.fixed
    row["commission_rate"] = case.relative
    row["slippage_rate"] = case.spread
    row["leverage"] = 1.0 / case.margin
    row["fill_rule"] = FillRule.SAME_CLOSE if case.trade_on_close else FillRule.NEXT_OPEN
    row["exclusive_orders"] = case.exclusive_orders
    row["close_at_end"] = case.finalize_trades
    row["event_capacity"] = 64
    row["order_capacity"] = CAPACITY
    row["bars_per_year"] = 252.0
    return row


_ring = np.zeros(RING, EVENT_DTYPE)


def play(case: Case) -> dict[str, Any]:
    """The outcome of a case; see `runner.py` for its parts."""
    parameters, volume = script_of(case)
    columns = [np.array([column]) for column in (case.open, case.high, case.low, case.close, volume)]
    metrics, outcomes = np.zeros((1, len(METRIC_NAMES))), np.zeros((1, len(OUTCOME_COLUMNS)), np.int64)
    higher, completed = np.zeros((1, 0, 6, 1)), np.zeros((1, 0, 1), np.int64)
    time, symbol, delisted = np.arange(len(volume)), np.zeros(1, np.int64), np.full(1, np.nan)
    numbers, random = (parameters[np.newaxis], settings_of(case)), np.ones((1, 12), np.int64)
    actions = np.zeros(0, ACTION_DTYPE)
    bars = (time, time, time, *columns, time, *columns, higher, completed, delisted, actions)
    _run(entry_address(_evaluate), 0, True, *bars, symbol, *numbers, random, _ring, True, metrics, outcomes)
    outcome = outcomes[0]
    assert outcome[0] == Outcome.DONE and outcome[2] <= RING, outcome
    played = outcome_of(case, _ring[: outcome[2]])
    assert played["equity"][-1] == metrics[0, 0]
    return played
