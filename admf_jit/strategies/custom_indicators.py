"""The ``@indicator`` decorator: indicators of the user's own, compiled like a strategy."""

from __future__ import annotations

import ast
import hashlib
import inspect
from types import FunctionType
from typing import Any

from admf_jit.data.symbol_bars import named_bars
from admf_jit.errors import StrategyError
from admf_jit.strategies.cell_source import find_source
from admf_jit.strategies.custom_class import BAR_INPUTS
from admf_jit.strategies.declaration import Definition, read_parameters
from admf_jit.strategies.expressions import Arithmetic
from admf_jit.strategies.formula import formula
from admf_jit.strategies.indicators import Argument, CustomCode, Indicator, IndicatorKind
from admf_jit.strategies.source import collect_indicator
from admf_kernels.memory import ROOM

#: The method that is called at every bar, and the name of its argument where that is a bar.
UPDATE, BAR = "update", "bar"
#: What every indicator takes by these names, and what its class calls NumPy.
_NOT_PARAMETERS = ("source", "lag", "timeframe", "symbol", "np")


class IndicatorDefinition(Definition):
    """What an indicator of the user's own declares."""

    @property
    def whose(self) -> str:
        """What messages call it."""
        return f"indicator {self.name}"

    @property
    def entry(self) -> str:
        """Name of the method that is called at every bar."""
        return UPDATE

    @property
    def sends_orders(self) -> bool:
        """Nothing but a strategy does."""
        return False


class CustomIndicator:
    """An indicator of the user's own: called with arguments, it declares one in a strategy's class body."""

    def __init__(self, kind: IndicatorKind, about: str | None) -> None:
        self.kind = kind
        self.__doc__ = about
        self.__name__ = kind.name

    def __call__(
        self,
        *arguments: Any,
        source: Any = "close",
        lag: int = 0,
        timeframe: str | None = None,
        symbol: str | None = None,
        **named: Any,
    ) -> Indicator:
        """Declare one: its parameters in their order or by name, and what every indicator of `admf_jit.ta` takes."""
        kind = self.kind
        given = list(arguments)
        if given and isinstance(given[0], Arithmetic):
            source = given.pop(0)
        if kind.inputs != ("source",) and source != "close":
            raise StrategyError(f"{kind.name}: reads bars, and takes no source")
        names = [argument.name for argument in kind.arguments]
        if len(given) > len(names):
            raise StrategyError(f"{kind.name}: {len(given)} arguments: expected at most {', '.join(names) or 'none'}")
        values = dict(zip(names, given, strict=False))
        for name, value in named.items():
            if name not in names or name in values:
                said = "is given twice" if name in values else f"expected {', '.join(names) or 'no parameter'}"
                raise StrategyError(f"{kind.name}: {name}: {said}")
            values[name] = value
        taken = [values.get(argument.name, argument.default) for argument in kind.arguments]
        return Indicator(kind, tuple(taken), source, lag, named_bars(timeframe, symbol))  # type: ignore[arg-type]


def indicator(declared: Any = None, *, warmup: str | int = 0) -> Any:
    """Decorate a class with a method ``update``, or a function, as an indicator of one's own.

    ``update(self, x)`` is called with each value of the source, ``update(self, bar)`` with each bar (`open`, `high`,
    `low`, `close`, `volume`), from the first one on, and returns the value there. Annotated attributes are parameters,
    plain numbers state, as in a strategy. ``warmup`` is how many bars come before the first value: a number, or a
    formula of parameters such as "period - 1". What is decorated declares an indicator when it is called:
    ``trend = Trend(20)``, ``Trend("period", source=ta.rsi(14), lag=1, timeframe="1h")``.

    Raises StrategyError where it cannot be compiled.
    """
    if declared is None:
        return lambda given: indicator(given, warmup=warmup)
    definition = _read(declared)
    name = definition.name
    update = definition.methods[UPDATE]
    argument = update.__code__.co_varnames[0 if UPDATE in definition.static else 1]
    arguments = tuple(
        Argument(name, p.kind is int, p.minimum if p.minimum is not None else -(2.0**31), default=p.default)
        for name, p in definition.parameters.items()
    )
    digest = _digest(definition, str(warmup))
    symbol = f"{name}_{digest[:8]}"
    kind = IndicatorKind(
        name,
        symbol,
        arguments,
        BAR_INPUTS if argument == BAR else ("source",),
        ("value",),
        _warmup(definition, str(warmup)),
        code=CustomCode(definition, digest),
    )
    return CustomIndicator(kind, inspect.getdoc(declared))


