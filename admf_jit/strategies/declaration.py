"""The ``@strategy`` decorator: what a class declares, read and checked, and instances that hold parameter values."""

from __future__ import annotations

import inspect
import operator
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

from admf_jit import markup
from admf_jit.choices import Choice
from admf_jit.data.higher_columns import Series
from admf_jit.data.own_series import OwnColumn
from admf_jit.data.symbol_bars import parted_bars
from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.cell_source import find_source
from admf_jit.strategies.class_body import follow_parameters, read_by_methods
from admf_jit.strategies.expressions import Expression, Output
from admf_jit.strategies.formula import Scalar, formula
from admf_jit.strategies.indicators import GIVEN, Argument, Indicator
from admf_jit.strategies.literals import choices_of
from admf_jit.strategies.nested import flatten
from admf_jit.strategies.state_window import Window
from admf_jit.wording import counted

Class = TypeVar("Class", bound=type)

#: Field of a strategy that holds its container's random numbers: ``self.random.uniform()``, ``self.random.normal()``.
RANDOM_FIELD = "random"
#: What a field of the state begins with.
State = Scalar | Window
_DEFINITION = "__admf_definition__"
_KINDS: dict[str, type] = {"bool": bool, "int": int, "float": float}


def _calculates(operation: Callable[[Any, Any], Any]) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """The two methods by which a class body calculates with a parameter: with its default, on either side."""

    def number(value: Any) -> Any:
        return value.default if isinstance(value, Parameter) else value

    return (
        lambda parameter, other: operation(number(parameter), number(other)),
        lambda parameter, other: operation(number(other), number(parameter)),
    )


@dataclass(frozen=True)
class Parameter:
    """A parameter: its type, its default, bounds that every value must keep, and whether it may be None."""

    kind: type
    default: Scalar | None
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False
    #: Texts, one of which a parameter of type str is.
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: object) -> Any:
        """Return ``value`` in the parameter's own type, or say what was expected."""
        if value is None and self.optional:
            return None
        if self.kind is str:
            first = Choice(self.choices[0], self.choices)
            chosen = first.chosen(value)
            if chosen is None:
                more = ", or None" if self.optional else ""
                raise StrategyError(f"parameter {name}: {value!r}: expected {first.expected(value)}{more}")
            return chosen
        expected = {bool: "true or false", int: "a whole number", float: "a number"}[self.kind]
        if self.minimum is not None:
            expected += f" >= {self.minimum}"
        if self.maximum is not None:
            expected += f" <= {self.maximum}"
        if self.optional:
            expected += ", or None"
        if not self._fits(_plain(value)):
            raise StrategyError(f"parameter {name}: {value!r}: expected {expected}")
        return typing.cast(Scalar, self.kind(_plain(value)))

    __add__, __radd__ = _calculates(operator.add)
    __sub__, __rsub__ = _calculates(operator.sub)
    __mul__, __rmul__ = _calculates(operator.mul)
    __truediv__, __rtruediv__ = _calculates(operator.truediv)
    __floordiv__, __rfloordiv__ = _calculates(operator.floordiv)

    def __neg__(self) -> Any:
        return -self.default  # type: ignore[operator]

    def _fits(self, value: object) -> bool:
        if self.kind is bool or isinstance(value, bool):
            return self.kind is bool and isinstance(value, bool)
        if not isinstance(value, int | float) or not -(2.0**53) <= value <= 2.0**53:
            return False
        if self.kind is int and value != int(value):
            return False
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)


def _plain(value: object) -> object:
    """A NumPy scalar as Python's own number; anything else as it is."""
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value


def parameter(default: Scalar | None, *, minimum: float | None = None, maximum: float | None = None) -> Any:
    """A parameter with bounds: ``period: int = aj.parameter(14, minimum=2)``.

    One that may be None is annotated so: ``stop: float | None = aj.parameter(None, minimum=0)``.
    """
    return Parameter(type(default), default, minimum, maximum)


