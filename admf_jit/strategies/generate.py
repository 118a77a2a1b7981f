"""The generated module of a strategy: its jitclass, the functions that the engine calls, and one cached entry.

Numba caches a function on disk only if its arguments are arrays and scalars; jitclasses live and die inside it.
So each strategy gets one module, named by the digest of its own text, whose ``run_batch`` is that function.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from admf_jit.strategies.bar_reads import KNOWN_CLOCK, KNOWN_WHOLE
from admf_jit.strategies.checked_code import FUNCTIONS
from admf_jit.strategies.constant_arrays import ConstantArray
from admf_jit.strategies.custom_class import CUSTOM_IMPORTS, NUMBA_TYPES, custom_class, start_of
from admf_jit.strategies.declaration import RANDOM_FIELD, Definition
from admf_jit.strategies.generate_evaluate import AHEAD, EVALUATE_IMPORTS, SHARED, evaluate_function
from admf_jit.strategies.generate_portfolio import (
    CHECK_WEIGHTS,
    PORTFOLIO_IMPORTS,
    record_function,
    weigh_function,
    weights_given,
)
from admf_jit.strategies.indicator_functions import (
    LOAD_FEATURES,
    column_functions,
    feature_fields,
    indicator_imports,
    queue_fields,
    setup_indicators,
    update_functions,
)
from admf_jit.strategies.nested_functions import begin_fields, source_rows
from admf_jit.strategies.optional import CASTS
from admf_jit.strategies.order_calls import order_api, refuse_other_engines
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.position_reads import extreme_fields, position_class, position_imports, refuse_presets
from admf_jit.strategies.return_lines import doubtful_returns, entry_block
from admf_jit.strategies.source import Block, StrategySource, collect_source, custom_kinds
from admf_jit.strategies.state_window import WINDOW_IMPORTS
from admf_jit.strategies.truth import TRUTH

#: Imports what checked code calls.
CHECKS = [f"from admf_kernels.{module} import {', '.join(names)}" for module, names in FUNCTIONS.items()]
#: The most nodes of a syntax tree that a short function has, the checks not counted.
_SHORT = 250

#: Name of an engine -> its module: each is compiled once for all strategies, and calls the ``evaluate`` of one.
PLAIN_ENGINE = "plain"
ORDER_ENGINE = "orders"
PORTFOLIO_ENGINE = "portfolio"
ENGINES = {
    PLAIN_ENGINE: "admf_kernels.engine",
    ORDER_ENGINE: "admf_kernels.order_engine.engine",
    PORTFOLIO_ENGINE: "admf_kernels.order_engine.portfolio",
    "vectorbt": "admf_presets.vectorbt",
    "backtesting.py": "admf_presets.backtesting_py",
}
#: Of presets the engine that goes on bar by bar, and its module; the others do so themselves.
KEPT_ENGINES = {"vectorbt": "vectorbt_kept", "backtesting.py": "backtesting_py_kept"}

_RECORDER = """
@entry(RECORD_SIGNATURE)
def record_features(session, open_, high, low, close, volume, higher, completed, parameters, random_state, features):
    strategy = make_strategy(parameters, random_state)
    indicators = make_indicators(strategy{sources})
    for t in range(close.shape[0]):
        update_features(strategy, indicators, session, open_, high, low, close, volume, higher, completed, t)
{copies}
"""


@dataclass(frozen=True)
class GeneratedModule:
    """Text of a module, its identity, and the user's line behind each of its lines."""

    name: str
    text: str
    #: SHA-256 of the text: names the file.
    digest: str
    #: SHA-256 of what the strategy itself says: names the strategy in a container's id.
    strategy_digest: str
    origins: dict[int, Origin]
    uses_random: bool
    #: What it reads from its slots.
    arrays: tuple[ConstantArray, ...] = ()
    #: The user's lines that may return a whole number that is no direction.
    doubtful: tuple[Origin, ...] = ()
    #: What it reads of its position besides its own fields (``position_reads``).
    reads: tuple[str, ...] = ()


