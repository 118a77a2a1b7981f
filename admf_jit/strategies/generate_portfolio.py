"""The entries of a generated module whose strategy runs on the symbols of a portfolio.

``record`` puts the fields of its indicators down for every bar of a symbol, ahead of the bars. ``evaluate`` takes them
from there: that of ``generate_evaluate``, called for a bar of a symbol, whose state has memory of its own; or, of a
strategy with ``target_weights``, one for all symbols at once, and has an array where a strategy with
``on_bar`` has an indicator's value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate_evaluate import (
    bytes_of_state,
    completed_rows,
    higher_rows,
    make_line,
    n_higher_of,
    source_rows_at,
)
from admf_jit.strategies.indicator_functions import UPDATE_FEATURES, feature_fields, state_classes
from admf_jit.strategies.nested_functions import source_rows
from admf_jit.strategies.source import StrategySource
from admf_jit.strategies.state_window import bytes_of_windows, places_of
from admf_kernels.evaluation import FIRST_BAR, RESULT_WORDS
from admf_kernels.memory import ROOM
from admf_kernels.weighing import CASH, EQUITY, MARKET_NUMBERS

#: Name of the function in a generated module.
RECORD = "record"
#: What a generated module imports for them, besides what ``generate_evaluate`` does.
PORTFOLIO_IMPORTS = (
    "from admf_kernels.addresses import flags_at",
    "from admf_kernels.strategy_view import Market",
    "from admf_kernels.weighing import weighing_at",
)
#: How the line begins that checks weights.
CHECK_WEIGHTS = "    check_weights(weights, market, "
#: Bytes of an array among the fields of a jitclass.
_BYTES_OF_ARRAY = 56

_RECORD = """

@kernel
def start_record(context):
    parameters, memory = numbers_at(context.parameters, {n_parameters}), context.memory
    strategy = make_strategy(parameters, whole_numbers_at(context.random, 6))
{makes}{starts}


@entry(EVALUATE_SIGNATURE, by_address=True)
def record(context, begin, end, features, result):
    context, result = context_at(context), whole_numbers_at(result, {n_result})
    n_bars = context.n_bars
    session = whole_numbers_at(context.session, n_bars)
    open_, high = numbers_at(context.open, n_bars), numbers_at(context.high, n_bars)
    low, close = numbers_at(context.low, n_bars), numbers_at(context.close, n_bars)
    volume = numbers_at(context.volume, n_bars)
{longer}{completion}    width, memory = end - begin, context.memory
    features = numbers_at(features, {n_fields} * width)
    if begin == 0:
        start_record(context)
{restores}
    result[{first}] = warmup_of(strategy, {completions})
    for k in range(begin, end):
        {update}(strategy, indicators, session, open_, high, low, close, volume, {rows}, {completions}, k)
{copies}
{starts}
"""

_WEIGH = """

@jitclass
class Cross:
{declared}

    def __init__(self{arguments}):
{body}


@kernel
def start(context):
    parameters = numbers_at(context.parameters, {n_parameters})
    fields, n_symbols = context.fields, context.n_symbols
    keep(Cross({given}), context.memory)
{begins}

@entry(EVALUATE_SIGNATURE, by_address=True)
def evaluate(context, begin, end, numbers, result):
    context, numbers = weighing_at(context), numbers_at(numbers, {n_numbers})
    n_symbols = context.n_symbols
    if begin == end:
        start(context)
        return
    cross = restored(Cross, context.memory)
    fields = context.fields
{points}    time, weights = whole_numbers_at(context.time, context.n_bars), numbers_at(context.weights, n_symbols)
    market = Market(
        begin,
        int(time[begin]),
        numbers_at(context.close, n_symbols),
        numbers_at(context.volume, n_symbols),
        flags_at(context.has_bar, n_symbols),
        flags_at(context.ready, n_symbols),
        numbers_at(context.held, n_symbols),
        float(numbers[{equity}]),
        float(numbers[{cash}]),
    )
    {entry}(cross, market, weights)
{check}{says_nan}, {line})
    keep(cross, context.memory)
