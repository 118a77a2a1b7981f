"""The entry ``evaluate`` of a generated module: what an engine calls to have a strategy evaluated, stretch by stretch.

``admf_kernels.evaluation`` says what crosses the border. The state is that of the jitclasses of the module, kept in
memory of the container from one call to the next.
"""

from __future__ import annotations

from collections.abc import Iterable

from admf_jit.strategies.declaration import RANDOM_FIELD, Definition
from admf_jit.strategies.indicator_functions import (
    LOAD_FEATURES,
    UPDATE_FEATURES,
    feature_fields,
    queue_fields,
    state_classes,
)
from admf_jit.strategies.nested_functions import begin_fields, source_rows
from admf_jit.strategies.position_reads import (
    EXTREMES_AT,
    EXTREMES_BEGIN,
    extreme_fields,
    further_values,
    reads_extremes,
    reads_trades,
)
from admf_jit.strategies.source import StrategySource, custom_kinds
from admf_jit.strategies.state_window import bytes_of_windows, places_of
from admf_kernels.evaluation import (
    ACTED,
    BAR,
    DIRECTION,
    FIRST_BAR,
    POSITION_NUMBERS,
    RESULT_WORDS,
)
from admf_kernels.memory import ROOM

#: Name of the function in a generated module.
EVALUATE = "evaluate"
#: Where columns come from that have the fields of indicators: see ``evaluate_function``.
SHARED, AHEAD = "shared", "ahead"
#: What a generated module imports for it.
EVALUATE_IMPORTS = (
    "from admf_kernels.addresses import numbers_at, whole_numbers_at",
    "from admf_kernels.constants import KEEP",
    "from admf_kernels.evaluation import EVALUATE_SIGNATURE, context_at, side_of",
    "from admf_kernels.history import first_evaluated",
    "from admf_kernels.memory import keep, restored",
    "from admf_kernels.strategy_view import Bar, Position",
    "from admf_kernels.views import view_at",
)

_TEXT = """

@kernel
def start(context):
    parameters = numbers_at(context.parameters, {n_parameters})
    random_state = whole_numbers_at(context.random, 6)
    memory = context.memory
{completion}    strategy = make_strategy(parameters, random_state)
{makes}{starts}
    return {first_bar}


@entry(EVALUATE_SIGNATURE, by_address=True)
def evaluate(context, begin, end, position, result):
    context, result = context_at(context), whole_numbers_at(result, {n_result})
    n_history = context.n_history
    if begin == {start}:
        result[{first}] = start(context)
    first, memory = result[{first}], context.memory
    n_bars = context.n_bars
    time, session = whole_numbers_at(context.time, n_bars - n_history), whole_numbers_at(context.session, n_bars)
    open_, high = numbers_at(context.open, n_bars), numbers_at(context.high, n_bars)
    low, close = numbers_at(context.low, n_bars), numbers_at(context.close, n_bars)
    volume = numbers_at(context.volume, n_bars)
{longer}{completion}{restores}
    position = numbers_at(position, {n_position})
    quantity, entry_price = float(position[0]), float(position[1])
    entry_bar, balance, stops_at_every = int(position[2]), float(position[3]), position[4] != 0.0
    cost = float(position[5])
    cash = balance - cost
    side = side_of(quantity)
    direction, acted = KEEP, 0
{further}{orders}    t = begin
    while t < end:
        k = t + n_history
{notes}        {update}(strategy, indicators, session, open_, high, low, close, volume, {rows}, {completions}, {place})
        if t >= first:
            result[{bar}] = t
            bar = Bar(
                t, int(time[t]), float(open_[k]), float(high[k]), float(low[k]), float(close[k]), float(volume[k]),
                int(context.slot),
            )
            equity = balance + (quantity * {worth} - cost)
{extremes}            held = Position(quantity, entry_price, entry_bar, cash, equity{more})
            direction = on_bar(strategy, bar, held, orders)
            if {sent}(direction != KEEP and (direction != side or stops_at_every)):
                acted = 1
                break
            if not equity > 0.0:
                # The account is ruined at this bar, and after that no strategy is evaluated.
                t += 1
                break
        t += 1
{keeps}
    result[{bar}], result[{direction}], result[{acted}] = t, direction, acted
"""