def _warmup(definition: Definition, text: str) -> str:
    read = formula(text)
    unknown = [name for name in read.names if name not in definition.parameters]
    if unknown or not read.is_whole({name: p.kind for name, p in definition.parameters.items()}):
        raise StrategyError(
            f"indicator {definition.name}: warmup {text!r}: expected a whole number of bars, or a formula of its "
            f"parameters that is one ({', '.join(definition.parameters) or 'it has none'})"
        )
    return read.text


def _read(declared: Any) -> IndicatorDefinition:
    whose = f"indicator {getattr(declared, '__name__', declared)!s}"
    if isinstance(declared, FunctionType):
        find_source(declared)
        if declared.__code__.co_argcount != 1:
            raise StrategyError(f"{whose}: expected a function of one argument, a value or a bar")
        definition = IndicatorDefinition(declared.__name__, type, {}, {}, {}, {UPDATE: declared}, frozenset({UPDATE}))
        return definition
    if not isinstance(declared, type) or declared.__mro__[1:] != (object,):
        raise StrategyError(f"{whose}: expected a function, or a class without base classes")
    parameters = read_parameters(declared)
    state: dict[str, Any] = {}
    methods: dict[str, FunctionType] = {}
    static = set()
    for name, value in declared.__dict__.items():
        if name in parameters or (name.startswith("__") and name.endswith("__")):
            continue
        function = value.__func__ if isinstance(value, staticmethod) else value
        if isinstance(function, FunctionType):
            find_source(function)
            methods[name] = function
            static |= {name} if isinstance(value, staticmethod) else set()
        elif isinstance(value, bool | int | float):
            state[name] = value
        else:
            raise StrategyError(
                f"{whose}: {name} is a {type(value).__name__}: expected a parameter (annotated), state (a plain number "
                "or bool) or a method; another indicator is its source"
            )
    update = methods.get(UPDATE)
    if update is None or UPDATE in static or update.__code__.co_argcount != 2:
        raise StrategyError(f"{whose}: expected a method update(self, x) or update(self, bar)")
    for name, one in parameters.items():
        if one.optional or one.kind not in (int, float):
            raise StrategyError(f"{whose}: parameter {name}: expected a whole number or a number")
    for name in (*parameters, *state, *methods):
        if name in ("value", "random") or "__" in name or (name in parameters and name in _NOT_PARAMETERS):
            raise StrategyError(f"{whose}: the name {name!r} is reserved")
    if len(parameters) + len(state) >= ROOM // 8:
        raise StrategyError(f"{whose}: expected fewer than {ROOM // 8} parameters and state fields")
    return IndicatorDefinition(declared.__name__, declared, parameters, {}, state, methods, frozenset(static))


def _digest(definition: Definition, warmup: str) -> str:
    source = collect_indicator(definition, definition.name)
    if source.arrays or source.uses_random:
        what = f"the array {next(iter(source.arrays))}" if source.arrays else "self.random"
        raise StrategyError(
            f"indicator {definition.name}: reads {what}, which none can: an array of values is computed once by "
            "@aj.vector_indicator"
        )
    said = (
        [(name, p.kind.__name__) for name, p in definition.parameters.items()],
        list(definition.state.items()),
        source.imports,
        source.constants,
        [ast.unparse(block.tree) for block in source.functions],
        warmup,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()