@dataclass(frozen=True)
class Definition:
    """What a strategy class declares, in the order of its body."""

    name: str
    cls: type
    parameters: Mapping[str, Parameter]
    indicators: Mapping[str, Indicator]
    state: Mapping[str, State]
    methods: Mapping[str, FunctionType]
    #: Methods that take no ``self``.
    static: frozenset[str] = field(default_factory=frozenset)

    @property
    def whose(self) -> str:
        """What messages call it."""
        return f"strategy {self.name}"

    @property
    def sends_orders(self) -> bool:
        """Whether ``on_bar`` has a third argument, to send orders of its own."""
        return not self.weighs and self.methods["on_bar"].__code__.co_argcount == 4

    @property
    def weighs(self) -> bool:
        """Whether the strategy answers with target weights for all symbols instead of ``on_bar`` for each."""
        return "target_weights" in self.methods

    @property
    def entry(self) -> str:
        """Name of the method that the engine calls."""
        return "target_weights" if self.weighs else "on_bar"

    @property
    def timeframes(self) -> tuple[str, ...]:
        """Longer timeframes, and bars of other symbols, that indicators are computed on, each once, in their order."""
        return tuple(dict.fromkeys(i.timeframe for i in self.indicators.values() if i.timeframe is not None))

    def spelled(self, timeframe: str) -> str:
        """What names of a generated module say of a timeframe: bars of another symbol have a number."""
        return timeframe if parted_bars(timeframe)[1] is None else f"of_{self.timeframes.index(timeframe)}"

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that indicators are of, besides the one that is traded, in the order of the class body."""
        return tuple(dict.fromkeys(symbol for _, symbol in map(parted_bars, self.timeframes) if symbol is not None))

    @property
    def own_columns(self) -> tuple[OwnColumn, ...]:
        """Columns of one's own that indicators read, each once, in the order of the class body."""
        return tuple(dict.fromkeys(i.own for i in self.indicators.values() if i.own is not None))

    @property
    def series(self) -> tuple[Series, ...]:
        """What indicators read besides the bars: the timeframes, and then the columns of one's own."""
        return (*self.timeframes, *self.own_columns)

    @property
    def windows(self) -> dict[str, Window]:
        """Those fields of the state that are windows."""
        return {name: value for name, value in self.state.items() if isinstance(value, Window)}

    @property
    def is_given(self) -> bool:
        """Whether it is what is given from outside that a container is run by."""
        return any(indicator.kind is GIVEN for indicator in self.indicators.values())

    @property
    def defaults(self) -> dict[str, Any]:
        """Parameters with their default values."""
        return {name: declared.default for name, declared in self.parameters.items()}

    @property
    def optional(self) -> dict[str, type]:
        """Parameters that may be None, with their types."""
        return {name: declared.kind for name, declared in self.parameters.items() if declared.optional}

    @property
    def examples(self) -> dict[str, Callable[[], Any]]:
        """Of each parameter that may be None what makes a value that it may have."""
        made: dict[str, Callable[[], Any]] = {}
        for name, kind in self.optional.items():
            choices = self.parameters[name].choices
            made[name] = kind
            if choices:
                made[name] = partial(Choice, choices[0], choices)
        return made

    def complete(self, given: Mapping[str, object]) -> dict[str, Scalar | None]:
        """All parameters: the given values, checked, and defaults for the rest."""
        for name in given:
            if name not in self.parameters:
                hint = closest(name, self.parameters)
                suggestion = f"; did you mean {hint!r}?" if hint else ""
                known = ", ".join(self.parameters) or "none"
                raise StrategyError(
                    f"strategy {self.name} has no parameter {name!r} (its parameters: {known}){suggestion}"
                )
        values: dict[str, Scalar | None] = {}
        for name, declared in self.parameters.items():
            values[name] = declared.check(name, given.get(name, declared.default))
        return values

    def check(self, values: dict[str, Any]) -> None:
        """Refuse parameter values that an indicator cannot compute with."""
        for name in self.indicators:
            self.check_indicator(name, values)

    def check_indicator(self, name: str, values: dict[str, Any]) -> None:
        """Refuse parameter values that the indicator of that name cannot compute with."""
        try:
            self.indicators[name].bound(values)
        except StrategyError as problem:
            raise StrategyError(f"strategy {self.name}, indicator {name}: {problem}") from None