def evaluate_function(
    definition: Definition, source: StrategySource, *, order_api: str, columns: str = "", multiplied: bool = False
) -> str:
    """Text of ``evaluate``, for a strategy that is given an instance of the class ``order_api`` to send orders with.

    The fields of indicators come from ``columns`` in the place of ``higher``, if there are. ``SHARED`` columns are
    those of containers with one symbol; columns made ``AHEAD`` those of a container over several symbols, whose engine
    calls it for symbols that are warm, and makes their state anew by an empty stretch. Where prices may be
    ``multiplied``, the engine says by what.
    """
    api = f"view_at({order_api}, context.orders)" if definition.sends_orders else "0"
    classes = {} if columns else state_classes(definition)
    places = {name: f"memory + {ROOM * place}" for place, name in enumerate(classes, 1)}
    random, own = "context.stream", f"memory + {ROOM * (1 + len(classes))}"
    starts = [f"keep(indicators.{name}, {place})" for name, place in places.items()]
    restores = [f"strategy = restored(Strategy, {own})"]
    keeps = list(starts)
    for name, place in places_of(definition.windows, _bytes_of_fields(definition, source.reads)).items():
        starts.append(f"window__begin(memory + {place})")
        restores.append(f"strategy.{name} = memory + {place}")
    if source.uses_random:
        field = f"strategy.{RANDOM_FIELD}"
        starts.append(f"keep({field}, {random})")
        restores.append(f"{field} = restored(RandomStream, {random})")
        keeps.append(f"keep({field}, {random})")
    parts = [f"restored({kind}, {places[name]})" for name, kind in classes.items()]
    n_sources = 0 if columns else len(source_rows(definition))
    if n_sources:
        parts.append(source_rows_at(n_sources, bytes_of_state(definition, source.reads)))
    restores.append(f"indicators = Indicators({', '.join(parts)})" if parts else "indicators = 0")
    for lines in (starts, keeps):
        lines.append(f"keep(strategy, {own})")
    ahead, reads = columns == AHEAD, source.reads
    further = "    multiplier = float(context.multiplier)\n" if multiplied else ""
    if reads_extremes(reads):
        further += EXTREMES_BEGIN
    if reads_trades(reads):
        further += "    trades = position__trades_at(context.trades)\n"
    completion = "" if ahead else completed_rows(definition)
    completions = "completed" if completion else "0"
    warmup = f"warmup_of(strategy, {completions})"
    first = f"first_evaluated({warmup}, context.n_history, context.begin) + context.delay"
    return _TEXT.format(
        bar=BAR,
        direction=DIRECTION,
        acted=ACTED,
        first=FIRST_BAR,
        sent="orders.count_ > 0 or " if definition.sends_orders else "",
        n_result=RESULT_WORDS,
        n_position=POSITION_NUMBERS,
        n_parameters=len(definition.parameters),
        rows="higher" if columns or definition.series else "0",
        completions=completions,
        longer=higher_rows(1 if columns else n_higher_of(definition)),
        completion=completion,
        further=further,
        worth="(multiplier * float(close[k]))" if multiplied else "float(close[k])",
        extremes=EXTREMES_AT if reads_extremes(reads) else "",
        more=further_values(
            reads,
            bar="t",
            units="quantity * multiplier" if multiplied else "quantity",
            close="float(close[k])",
            highest="float(strategy.since__high)",
            lowest="float(strategy.since__low)",
            session="session",
        ),
        orders=f"    orders = {api}\n",
        makes=make_line(n_sources) if classes or n_sources else "",
        starts=_indented(starts),
        restores=_indented(restores),
        keeps=_indented(keeps),
        start="end" if ahead else "-n_history",
        first_bar="context.begin" if ahead else first,
        update=LOAD_FEATURES if ahead else UPDATE_FEATURES,
        place="k - context.origin" if ahead else "k",
        notes="" if columns or not custom_kinds(definition) else f"        result[{BAR}] = max(t, 0)\n",
    )


def make_line(n_sources: int) -> str:
    """The line that makes the indicators' state: their sources, if they have some, are found where that is used."""
    return f"    indicators = make_indicators(strategy{', 0' if n_sources else ''})\n"


def source_rows_at(n: int, n_bytes: int) -> str:
    """The expression that finds the ``n`` rows of what indicators read of others, behind the state in memory."""
    return f"numbers_at(memory + {n_bytes}, {n} * n_bars).reshape(({n}, n_bars))"


def bytes_of_state(definition: Definition, reads: Iterable[str]) -> int:
    """Bytes of memory that the state of a strategy needs: indicators, random stream, its own fields, and windows."""
    return _bytes_of_fields(definition, reads) + bytes_of_windows(definition.windows.values())


def _bytes_of_fields(definition: Definition, reads: Iterable[str]) -> int:
    fields = len(definition.parameters) + len(feature_fields(definition)) + len(definition.state)
    fields += len(queue_fields(definition)) + len(begin_fields(definition)) + len(extreme_fields(reads))
    # A reference to the random stream has two words; a class without fields has one.
    return ROOM * (1 + len(state_classes(definition))) + 8 * (fields + 3)


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def n_higher_of(definition: Definition) -> int:
    """How many timeframes ``higher`` has: one more where there are columns of one's own, which are its rows."""
    return len(definition.timeframes) + bool(definition.own_columns)


def higher_rows(n: int) -> str:
    """The line that finds ``higher``, of ``n`` timeframes, if there is one."""
    if n == 0:
        return ""
    shape = f"({n}, context.n_rows, context.n_higher)"
    return f"    higher = numbers_at(context.higher, {n} * context.n_rows * context.n_higher).reshape({shape})\n"


def completed_rows(definition: Definition) -> str:
    """The line that finds ``completed``, of longer timeframes and columns of one's own, if there is one."""
    n = len(definition.series)
    if n == 0:
        return ""
    shape = f"({n}, context.n_completed)"
    return f"    completed = whole_numbers_at(context.completed, {n} * context.n_completed).reshape({shape})\n"