def generate(
    definition: Definition, *, engine: str = PLAIN_ENGINE, entry: bool = True, shared: bool = False
) -> GeneratedModule:
    """The module of ``definition``: with ``run_batch`` on one of the ``ENGINES``, or with ``record_features`` alone.

    Where indicators are ``shared``, ``run_batch`` takes their columns in the place of higher bars.
    """
    source = collect_source(definition, methods=entry, custom=True)
    refuse_presets(source.reads, definition.name, engine, (PLAIN_ENGINE, ORDER_ENGINE, PORTFOLIO_ENGINE))
    if entry and definition.sends_orders:
        block = entry_block(source)
        refuse_other_engines(block.tree, block.file, engine)
    head = (
        "\n".join(_imports(definition, source, engine if entry else None))
        + "\n\n\n"
        + "\n".join(source.constants)
        + "\n"
    )
    head += position_class(source.reads)
    code, origins = user_code(source.functions, head.count("\n") + 1, decorator="user_function")
    parts = [head, code]
    if source.custom:
        text, more = user_code(source.custom, (head + code).count("\n") + 1, decorator="user_function")
        origins |= more
        parts += [text, *(custom_class(kind) for kind in custom_kinds(definition))]
    parts += [_strategy_class(definition, source), _setup_functions(definition, shared=shared)]
    parts.append(column_functions(definition) if shared else update_functions(definition))
    if entry:
        parts += _entries(definition, source, origins, engine, shared=shared)
    else:
        copies = [f"        features[{i}, t] = strategy.{name}" for i, name in enumerate(feature_fields(definition))]
        sources = f", features[{len(copies)}:]" if source_rows(definition) else ""
        parts.append(_RECORDER.format(copies="\n".join(copies), sources=sources))
    text = "".join(parts)
    if entry and definition.weighs:
        # Plain Python has no other place for the check of weights than the line of its call.
        number = next((n for n, code in enumerate(text.splitlines(), 1) if code.startswith(CHECK_WEIGHTS)), 0)
        origins[number] = origins[_line_of_weights(source, origins)]
    digest = hashlib.sha256(text.encode()).hexdigest()
    said = collect_source(definition, methods=entry) if source.custom else source
    return GeneratedModule(
        definition.name,
        text,
        digest,
        strategy_digest(definition, said),
        origins,
        source.uses_random,
        tuple(source.arrays.values()),
        doubtful_returns(source) if entry and not definition.weighs else (),
        source.reads,
    )


def user_code(blocks: Iterable[Block], line: int, *, decorator: str) -> tuple[str, dict[int, Origin]]:
    """Text of the user's functions, the first of which follows ``line``, and the origin of each line."""
    parts: list[str] = []
    origins: dict[int, Origin] = {}
    for block in blocks:
        text, block_origins = block.render(line + 3, check=decorator == "user_function")
        origins.update(block_origins)
        is_short = decorator == "user_function" and sum(1 for _ in ast.walk(block.tree)) <= _SHORT
        part = f"\n\n@{'short_' * is_short}{decorator}\n{text}\n"
        parts.append(part)
        line += part.count("\n")
    return "".join(parts), origins


