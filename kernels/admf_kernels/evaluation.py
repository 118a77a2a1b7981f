"""The border between an engine and a strategy: one compiled entry, called by its address for a stretch of bars.

An engine is compiled once and knows no strategy. A strategy is an entry ``evaluate`` of its own, which keeps its state
in memory that the container owns. It is evaluated to go on from a bar, with what is held, to the first bar whose signal
leads to something, or to the end of the stretch.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from .addresses import address_of, record_at
from .compilation import hot_kernel, kernel
from .constants import FLAT, LONG, SHORT
from .history import bars_of_symbol
from .intrinsics import compiled_as
from .ownership import borrow

#: The context of a container, which does not change while it runs: words of int64.
CONTEXT_DTYPE = np.dtype(
    (
        np.record,
        [
            # Addresses of columns: of time, and of what indicators take (with the history).
            ("time", np.int64),
            ("session", np.int64),
            ("open", np.int64),
            ("high", np.int64),
            ("low", np.int64),
            ("close", np.int64),
            ("volume", np.int64),
            # Addresses of the rows of longer timeframes, and of their completion.
            ("higher", np.int64),
            ("completed", np.int64),
            ("parameters", np.int64),
            ("random", np.int64),
            ("memory", np.int64),
            # Bars of the columns, and those of them that are history; rows and bars of longer timeframes.
            ("n_bars", np.int64),
            ("n_history", np.int64),
            ("n_rows", np.int64),
            ("n_higher", np.int64),
            ("n_completed", np.int64),
            ("begin", np.int64),  # the first bar that the settings allow to be evaluated
            ("orders", np.int64),  # address of the view of the order API, for a strategy that sends orders
            ("delay", np.int64),  # bars that go by, once a strategy may be evaluated, before it is
            ("stream", np.int64),  # address of the random stream, which the symbols of a container share
            ("slot", np.int64),  # number of the symbol among them
            ("origin", np.int64),  # the bar that the columns of fields made ahead begin with
            ("multiplier", np.float64),  # what a price of 1 is worth in account currency, for each unit
            ("trades", np.int64),  # address of the record of the trades before (``trade_history``), where it is kept
        ],
    )
)
CONTEXT_WORDS = CONTEXT_DTYPE.itemsize // 8
#: The context at an address.
context_at = record_at(CONTEXT_DTYPE)
#: Words of what is said of a stretch, int64: the bar that it came to, the signal there, whether that or an order of the
#: strategy's own ended the stretch, and the first bar evaluated.
BAR, DIRECTION, ACTED, FIRST_BAR = np.arange(4)
RESULT_WORDS = 4
#: What an engine says of the position that is held, float64: quantity, price and bar of the entry, balance; whether
#: every signal but KEEP ends the stretch (1.0), or only one to another side than is held; and what of the balance is
#: the cost of the position. Cash is balance - cost, equity is balance + (quantity * close - cost). An engine whose
#: balance has paid for the position says a cost of 0.0: that leaves every bit as without it.
POSITION_NUMBERS = 6
#: What a strategy gave at a bar where it raised.
RAISED = 255

#: ``evaluate``: addresses of the context, of the position and of the result; the first bar and the one behind the last,
#: counted from the first one that may be evaluated: those before it, the history, are negative. A stretch that begins
#: with the first of all makes the state anew.
EVALUATE_SIGNATURE = types.void(*([types.int64] * 5))


@hot_kernel
def side_of(quantity):
    """LONG, FLAT or SHORT, as a signed quantity is."""
    if quantity > 0.0:
        return LONG
    if quantity < 0.0:
        return SHORT
    return FLAT


class Evaluation(NamedTuple):
    """A container's strategy, as an engine calls it."""

    function: Any
    context: Any
    position: Any
    result: Any


def call_evaluate(function, context, begin, end, position, result, trap):
    """Call an ``evaluate`` by its address: whether it raised; without ``trap`` that is raised here."""
    if not trap:
        function(context, begin, end, position, result)
        return False
    try:
        function(context, begin, end, position, result)
    except Exception:
        return True
    return False


@compiled_as(call_evaluate)
def _called(typing_context, function, context, begin, end, position, result, trap):
    def generate(context, builder, signature, arguments):
        convention = context.call_conv
        numbers = (types.int64,) * 5
        kind = convention.get_function_type(types.none, numbers)
        returned = cgutils.alloca_once(builder, kind.args[0].pointee)
        problem = cgutils.alloca_once(builder, kind.args[1].pointee)
        builder.store(cgutils.get_null_value(problem.type.pointee), problem)
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        code = builder.call(function, [returned, problem, *arguments[1:6]])
        status = convention._get_return_status(builder, code, builder.load(problem))
        is_trapped = builder.trunc(arguments[6], ir.IntType(1)) if arguments[6].type.width != 1 else arguments[6]
        with cgutils.if_unlikely(builder, builder.and_(status.is_error, builder.not_(is_trapped))):
            convention.return_status_propagate(builder, status)
        return status.is_error

    return types.boolean(function, *([types.int64] * 5), types.boolean), generate