def _kind_of(cls: type, name: str, annotation: object) -> tuple[type, bool]:
    """Return a parameter's type, and whether it may be None."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    bare = re.fullmatch(r"(?:typing\.)?Optional\[(\w+)\]|(\w+) ?\| ?None|None ?\| ?(\w+)", text.strip())
    said = next(filter(None, bare.groups())) if bare else text
    if said not in _KINDS or (bare and said == "bool"):
        raise StrategyError(
            f"strategy {cls.__name__}: {name}: {text}: a parameter is annotated int, float or bool, or float | None; "
            "one of some texts is Literal['sma', 'ema']; "
            "state is a plain attribute without annotation"
        )
    return _KINDS[said], bare is not None


def read_parameters(cls: type) -> dict[str, Parameter]:
    """Annotated attributes of a class."""
    parameters: dict[str, Parameter] = {}
    for name, annotation in inspect.get_annotations(cls).items():
        choices, optional = choices_of(f"strategy {cls.__name__}: {name}", annotation)
        kind, optional = (str, optional) if choices else _kind_of(cls, name, annotation)
        default = cls.__dict__.get(name)
        if name not in cls.__dict__ or (default is None and not optional):
            raise StrategyError(
                f"strategy {cls.__name__}: parameter {name} has no default: write {name}: {kind.__name__} = …"
            )
        bounds = default if isinstance(default, Parameter) else Parameter(kind, default)
        declared = Parameter(kind, bounds.default, bounds.minimum, bounds.maximum, optional, choices)
        try:
            value = declared.check(name, bounds.default)
        except StrategyError as problem:
            raise StrategyError(f"strategy {cls.__name__}: default of {problem}") from None
        parameters[name] = Parameter(kind, value, bounds.minimum, bounds.maximum, optional, choices)
    return parameters


def _read_definition(cls: type) -> Definition:
    if cls.__mro__[1:] != (object,):
        raise StrategyError(f"strategy {cls.__name__}: a strategy class has no base classes")
    parameters = read_parameters(cls)
    indicators: dict[str, Indicator] = {}
    state: dict[str, State] = {}
    methods: dict[str, FunctionType] = {}
    static = set()
    for name, value in cls.__dict__.items():
        if name in parameters or (name.startswith("__") and name.endswith("__")):
            continue
        if isinstance(value, Indicator):
            indicators[name] = value
        elif isinstance(value, Output | Expression):
            indicators[name] = value  # type: ignore[assignment]  # which ``flatten`` makes an indicator
        elif isinstance(value, bool | int | float | Window):
            state[name] = value
        elif isinstance(value, FunctionType):
            methods[name] = value
        elif isinstance(value, staticmethod) and isinstance(value.__func__, FunctionType):
            methods[name] = value.__func__
            static.add(name)
        else:
            raise StrategyError(
                f"strategy {cls.__name__}: {name} is a {type(value).__name__}: expected a parameter (annotated), an "
                "indicator (ta.…), state (a plain number or bool, or aj.window), or a method"
            )
    numbers = {name: declared.default for name, declared in parameters.items() if declared.default is not None}
    originals = {id(one): name for name, one in indicators.items()}
    indicators |= follow_parameters(cls, numbers)
    definition = Definition(cls.__name__, cls, parameters, indicators, state, methods, frozenset(static))
    _check_names(definition)
    try:
        indicators = flatten(indicators, originals)
    except StrategyError as problem:
        raise StrategyError(f"strategy {cls.__name__}, indicator {problem}") from None
    definition = replace(definition, indicators=indicators)
    _check_arguments(definition)
    return replace(definition, indicators=indicators | read_by_methods(cls, indicators))


def _check_entry(definition: Definition) -> None:
    methods = definition.methods
    if "on_bar" in methods and "target_weights" in methods:
        raise StrategyError(f"strategy {definition.name} has both on_bar and target_weights: expected one of the two")
    expected = "on_bar(self, bar, position) or on_bar(self, bar, position, orders)"
    allowed: tuple[int, ...] = (3, 4)
    if "target_weights" in methods:
        expected, allowed = "target_weights(self, market, weights)", (3,)
    entry = methods.get(definition.entry)
    if entry is None or definition.entry in definition.static:
        raise StrategyError(f"strategy {definition.name} has no method on_bar(self, bar, position)")
    if entry.__code__.co_argcount not in allowed:
        raise StrategyError(
            f"strategy {definition.name}: {definition.entry} takes {counted(entry.__code__.co_argcount, 'argument')}: "
            f"expected {expected}"
        )


def _check_names(definition: Definition) -> None:
    if "__init__" in definition.cls.__dict__:
        raise StrategyError(f"strategy {definition.name}: __init__ is not supported: declare state as class attributes")
    _check_entry(definition)
    names = [*definition.parameters, *definition.indicators, *definition.state, *definition.methods]
    for name in names:
        if name == RANDOM_FIELD or "__" in name:
            raise StrategyError(f"strategy {definition.name}: the name {name!r} is reserved")


def _check_arguments(definition: Definition) -> None:
    for name, indicator in definition.indicators.items():
        for argument, value in zip(indicator.kind.arguments, indicator.arguments, strict=True):
            if isinstance(value, str):
                _check_formula(definition, f"indicator {name}", argument, value)


def _check_formula(definition: Definition, whose: str, argument: Argument, text: str) -> None:
    whose = f"strategy {definition.name}, {whose}"
    try:
        read = formula(text)
    except StrategyError as problem:
        raise StrategyError(f"{whose}: {argument.name}: {problem}") from None
    for name in read.names:
        if name not in definition.parameters:
            hint = closest(name, definition.parameters)
            suggestion = f"; did you mean {hint!r}?" if hint else ""
            raise StrategyError(f"{whose}: {name!r} is not a parameter{suggestion}")
        if definition.parameters[name].optional:
            raise StrategyError(f"{whose}: parameter {name} may be None, which no indicator can be computed with")
    kinds = {name: declared.kind for name, declared in definition.parameters.items()}
    if any(kinds[name] is str for name in read.names):
        raise StrategyError(
            f"{whose}: {argument.name}: {text} is a text: declare an indicator for each, and choose one"
        )
    if read.is_name and argument.whole and kinds[text] is not int:
        raise StrategyError(
            f"{whose}: {argument.name} is a whole number, but parameter {text} is a {kinds[text].__name__}"
        )
    if argument.whole and not read.is_whole(kinds):
        raise StrategyError(
            f"{whose}: {argument.name} is a whole number, but {text} may be a fraction: use // or int(...)"
        )
    if not read.is_name and any(kinds[name] is bool for name in read.names):
        raise StrategyError(f"{whose}: {argument.name}: {text}: a formula is made of numbers, and not of bools")


def _constructor(definition: Definition) -> Callable[..., None]:
    def __init__(self: Any, **values: Any) -> None:  # noqa: N807
        self.parameters = definition.complete(values)

    ours = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    signature = _signature(definition)
    __init__.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[ours, *signature.parameters.values()]
    )
    __init__.__qualname__ = f"{definition.cls.__qualname__}.__init__"
    lines = [f"    {name}: {_described(declared)}" for name, declared in definition.parameters.items()]
    __init__.__doc__ = "\n".join(["Parameters, each of which can be swept:", *lines] if lines else ["No parameters."])
    return __init__


def _annotation(declared: Parameter) -> Any:
    if declared.choices:
        return typing.Literal[(*declared.choices, None) if declared.optional else declared.choices]
    return declared.kind | None if declared.optional else declared.kind


def _described(declared: Parameter) -> str:
    bounds = [f"from {declared.minimum:g}"] if declared.minimum is not None else []
    bounds += [f"up to {declared.maximum:g}"] if declared.maximum is not None else []
    kind = " | ".join(map(repr, declared.choices)) or declared.kind.__name__
    kind += " | None" if declared.optional else ""
    return f"{kind} = {declared.default!r}" + (f" ({' '.join(bounds)})" if bounds else "")


def _signature(definition: Definition) -> inspect.Signature:
    return inspect.Signature(
        [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=declared.default, annotation=_annotation(declared)
            )
            for name, declared in definition.parameters.items()
        ]
    )


def _represent(self: Any) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
    return f"{type(self).__name__}({given})"


def _represent_as_html(self: Any) -> str:
    """What a notebook shows: the strategy's parameters with their values, and its indicators."""
    definition = definition_of(type(self))
    about = inspect.getdoc(type(self)) or ""
    rows = [(name, repr(value), repr(definition.defaults[name])) for name, value in self.parameters.items()]
    shown = markup.paragraph(definition.name, strong=True) + markup.paragraph(about)
    shown += markup.table(("parameter", "value", "default"), rows) if rows else ""
    named = ", ".join(definition.indicators)
    return shown + (markup.paragraph(f"indicators: {named}") if named else "")


