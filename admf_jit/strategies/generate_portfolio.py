"""What a generated module has besides, when its strategy runs on the symbols of a portfolio.

One strategy serves every symbol: its indicators' values are kept for each symbol and bar, its state for each symbol,
and both are put into its fields before it is asked. A strategy with ``target_weights`` is asked about all symbols at
once, and has an array where a strategy with ``on_bar`` has an indicator's value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.source import StrategySource

CALL = """
run_container = build_engine(
    __name__, make_strategy, make_indicators, local_indicators, warmup_of, update_features, on_bar, TAKES_ORDERS,
    {n_features}, {n_integers}, {n_numbers}, keep_features, load_features, load_state, keep_state, {weighs},
    make_cross, load_cross, target_weights,
)
"""

#: Stands for ``on_bar`` in a strategy that is asked for target weights, and the other way round.
NO_ANSWER = "\n\n@inlined\ndef on_bar(strategy, bar, position, orders):\n    return 127\n"
#: How the line begins that checks weights.
CHECK_WEIGHTS = "    check_weights(weights, market, "
_NO_WEIGHTS = """

@kernel
def make_cross(parameters, random_state, n_symbols):
    return np.zeros(1)


@kernel
def load_cross(cross, features, ready, t):
    cross[0] = 0.0


@inlined
def target_weights(cross, market, weights):
    return 0
"""


def portfolio_functions(
    definition: Definition,
    fields: Iterable[str],
    source: StrategySource,
    line: int,
    casts: Iterable[str],
    types: dict[type, str],
) -> str:
    """Functions that copy features and state, and those of target weights, as source text.

    ``fields`` are the strategy's feature fields, ``line`` is the one that gives the weights, ``casts`` are the
    expressions that read its parameters, ``types`` the Numba types of Python's.
    """
    features = list(fields)
    keep = _body(f"features[{i}, t] = strategy.{name}" for i, name in enumerate(features))
    load = _body(f"strategy.{name} = features[{i}, t]" for i, name in enumerate(features))
    whole = [name for name, value in definition.state.items() if not isinstance(value, float)]
    real = [name for name, value in definition.state.items() if isinstance(value, float)]
    load_state = []
    for i, name in enumerate(whole):
        flag = isinstance(definition.state[name], bool)
        load_state.append(f"strategy.{name} = integers[{i}]{' != 0' if flag else ''}")
    load_state += [f"strategy.{name} = numbers[{i}]" for i, name in enumerate(real)]
    keep_state = [f"integers[{i}] = int(strategy.{name})" for i, name in enumerate(whole)]
    keep_state += [f"numbers[{i}] = strategy.{name}" for i, name in enumerate(real)]
    text = (
        f"\n\n@kernel\ndef keep_features(strategy, features, t):\n{keep}\n"
        f"\n\n@kernel\ndef load_features(strategy, features, t):\n{load}\n"
        f"\n\n@kernel\ndef load_state(strategy, integers, numbers):\n{_body(load_state)}\n"
        f"\n\n@kernel\ndef keep_state(strategy, integers, numbers):\n{_body(keep_state)}\n"
    )
    text += _weights(definition, features, source, line, list(casts), types) if definition.weighs else _NO_WEIGHTS
    return text + CALL.format(
        n_features=max(len(features), 1),
        n_integers=max(len(whole), 1),
        n_numbers=max(len(real), 1),
        weighs=definition.weighs,
    )


def _body(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines) or "    pass"


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


def _weights(
    definition: Definition,
    features: list[str],
    source: StrategySource,
    line: int,
    casts: list[str],
    types: dict[type, str],
) -> str:
    """The class that ``target_weights`` gets as ``self``, and its functions."""
    declared = [f"{name}: {types[p.kind]}" for name, p in definition.parameters.items()]
    declared += [f"{name}: float64[::1]" for name in features]
    declared += [f"{name}: {types[type(value)]}" for name, value in definition.state.items()]
    starts = [f"    self.{name} = {name}" for name in definition.parameters]
    starts += [f"    self.{name} = np.full(n_symbols, np.nan)" for name in features]
    starts += [f"    self.{name} = {value!r}" for name, value in definition.state.items()]
    arguments = "".join(f", {name}" for name in definition.parameters)
    given = ", ".join(["n_symbols", *casts])
    loads = []
    for i, name in enumerate(features):
        loads += [
            f"{name} = cross.{name}",
            "for slot in range(features.shape[0]):",
            f"    {name}[slot] = features[slot, {i}, t] if ready[slot] else np.nan",
        ]
    return (
        f"\n\n@jitclass\nclass Cross:\n{_body(declared or ['nothing: int64'])}\n"
        f"\n    def __init__(self, n_symbols{arguments}):\n{_body(starts or ['    self.nothing = 0'])}\n"
        f"\n\n@kernel\ndef make_cross(parameters, random_state, n_symbols):\n    return Cross({given})\n"
        f"\n\n@kernel\ndef load_cross(cross, features, ready, t):\n{_body(loads)}\n"
        "\n\n@inlined\ndef target_weights(cross, market, weights):\n"
        f"    {source.entry}(cross, market, weights)\n"
        f"{CHECK_WEIGHTS}{_says_nan(source)}, {line})\n    return 0\n"
    )