@kernel
def point_at_bars(context, time, source, n_history, higher, completed):
    """Put the columns of one symbol down in a context: ``source`` is what its indicators take, or its bars alone."""
    context.time = address_of(time)
    context.session = address_of(source.session)
    context.open = address_of(source.open)
    context.high = address_of(source.high)
    context.low = address_of(source.low)
    context.close = address_of(source.close)
    context.volume = address_of(source.volume)
    context.higher = address_of(higher)
    context.completed = address_of(completed)
    context.n_bars = source.close.shape[0]
    context.n_history = n_history
    context.n_rows = higher.shape[1]
    context.n_higher = higher.shape[2]
    context.n_completed = completed.shape[1]


@kernel
def point_at_state(context, row, memory, begin, orders, stream, slot):
    """Put down what is a symbol's own of a container; ``memory``, ``orders`` and ``stream`` are addresses."""
    context.parameters = address_of(row.parameters)
    context.random = address_of(row.random_state)
    context.memory = memory
    context.begin = begin
    context.orders = orders
    context.delay = 0
    context.stream = stream
    context.slot = slot
    context.origin = 0
    context.trades = 0
    context.multiplier = 1.0


@kernel
def context_of(columns, row, memory, begin, orders):
    """The context of a container with one symbol: int64 (CONTEXT_WORDS,), good for as long as its arrays are held.

    ``columns`` and ``row`` are those of ``batch``; ``memory`` uint8, of the container alone; ``orders`` the address of
    the view of the order API, or 0.
    """
    source = bars_of_symbol(columns.source, row.symbol)
    n_history = source.close.shape[0] - columns.close.shape[1]
    context = np.empty(CONTEXT_WORDS, np.int64)
    words = context_at(address_of(context))
    point_at_bars(words, columns.time, source, n_history, columns.higher[row.symbol], columns.completed[row.symbol])
    point_at_state(words, row, address_of(memory), begin, orders, address_of(memory), 0)
    return context


@hot_kernel
def new_evaluation(function, context):
    """The strategy whose ``evaluate`` is at the address ``function``, with nothing evaluated."""
    return Evaluation(function, context, np.empty(POSITION_NUMBERS), np.zeros(RESULT_WORDS, np.int64))


@hot_kernel
def borrowed_evaluation(evaluation):
    """The same, whose arrays have no counters: good for as long as somebody up the call stack holds the original."""
    return Evaluation(
        evaluation.function, borrow(evaluation.context), borrow(evaluation.position), borrow(evaluation.result)
    )


@hot_kernel
def write_position(evaluation, quantity, entry_price, entry_bar, balance, cost, stops_at_every):
    """Put down what the strategy is given of its position in the stretches that follow: see ``POSITION_NUMBERS``."""
    position = evaluation.position
    position[0] = quantity
    position[1] = entry_price
    position[2] = float(entry_bar)
    position[3] = balance
    position[4] = 1.0 if stops_at_every else 0.0
    position[5] = cost


@hot_kernel
def evaluate_stretch(evaluation, trap, begin, end):
    """Evaluate the strategy from bar ``begin`` on, before ``end``: (bar, signal, whether the stretch ended there).

    A stretch ends at a bar whose signal, or an order of the strategy's own, leads to something, or where the strategy
    raised (``RAISED``). Otherwise the bar is the one behind the last that was evaluated.
    """
    position, result = evaluation.position, evaluation.result
    if call_evaluate(
        evaluation.function, address_of(evaluation.context), begin, end, address_of(position), address_of(result), trap
    ):
        return result[BAR], RAISED, True
    return result[BAR], result[DIRECTION], result[ACTED] != 0


@hot_kernel
def evaluate(evaluation, trap, begin, end, quantity, entry_price, entry_bar, cash, stops_at_every):
    """``evaluate_stretch`` with a position that ``cash`` has paid for."""
    held = quantity != 0.0
    price = entry_price if held else 0.0
    write_position(evaluation, quantity, price, entry_bar if held else -1, cash, 0.0, stops_at_every)
    return evaluate_stretch(evaluation, trap, begin, end)