def strategy(cls: Class) -> Class:
    """Class decorator: annotated attributes are parameters, ``ta.…`` attributes indicators, plain numbers state.

    The class gets keyword arguments for its parameters, so that ``SmaCross(fast_period=8)`` is the strategy with
    these values. ``on_bar(self, bar, position)`` is compiled the first time it is run; ``aj.Bar``, ``aj.Position`` and
    ``aj.Orders`` say what it is given.

    Raises StrategyError where the class declares something that cannot be compiled.
    """
    for value in vars(cls).values():
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType):
            find_source(function)
    definition = _read_definition(cls)
    setattr(cls, _DEFINITION, definition)
    cls.__init__ = _constructor(definition)  # type: ignore[misc]
    cls.__signature__ = _signature(definition)  # type: ignore[attr-defined]
    cls.__repr__ = _represent  # type: ignore[method-assign, assignment]
    setattr(cls, "_repr_html_", _represent_as_html)  # noqa: B010
    return cls


def definition_of(cls: object) -> Definition:
    """The definition that ``@strategy`` left on a class."""
    definition = getattr(cls, _DEFINITION, None)
    if not isinstance(definition, Definition):
        name = getattr(cls, "__name__", repr(cls))
        raise StrategyError(f"{name} is not a strategy: decorate its class with @admf_jit.strategy")
    return definition
