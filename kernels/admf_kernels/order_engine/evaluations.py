"""The strategy of a container over several symbols, bar by bar: ``docs/trading-model.md`` sections 9 and 16."""

from typing import Any, NamedTuple

import numpy as np

from ..addresses import address_of
from ..compilation import FIRST, NOTHING, hot_kernel, kernel
from ..constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason
from ..evaluation import (
    CONTEXT_WORDS,
    POSITION_NUMBERS,
    RAISED,
    RESULT_WORDS,
    Evaluation,
    call_evaluate,
    context_at,
    evaluate,
    point_at_bars,
    point_at_state,
)
from ..history import IndicatorBars
from ..ownership import borrow
from ..weighing import (
    CASH,
    EQUITY,
    MARKET_NUMBERS,
    WEIGHING_WORDS,
    MarketArrays,
    borrowed_market,
    new_market_arrays,
    point_at_market,
    weighing_at,
)
from .bar import has_bar
from .emit import emit
from .requests import read_requests
from .signals import act_on_signal
from .weights import read_weights, show_market

_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)


class Evaluations(NamedTuple):
    """A container's strategy as it is called: for each symbol, or once for all of them.

    ``contexts`` and ``results``, int64, have a row for each of these. ``market`` has the arguments of target weights,
    ``order_api`` is the view of the order API.
    """

    function: Any
    contexts: Any
    position: Any
    results: Any
    market: MarketArrays
    order_api: Any


@kernel
def _begin(function, contexts, position, results):
    """Make the states anew."""
    for index in range(contexts.shape[0]):
        call_evaluate(
            function, address_of(contexts[index]), 0, 0, address_of(position), address_of(results[index]), False
        )


@kernel
def begin_symbols(strategy, columns, row, universe, recorded, memory, order_api, order_api_address, is_new):
    """The ``Evaluations`` of a strategy with ``on_bar``.

    ``memory``, int8 (n_symbols, n_bytes), has a row for each symbol, which is made anew if it ``is_new``;
    ``order_api_address`` is the address of ``order_api``.
    """
    n_symbols = universe.shape[0]
    contexts = np.empty((n_symbols, CONTEXT_WORDS), np.int64)
    stream = address_of(memory)
    for slot in range(n_symbols):
        symbol = universe[slot]
        bars = IndicatorBars(
            columns.session,
            columns.open[symbol],
            columns.high[symbol],
            columns.low[symbol],
            columns.close[symbol],
            columns.volume[symbol],
        )
        context = context_at(address_of(contexts[slot]))
        fields = recorded.features[slot : slot + 1]
        point_at_bars(context, columns.time, bars, 0, fields, columns.completed[symbol])
        point_at_state(context, row, stream + slot * memory.shape[1], 0, order_api_address, stream, slot)
        context.origin = recorded.origin
    position = np.zeros(POSITION_NUMBERS)
    results = np.zeros((n_symbols, RESULT_WORDS), np.int64)
    if is_new:
        _begin(strategy.function, contexts, position, results)
    return Evaluations(strategy.function, contexts, position, results, new_market_arrays(0, 0), order_api)


@kernel
def begin_weights(strategy, columns, row, n_symbols, memory, order_api, is_new):
    """The ``Evaluations`` of a strategy with ``target_weights``."""
    contexts = np.empty((1, WEIGHING_WORDS), np.int64)
    market = new_market_arrays(strategy.n_fields, n_symbols)
    point_at_market(weighing_at(address_of(contexts[0])), columns.time, row, memory, market)
    position = np.empty(MARKET_NUMBERS)
    results = np.zeros((1, RESULT_WORDS), np.int64)
    if is_new:
        _begin(strategy.function, contexts, position, results)
    return Evaluations(strategy.function, contexts, position, results, market, order_api)


@hot_kernel
def borrowed_evaluations(evaluations):
    """The same, whose arrays have no counters."""
    return Evaluations(
        evaluations.function,
        borrow(evaluations.contexts),
        borrow(evaluations.position),
        borrow(evaluations.results),
        borrowed_market(evaluations.market),
        evaluations.order_api,
    )


@hot_kernel
def evaluate_symbols(container, evaluations, recorded, t, trap):
    """Steps 6 and 7, symbol by symbol, for those with a bar that are warm: (outcome, whether any is)."""
    ledger, order_api = container.ledger, evaluations.order_api
    is_evaluated = False
    for slot in range(container.holdings.shape[0]):
        if not has_bar(container, slot, t) or recorded.seen[slot] <= recorded.warmups[slot]:
            continue
        is_evaluated = True
        features_event = emit(
            container, _FEATURES, t, recorded.bar_events[slot], slot, _NONE, NOTHING, (0.0, 0.0, 0.0, 0.0)
        )
        order_api.begin(slot, ledger.working, ledger.orders)
        holding = container.holdings[slot]
        _, direction, acts = evaluate(
            Evaluation(
                evaluations.function, evaluations.contexts[slot], evaluations.position, evaluations.results[slot]
            ),
            trap,
            t,
            t + 1,
            float(holding["quantity"]),
            float(holding["entry_price"]),
            int(holding["entry_bar"]),
            float(ledger.cash),
            True,
        )
        if not acts:
            continue
        if direction != KEEP and (direction < SHORT or direction > LONG):
            return (_STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION), True
        if order_api.count_ > 0:
            read_requests(container, order_api, slot, t, features_event)
        if direction != KEEP:
            act_on_signal(container, slot, t, direction, features_event)
    return _DONE, is_evaluated


@hot_kernel
def evaluate_weights(container, evaluations, recorded, first_event, t, trap):
    """Steps 6 and 7 for all symbols at once, if any is warm: (outcome, whether any is)."""
    n_ready, equity = show_market(container, recorded, evaluations.market, t)
    if n_ready == 0:
        return _DONE, False
    features_event = emit(container, _FEATURES, t, first_event, FIRST, _NONE, NOTHING, (0.0, 0.0, 0.0, 0.0))
    position = evaluations.position
    position[EQUITY] = equity
    position[CASH] = container.ledger.cash
    context, result = address_of(evaluations.contexts[0]), address_of(evaluations.results[0])
    if call_evaluate(evaluations.function, context, t, t + 1, address_of(position), result, trap):
        return _STRATEGY_RAISED, True
    read_weights(container, t, evaluations.market.weights, features_event)
    return _DONE, True
