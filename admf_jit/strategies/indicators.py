"""What a strategy may declare: every indicator's kernel, arguments, outputs and warm-up, read from its file.

A new indicator is one file in ``admf_kernels/indicators``; ``python -m tools.make_ta`` then writes its function.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from admf_jit.data.bar_columns import OWN
from admf_jit.data.own_series import OwnColumn
from admf_jit.data.symbol_bars import named_bars as named_bars  # which `admf_jit.ta` takes from here
from admf_jit.data.symbol_bars import parted_bars
from admf_jit.data.timeframe import normalise
from admf_jit.errors import DataError, StrategyError, closest
from admf_jit.parsing import parse_python
from admf_jit.strategies.expressions import Arithmetic, Expression, Field, Output
from admf_jit.strategies.formula import formula

#: The most bars that an indicator, and a column as it is, are looked back.
MOST_LAG, MOST_BACK = 50, 100_000
COLUMNS = ("open", "high", "low", "close", "volume")
_FOLDER = Path(str((find_spec("admf_kernels") or ast).origin)).parent / "indicators"
_DECLARES = "\nINDICATOR = declare("


@dataclass(frozen=True)
class CustomCode:
    """The code of an indicator of the user's own: its definition, and the digest of all that it says."""

    definition: Any = field(compare=False, repr=False)
    digest: str


@dataclass(frozen=True)
class Argument:
    """One argument of an indicator: its name, whether it is a whole number, and between which values it lies."""

    name: str
    whole: bool = True
    minimum: float = 1
    maximum: float = 2**31
    #: Texts of which it is one, given to the kernel by their places; none where it is a number.
    choices: tuple[str, ...] = ()
    #: None where it has to be said.
    default: bool | int | float | str | None = None