"""


def n_fields_of(definition: Definition) -> int:
    """How many fields the engine of several symbols has room for: those of indicators, one at least."""
    return max(len(feature_fields(definition)), 1)


def record_function(definition: Definition, reads: Iterable[str]) -> str:
    """Text of ``record``, of a strategy that ``reads`` these of its position."""
    copies = [
        f"        features[{i} * width + k - begin] = strategy.{name}"
        for i, name in enumerate(feature_fields(definition))
    ]
    classes = state_classes(definition)
    places = {name: f"memory + {ROOM * place}" for place, name in enumerate(classes, 1)}
    own = f"memory + {ROOM * (1 + len(classes))}"
    parts = [f"restored({kind}, {places[name]})" for name, kind in classes.items()]
    n_sources = len(source_rows(definition))
    if n_sources:
        parts.append(source_rows_at(n_sources, bytes_with_weights(definition, reads)))
    made = ", ".join(parts)
    return _RECORD.format(
        first=FIRST_BAR,
        n_result=RESULT_WORDS,
        n_fields=n_fields_of(definition),
        n_parameters=len(definition.parameters),
        longer=higher_rows(n_higher_of(definition)),
        completion=completed_rows(definition),
        rows="higher" if definition.series else "0",
        completions="completed" if definition.series else "0",
        update=UPDATE_FEATURES,
        copies="\n".join(copies),
        makes=make_line(n_sources) if made else "",
        starts=_indented(
            [*(f"keep(indicators.{name}, {place})" for name, place in places.items()), f"keep(strategy, {own})"], 1
        ),
        restores=_indented(
            [f"strategy = restored(Strategy, {own})", f"indicators = Indicators({made})" if made else "indicators = 0"],
            1,
        ),
    )


def weigh_function(
    definition: Definition,
    source: StrategySource,
    line: int,
    casts: Iterable[str],
    starts: dict[str, str],
    types: dict[type, str],
) -> str:
    """Text of the ``evaluate`` of a strategy with ``target_weights``, and of the class that this gets as ``self``.

    ``line`` is the one that gives the weights, ``casts`` are the expressions that read its parameters, ``starts``
    those of what its state begins with, ``types`` the Numba types of Python's.
    """
    features = list(feature_fields(definition))
    windows = places_of(definition.windows, _bytes_of_cross(definition))
    declared = [f"{name}: {types[p.kind]}" for name, p in definition.parameters.items()]
    declared += [f"{name}: float64[::1]" for name in features]
    declared += [f"{name}: {types[type(value)]}" for name, value in definition.state.items()]
    body = [f"self.{name} = {name}" for name in (*definition.parameters, *features)]
    body += [f"self.{name} = {start}" for name, start in starts.items()]
    arrays = [f"numbers_at(fields + {8 * i} * n_symbols, n_symbols)" for i in range(len(features))]
    return _WEIGH.format(
        declared=_indented(declared or ["nothing: int64"], 1),
        arguments="".join(f", {name}" for name in (*definition.parameters, *features)),
        body=_indented(body or ["self.nothing = 0"], 2),
        points="".join(f"    cross.{name} = {array}\n" for name, array in zip(features, arrays, strict=True))
        + "".join(f"    cross.{name} = context.memory + {place}\n" for name, place in windows.items()),
        begins="".join(f"    window__begin(context.memory + {place})\n" for place in windows.values()),
        given=", ".join([*casts, *arrays]),
        n_numbers=MARKET_NUMBERS,
        n_parameters=len(definition.parameters),
        equity=EQUITY,
        cash=CASH,
        entry=source.entry,
        check=CHECK_WEIGHTS,
        says_nan=_says_nan(source),
        line=line,
    )


def bytes_with_weights(definition: Definition, reads: Iterable[str]) -> int:
    """Bytes of memory that the state of a strategy needs, with ``target_weights`` or without."""
    cross = _bytes_of_cross(definition) + bytes_of_windows(definition.windows.values())
    return max(cross if definition.weighs else 0, bytes_of_state(definition, reads))


def _bytes_of_cross(definition: Definition) -> int:
    numbers = len(definition.parameters) + len(definition.state) + 1
    return 8 * numbers + _BYTES_OF_ARRAY * len(feature_fields(definition))


def _indented(lines: Iterable[str], depth: int) -> str:
    return "\n".join(f"{'    ' * depth}{line}" for line in lines)


def weights_given(entry: ast.FunctionDef) -> int:
    """The user's line of ``target_weights`` that gives the weights, the last of several."""
    weights = entry.args.args[2].arg
    lines = [entry.lineno]
    for node in ast.walk(entry):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
            lines += [node.lineno for name in names if name.id == weights]
    return max(lines)


def _says_nan(source: StrategySource) -> bool:
    """Whether a strategy speaks of NaN itself, to leave positions alone."""
    nodes = [node for block in source.functions for node in ast.walk(block.tree)]
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    named |= {str(node.value).lower() for node in nodes if isinstance(node, ast.Constant)}
    named |= {node.id.lower() for node in nodes if isinstance(node, ast.Name)}
    return "nan" in named