def strategy_digest(definition: Definition, source: StrategySource) -> str:
    """Digest of the declaration and the code, apart from how this version of the package compiles them."""
    parameters = [
        (name, p.kind.__name__ + " or None" * p.optional + (f" of {p.choices}" if p.choices else ""))
        for name, p in definition.parameters.items()
    ]
    indicators = [
        (name, i.kind.symbol, i.arguments, i.source, i.lag, *([i.timeframe] if i.timeframe else []), *i.kind.against)
        for name, i in definition.indicators.items()
    ]
    functions = [ast.unparse(block.tree) for block in source.functions]
    said = (
        parameters,
        indicators,
        list(definition.state.items()),
        source.imports,
        source.constants,
        functions,
        *([(name, array.digest) for name, array in source.arrays.items()] if source.arrays else []),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _imports(definition: Definition, source: StrategySource, engine: str | None) -> list[str]:
    lines = {
        "from typing import Any, NamedTuple",
        "import numpy as np",
        "from numba import boolean, float64, int64",
        "from numba.experimental import jitclass",
        "from admf_kernels.return_values import as_boolean, as_direction, as_integer, as_number",
        *CHECKS,
        f"from admf_kernels.strategy_view import truth as {TRUTH}",
        "from admf_kernels.compilation import entry, inlined, kernel, short_user_function, user_function",
        "from admf_kernels.ownership import borrow",
        "from admf_kernels.random_stream import RandomStream, instance_type",
    }
    if engine:
        lines |= set(EVALUATE_IMPORTS)
        if definition.sends_orders:
            lines.add("from {} import {}".format(*order_api(engine)))
        if engine == PORTFOLIO_ENGINE:
            lines |= set(PORTFOLIO_IMPORTS)
        if definition.weighs:
            lines.add(f"from admf_kernels.strategy_view import known as {KNOWN_CLOCK}, known_whole as {KNOWN_WHOLE}")
    else:
        lines.add("from admf_kernels.signatures import RECORD_SIGNATURE")
    lines |= indicator_imports(definition) | set(position_imports(source.reads))
    lines |= CUSTOM_IMPORTS if source.custom else set()
    lines |= WINDOW_IMPORTS if definition.windows else set()
    title = f'"""Generated from strategy {definition.name}; made anew whenever its code changes."""\n'
    return [title, *sorted(lines), *sorted(set(source.imports))]


def _strategy_class(definition: Definition, source: StrategySource) -> str:
    fields = {name: NUMBA_TYPES[p.kind] for name, p in definition.parameters.items()}
    fields |= dict.fromkeys(feature_fields(definition), "float64")
    fields |= {name: NUMBA_TYPES[type(value)] for name, value in definition.state.items()}
    fields |= dict.fromkeys(queue_fields(definition), "float64")
    fields |= dict.fromkeys(begin_fields(definition), "int64")
    extremes = extreme_fields(source.reads)
    fields |= {name: kind for name, (kind, _) in extremes.items()}
    if source.uses_random:
        fields[RANDOM_FIELD] = "instance_type(RandomStream)"
    if not fields:
        fields["nothing"] = "int64"
    starts = [f"        self.{name} = {name}" for name in definition.parameters]
    starts += [f"        self.{name} = np.nan" for name in feature_fields(definition)]
    starts += [f"        self.{name} = np.nan" for name in queue_fields(definition)]
    starts += [f"        self.{name} = -1" for name in begin_fields(definition)]
    starts += [f"        self.{name} = {start_of(value)}" for name, value in definition.state.items()]
    starts += [f"        self.{name} = {start}" for name, (_, start) in extremes.items()]
    if source.uses_random:
        words = ", ".join(f"random_state[{i}]" for i in range(6))
        starts.append(f"        self.{RANDOM_FIELD} = RandomStream({words})")
    if fields.get("nothing"):
        starts.append("        self.nothing = 0")
    declared = "\n".join(f"    {name}: {kind}" for name, kind in fields.items())
    arguments = "".join(f", {name}" for name in definition.parameters)
    body = "\n".join(starts)
    return f"\n\n@jitclass\nclass Strategy:\n{declared}\n\n    def __init__(self, random_state{arguments}):\n{body}\n"


def parameter_casts(definition: Definition) -> list[str]:
    """Expressions that read the parameters from their row."""
    casts = {bool: "parameters[{0}] != 0.0", int: "int(parameters[{0}])", float: "float(parameters[{0}])"}
    casts[str] = casts[int]  # the place among its choices
    return [(CASTS if p.optional else casts)[p.kind].format(i) for i, p in enumerate(definition.parameters.values())]


def _setup_functions(definition: Definition, *, shared: bool) -> str:
    strategy = ", ".join(["random_state", *parameter_casts(definition)])
    text = f"\n\n@kernel\ndef make_strategy(parameters, random_state):\n    return Strategy({strategy})\n"
    return text + setup_indicators(definition, shared=shared)


def _entries(
    definition: Definition, source: StrategySource, origins: dict[int, Origin], engine: str, *, shared: bool
) -> list[str]:
    """What an engine calls, and what that is made of."""
    if engine == PORTFOLIO_ENGINE and definition.weighs:
        return [record_function(definition, source.reads), _weigh(definition, source, origins)]
    parts = [_answer(definition, source)]
    columns = SHARED if shared else ""
    if engine == PORTFOLIO_ENGINE:
        parts += [record_function(definition, source.reads), column_functions(definition, LOAD_FEATURES)]
        columns = AHEAD
    _, name = order_api(engine)
    multiplied = engine in (ORDER_ENGINE, PORTFOLIO_ENGINE)
    evaluate = evaluate_function(definition, source, order_api=name, columns=columns, multiplied=multiplied)
    return [*parts, evaluate]


def _weigh(definition: Definition, source: StrategySource, origins: dict[int, Origin]) -> str:
    line = _line_of_weights(source, origins)
    starts = {name: start_of(value) for name, value in definition.state.items()}
    return weigh_function(definition, source, line, parameter_casts(definition), starts, NUMBA_TYPES)


def _line_of_weights(source: StrategySource, origins: dict[int, Origin]) -> int:
    """The generated line that gives the weights of ``target_weights``."""
    block = entry_block(source)
    given = Origin(block.file, weights_given(block.tree))
    return next(new for new, old in origins.items() if old == given)


def _answer(definition: Definition, source: StrategySource) -> str:
    """The function that evaluates the strategy.

    The user's code may raise, and a function that can raise hides the counting of its references from Numba's
    pruning. A strategy without state is therefore handed over as a tuple of its fields, which has nothing to count.
    """
    if definition.state or source.uses_random:
        declared, view = "", "strategy"
    else:
        declared, view = class_of_view(definition, parameter="strategy.{}", feature="strategy.{}")
    orders = ", orders" if definition.sends_orders else ""
    call = f"as_direction({source.entry}({view}, bar, position{orders}), position.quantity)"
    return f"{declared}\n\n@inlined\ndef on_bar(strategy, bar, position, orders):\n    return {call}\n"


def class_of_view(definition: Definition, *, parameter: str, feature: str) -> tuple[str, str]:
    """A tuple class of a strategy's fields, and the expression that makes one; ``{}`` stands for a field's name."""
    features = feature_fields(definition)
    values = [parameter.format(name) for name in definition.parameters] + [feature.format(name) for name in features]
    lines = "\n".join(f"    {name}: Any" for name in ("nothing_", *definition.parameters, *features))
    return f"\n\nclass View(NamedTuple):\n{lines}\n", f"View({', '.join(['0', *values])})"