@dataclass(frozen=True)
class IndicatorKind:
    """An indicator as the code generator needs it: what its file declares (`admf_kernels.indicators.declared`).

    ``inputs`` are the columns its update function takes; "source" stands for the column that the declaration
    names. ``warmup`` is the number of bars before its first value, as a formula of its arguments.
    """

    name: str
    kernel: str
    arguments: tuple[Argument, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    warmup: str
    #: Arguments each of which must be below the next.
    rising: tuple[str, ...] = ()
    #: Whether its value is NaN as long as any of those that it is made of is missing, and no longer.
    takes_gaps: bool = False
    #: Whether it is compiled ahead with the engines.
    common: bool = False
    #: The second column that it reads, where the user has named one.
    against: tuple[str, ...] = ()
    #: What it is, in a sentence or two.
    title: str = ""
    #: Whether it is an expression, which has no state: its source says what is calculated.
    calculates: bool = False
    #: Of one of the user's own: what it declares, and the digest of its code.
    code: "CustomCode | None" = None

    @property
    def symbol(self) -> str:
        """What generated code calls it."""
        return self.name if self.code is None else self.kernel

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name if self.code is not None else f"ta.{self.name}"


class _Kinds(Mapping[str, IndicatorKind]):
    """Every indicator by its name; a file is read when its indicator is asked for."""

    def __getitem__(self, name: str) -> IndicatorKind:
        return kind_of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(indicator_names())

    def __len__(self) -> int:
        return len(indicator_names())


KINDS: Mapping[str, IndicatorKind] = _Kinds()


def choice(kind: IndicatorKind, place: int, text: object) -> int:
    """The number that the kernel is given for one of an argument's texts."""
    argument = kind.arguments[place]
    if text not in argument.choices:
        hint = closest(str(text), argument.choices)
        suggestion = f"; did you mean {hint!r}?" if hint else ""
        expected = " or ".join(map(repr, argument.choices))
        raise StrategyError(f"ta.{kind.name}: {argument.name} {text!r}: expected {expected}{suggestion}")
    return argument.choices.index(str(text))


#: What the file of an indicator's other form is called after, where its averages start as TradingView's do.
TRADINGVIEW = "_tradingview"


def kind_seeded(name: str, seed: object) -> IndicatorKind:
    """An indicator whose averages start as TA-Lib's do, or the one beside it that starts as TradingView's does."""
    if seed not in ("talib", TRADINGVIEW[1:]):
        raise StrategyError(f"ta.{name}: seed {seed!r}: expected 'talib' or 'tradingview'")
    return KINDS[name if seed == "talib" else f"{name}{TRADINGVIEW}"]


def kind_against(kind: IndicatorKind, column: object) -> IndicatorKind:
    """An indicator of two columns, with the second one named."""
    if column not in COLUMNS:
        raise StrategyError(f"ta.{kind.name}: against {column!r}: expected one of {', '.join(COLUMNS)}")
    inputs = tuple(str(column) if each == "against" else each for each in kind.inputs)
    return replace(kind, inputs=inputs, against=(str(column),))


@cache
def indicator_names() -> tuple[str, ...]:
    """The names of all indicators, which are those of their files."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.py") if _DECLARES in path.read_text(encoding="utf-8")))


@cache
def kind_of(name: str) -> IndicatorKind:
    """Read what the file of an indicator declares; raises KeyError where there is none."""
    path = _FOLDER / f"{name}.py"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if _DECLARES not in text:
        raise KeyError(name)
    said: dict[str, Any] = {}
    for statement in parse_python(text).body:
        if isinstance(statement, ast.ClassDef):
            kernel, title = statement.name, (ast.get_docstring(statement) or "").partition("\n\n")[0]
        elif isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "INDICATOR":
            assert isinstance(statement.value, ast.Call)
            said = {str(word.arg): ast.literal_eval(word.value) for word in statement.value.keywords}
            said["arguments"] = "".join(ast.literal_eval(given) for given in statement.value.args)
    return IndicatorKind(
        name,
        kernel,
        tuple(read_arguments(said["arguments"])),
        tuple(said.get("inputs", "source").split()),
        tuple(said.get("outputs", "value").split()),
        said["warmup"],
        tuple(said.get("rising", "").split()),
        takes_gaps=said.get("takes_gaps", False),
        common=said.get("common", False),
        title=title,
    )


def read_arguments(text: str) -> Iterator[Argument]:
    """Read arguments written as those of a function, whose annotations say what they may be."""
    (function,) = parse_python(f"def declared({text}): pass").body
    assert isinstance(function, ast.FunctionDef)
    names, defaults = function.args.args, function.args.defaults
    required: list[ast.expr | None] = [None] * (len(names) - len(defaults))
    for argument, default in zip(names, [*required, *defaults], strict=True):
        assert argument.annotation is not None
        value = None if default is None else ast.literal_eval(default)
        choices: tuple[str, ...] = ()
        least, most, kind = None, 2**31, ast.unparse(argument.annotation)
        if isinstance(argument.annotation, ast.Constant):
            choices, kind = tuple(str(argument.annotation.value).split(" | ")), "int"
            least, most = 0, len(choices) - 1
        elif isinstance(argument.annotation, ast.Compare):
            parts = [argument.annotation.left, *argument.annotation.comparators]
            kind = ast.unparse(parts[1])
            least, most = (ast.literal_eval(parts[0]), *map(ast.literal_eval, parts[2:]), 2**31)[:2]
        whole = kind == "int"
        least = least if least is not None else int(whole)
        yield Argument(argument.arg, whole, least, most, choices, value)


#: A column as it is: it has no state, and so no kernel.
COLUMN = IndicatorKind("column", "", (), ("source",), ("value",), "0", takes_gaps=True)


#: The column of signals or orders given from outside that a parameter numbers.
GIVEN = IndicatorKind("given", "", (Argument("column", minimum=0),), ("source",), ("value",), "0", takes_gaps=True)


def calculation(arguments: tuple[Argument, ...]) -> IndicatorKind:
    """The kind of an expression with parameters."""
    return IndicatorKind("expression", "", arguments, (), ("value",), "0", takes_gaps=True, calculates=True)


@dataclass(frozen=True)
class Indicator(Arithmetic):
    """A declared indicator: ``fast = ta.sma("fast_period")``.

    ``arguments`` are numbers, names of the strategy's parameters, or formulas of them ("2 * period"). With ``lag`` 1
    the strategy sees the value of the bar before, one bar later. With a ``timeframe`` the bars are those of this
    timeframe, the newest being the one last completed, and ``lag`` and warm-up count them. A ``source`` may be a column
    of one's own, whose first value warm-up begins with: "x.prediction", or one that is declared (`aj.column`). It may
    be another indicator, an output of one, or an expression; in a definition that is a ``Field`` (``nested.flatten``).
    """

    kind: IndicatorKind
    arguments: tuple[int | float | str, ...]
    source: "str | OwnColumn | Indicator | Output | Expression | Field" = "close"
    lag: int = 0
    #: None: the data's own. In the one spelling of a timeframe, such as 1h for 60m; that of another symbol's bars is
    #: followed by it, "1h@SPY" or "@SPY" (``data.symbol_bars``).
    timeframe: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no parameter value could make right."""
        # In a class body a parameter with bounds stands for its default, as one without does.
        object.__setattr__(self, "arguments", tuple(getattr(value, "default", value) for value in self.arguments))
        object.__setattr__(self, "source", self._read_source(self.source))
        if isinstance(self.source, str) and self.source not in COLUMNS:
            hint = closest(str(self.source), COLUMNS)
            suggestion = f"; did you mean {hint!r}?" if hint else "; one of your own is written 'x.prediction'"
            raise StrategyError(
                f"{self.kind.label}: source {self.source!r} is not a column: "
                f"expected one of {', '.join(COLUMNS)}{suggestion}"
            )
        most = MOST_LAG if self.kind.kernel else MOST_BACK
        if type(self.lag) is not int or not 0 <= self.lag <= most:
            raise StrategyError(f"{self.kind.label}: lag {self.lag!r}: expected a whole number from 0 to {most}")
        if self.own is not None and self.kind.inputs != ("source",):
            raise StrategyError(
                f"{self.kind.label}: of {self.own.name!r}, a column of your own, it cannot be computed, for it reads "
                "prices too: name one of the columns of the data as its source"
            )
        if self.timeframe is not None:
            object.__setattr__(self, "timeframe", self._read_timeframe(self.timeframe))
            if self.own is not None:
                timeframe, symbol = parted_bars(self.timeframe)
                whose, left_out = f"timeframe {timeframe}", "longer bars: leave the timeframe out"
                if symbol is not None:
                    whose, left_out = f"symbol {symbol!r}", "bars of another symbol: leave symbol out"
                raise StrategyError(
                    f"{self.kind.label}: {whose}: of {self.own.name!r}, a column of your own, there are no {left_out}"
                )
        for argument, value in zip(self.kind.arguments, self.arguments, strict=True):
            if not isinstance(value, str):
                self.check_argument(argument, value)

    @property
    def own(self) -> OwnColumn | None:
        """The column of one's own that it reads, if it does."""
        return self.source if isinstance(self.source, OwnColumn) else None

    @property
    def is_nested(self) -> bool:
        """Whether it reads indicators, or calculates: in a definition, where sources are flat."""
        return isinstance(self.source, Field | Expression)

    def __getattr__(self, name: str) -> Any:
        """Return one of several outputs: ``ta.bollinger(20).upper``."""
        kind = self.__dict__.get("kind")
        if kind is not None and name in kind.outputs:
            return Output(self, name)
        if kind is None or name.startswith("__"):
            raise AttributeError(name)
        hint = closest(name, kind.outputs) or ", ".join(kind.outputs)
        raise AttributeError(f"ta.{kind.name} has no output {name!r}: {hint}?")

    def _read_source(self, source: object) -> object:
        if isinstance(source, Indicator) and source.kind is COLUMN:
            if source.lag:
                raise StrategyError(
                    f"{self.kind.label}: source is a column with lag={source.lag}: a source has no lag; leave it out "
                    f"there and write {self.kind.label}(..., lag={source.lag + self.lag}), which has the same values"
                )
            return source.source
        if isinstance(source, str) and source.startswith(OWN) and len(source) > len(OWN):
            return OwnColumn(source.removeprefix(OWN))
        if not isinstance(source, str | OwnColumn | Field | Arithmetic):
            raise StrategyError(
                f"{self.kind.label}: source {source!r}: expected a column of the data, an indicator or an expression"
            )
        return source

    def _read_timeframe(self, timeframe: object) -> str:
        length, symbol = parted_bars(timeframe) if isinstance(timeframe, str) else (str(timeframe), None)
        if symbol == "":
            raise StrategyError(f"{self.kind.label}: symbol '': expected the name of a symbol of the data")
        try:
            spelled = normalise(length or "") if length or symbol is None else None
            return str(named_bars(spelled, symbol))
        except DataError:
            raise StrategyError(
                f"{self.kind.label}: timeframe {timeframe!r}: expected a bar length such as 5m, 1h, 1d or 1w"
            ) from None

    def check_argument(self, argument: Argument, value: object) -> None:
        """Refuse a value that the kernel could not compute with."""
        most = f" and <= {argument.maximum}" if argument.maximum < 2**31 else ""
        expected = f"a {'whole ' if argument.whole else ''}number >= {argument.minimum}{most}"
        fits = isinstance(value, int) if argument.whole else isinstance(value, int | float)
        if isinstance(value, bool) or not fits or not value >= argument.minimum:  # type: ignore[operator]
            raise StrategyError(f"{self.kind.label}: {argument.name} {value!r}: expected {expected}")
        if value > argument.maximum:  # type: ignore[operator]
            if most:
                raise StrategyError(f"{self.kind.label}: {argument.name} {value!r}: expected {expected}")
            raise StrategyError(f"{self.kind.label}: {argument.name} {value!r}: expected at most 2**31")

    @property
    def told(self) -> tuple[str, ...]:
        """Names of the parameters that its arguments are made of."""
        formulas = (formula(argument) for argument in self.arguments if isinstance(argument, str))
        return tuple(dict.fromkeys(name for one in formulas for name in one.names))

    def warmup(self, parameters: dict[str, bool | int | float]) -> int:
        """Bars of its timeframe before the first value."""
        names = [argument.name for argument in self.kind.arguments]
        values = dict(zip(names, self.bound(parameters), strict=True))
        return int(formula(self.kind.warmup).value(values)) + self.lag

    def bound(self, parameters: dict[str, bool | int | float]) -> tuple[bool | int | float, ...]:
        """Arguments with parameters put in, checked."""
        values = tuple(formula(a).value(parameters) if isinstance(a, str) else a for a in self.arguments)
        for argument, value in zip(self.kind.arguments, values, strict=True):
            self.check_argument(argument, value)
        names = [argument.name for argument in self.kind.arguments]
        for low, high in pairwise(self.kind.rising):
            lower, upper = values[names.index(low)], values[names.index(high)]
            if lower >= upper:
                raise StrategyError(f"{self.kind.label}: {low} {lower} must be below {high} {upper}")
        return values
