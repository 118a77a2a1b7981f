"""What a strategy may declare: every indicator's kernel, arguments, outputs and warm-up, in one table.

A new indicator is one file in ``admf_kernels/indicators``, one row here, and one function in ``admf_jit.ta``.
"""

from dataclasses import dataclass

from admf_jit.data.bar_columns import OWN
from admf_jit.data.own_series import OwnColumn
from admf_jit.data.timeframe import normalise
from admf_jit.errors import DataError, StrategyError, closest
from admf_jit.strategies.formula import formula

#: The most bars that an indicator, and a column as it is, are looked back.
MOST_LAG, MOST_BACK = 50, 100_000
COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Argument:
    """One argument of an indicator: its name, whether it is a whole number, and its smallest value."""

    name: str
    whole: bool = True
    minimum: float = 1


@dataclass(frozen=True)
class IndicatorKind:
    """An indicator as the code generator needs it.

    ``inputs`` are the columns its update function takes; "source" stands for the column that the declaration
    names. The warm-up is the sum of the arguments named in ``warmup_terms`` plus ``warmup_offset``, in bars.
    """

    name: str
    kernel: str
    arguments: tuple[Argument, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    warmup_terms: tuple[str, ...]
    warmup_offset: int
    #: Two arguments of which the first must be below the second.
    rising: tuple[str, str] | None = None
    #: Whether its value is NaN as long as any of those that it is made of is missing, and no longer.
    takes_gaps: bool = False


_PERIOD = (Argument("period"),)


def _window(name: str, offset: int = -1, *, takes_gaps: bool = False) -> IndicatorKind:
    terms, inputs = ("period",), ("source",)
    return IndicatorKind(name, name.capitalize(), _PERIOD, inputs, ("value",), terms, offset, takes_gaps=takes_gaps)


KINDS: dict[str, IndicatorKind] = {
    kind.name: kind
    for kind in (
        _window("sma", takes_gaps=True),
        _window("ema"),
        _window("wma", takes_gaps=True),
        _window("stdev", takes_gaps=True),
        _window("zscore"),
        _window("highest"),
        _window("lowest"),
        _window("rsi", 0),
        _window("roc", 0, takes_gaps=True),
        _window("momentum", 0, takes_gaps=True),
        IndicatorKind("atr", "Atr", _PERIOD, ("high", "low", "close"), ("value",), ("period",), 0),
        IndicatorKind(
            "bollinger",
            "Bollinger",
            (Argument("period"), Argument("width", whole=False, minimum=0)),
            ("source",),
            ("upper", "middle", "lower"),
            ("period",),
            -1,
            takes_gaps=True,
        ),
        IndicatorKind(
            "macd",
            "Macd",
            (Argument("fast_period"), Argument("slow_period"), Argument("signal_period")),
            ("source",),
            ("line", "signal", "histogram"),
            ("slow_period", "signal_period"),
            -2,
            rising=("fast_period", "slow_period"),
        ),
        IndicatorKind("donchian", "Donchian", _PERIOD, ("high", "low"), ("upper", "middle", "lower"), ("period",), -1),
        IndicatorKind(
            "stochastic",
            "Stochastic",
            (Argument("period"), Argument("smoothing")),
            ("high", "low", "close"),
            ("k", "d"),
            ("period", "smoothing"),
            -2,
        ),
        IndicatorKind("vwap", "Vwap", (), ("high", "low", "close", "volume", "session"), ("value",), (), 0),
    )
}


#: A column as it is: it has no state, and so no kernel.
COLUMN = IndicatorKind("column", "", (), ("source",), ("value",), (), 0, takes_gaps=True)


#: The column of signals or orders given from outside that a parameter numbers.
GIVEN = IndicatorKind("given", "", (Argument("column", minimum=0),), ("source",), ("value",), (), 0, takes_gaps=True)


@dataclass(frozen=True)
class Indicator:
    """A declared indicator: ``fast = ta.sma("fast_period")``.

    ``arguments`` are numbers, names of the strategy's parameters, or formulas of them ("2 * period"). With ``lag`` 1
    the strategy sees the value of the bar before, one bar later. With a ``timeframe`` the bars are those of this
    timeframe, the newest being the one last completed, and ``lag`` and warm-up count them. A ``source`` may be a column
    of one's own, whose first value warm-up begins with: "x.prediction", or one that is declared (`aj.column`).
    """

    kind: IndicatorKind
    arguments: tuple[int | float | str, ...]
    source: "str | OwnColumn | Indicator" = "close"
    lag: int = 0
    #: None: the data's own. In the one spelling of a timeframe, such as 1h for 60m.
    timeframe: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no parameter value could make right."""
        # In a class body a parameter with bounds stands for its default, as one without does.
        object.__setattr__(self, "arguments", tuple(getattr(value, "default", value) for value in self.arguments))
        object.__setattr__(self, "source", self._read_source(self.source))
        if self.own is None and self.source not in COLUMNS:
            hint = closest(str(self.source), COLUMNS)
            suggestion = f"; did you mean {hint!r}?" if hint else "; one of your own is written 'x.prediction'"
            raise StrategyError(
                f"ta.{self.kind.name}: source {self.source!r} is not a column: "
                f"expected one of {', '.join(COLUMNS)}{suggestion}"
            )
        most = MOST_LAG if self.kind.kernel else MOST_BACK
        if type(self.lag) is not int or not 0 <= self.lag <= most:
            raise StrategyError(f"ta.{self.kind.name}: lag {self.lag!r}: expected a whole number from 0 to {most}")
        if self.timeframe is not None:
            object.__setattr__(self, "timeframe", self._read_timeframe(self.timeframe))
            if self.own is not None:
                raise StrategyError(
                    f"ta.{self.kind.name}: timeframe {self.timeframe}: of {self.own.name!r}, a column of your own, "
                    "there are no longer bars: leave the timeframe out"
                )
        for argument, value in zip(self.kind.arguments, self.arguments, strict=True):
            if not isinstance(value, str):
                self.check_argument(argument, value)

    @property
    def own(self) -> OwnColumn | None:
        """The column of one's own that it reads, if it does."""
        return self.source if isinstance(self.source, OwnColumn) else None

    def _read_source(self, source: object) -> object:
        if isinstance(source, Indicator):
            if source.kind is COLUMN and source.lag:
                raise StrategyError(
                    f"ta.{self.kind.name}: source is a column with lag={source.lag}: a source has no lag; leave it out "
                    f"there and write ta.{self.kind.name}(..., lag={source.lag + self.lag}), which has the same values"
                )
            if source.kind is not COLUMN:
                raise StrategyError(
                    f"ta.{self.kind.name}: source is ta.{source.kind.name}: expected a column of the data, "
                    "or aj.column(...)"
                )
            return source.source
        if isinstance(source, str) and source.startswith(OWN) and len(source) > len(OWN):
            return OwnColumn(source.removeprefix(OWN))
        return source

    def _read_timeframe(self, timeframe: object) -> str:
        try:
            return normalise(str(timeframe))
        except DataError:
            raise StrategyError(
                f"ta.{self.kind.name}: timeframe {timeframe!r}: expected a bar length such as 5m, 1h, 1d or 1w"
            ) from None

    def check_argument(self, argument: Argument, value: object) -> None:
        """Refuse a value that the kernel could not compute with."""
        expected = f"a {'whole ' if argument.whole else ''}number >= {argument.minimum}"
        fits = isinstance(value, int) if argument.whole else isinstance(value, int | float)
        if isinstance(value, bool) or not fits or not value >= argument.minimum:  # type: ignore[operator]
            raise StrategyError(f"ta.{self.kind.name}: {argument.name} {value!r}: expected {expected}")
        if value > 2**31:  # type: ignore[operator]
            raise StrategyError(f"ta.{self.kind.name}: {argument.name} {value!r}: expected at most 2**31")

    @property
    def told(self) -> tuple[str, ...]:
        """Names of the parameters that its arguments are made of."""
        formulas = (formula(argument) for argument in self.arguments if isinstance(argument, str))
        return tuple(dict.fromkeys(name for one in formulas for name in one.names))

    def warmup(self, parameters: dict[str, bool | int | float]) -> int:
        """Bars of its timeframe before the first value."""
        names = [argument.name for argument in self.kind.arguments]
        values = dict(zip(names, self.bound(parameters), strict=True))
        return int(sum(values[term] for term in self.kind.warmup_terms)) + self.kind.warmup_offset + self.lag

    def bound(self, parameters: dict[str, bool | int | float]) -> tuple[bool | int | float, ...]:
        """Arguments with parameters put in, checked."""
        values = tuple(formula(a).value(parameters) if isinstance(a, str) else a for a in self.arguments)
        for argument, value in zip(self.kind.arguments, values, strict=True):
            self.check_argument(argument, value)
        if self.kind.rising is not None:
            names = [argument.name for argument in self.kind.arguments]
            (low, lower), (high, upper) = ((name, values[names.index(name)]) for name in self.kind.rising)
            if lower >= upper:
                raise StrategyError(f"ta.{self.kind.name}: {low} {lower} must be below {high} {upper}")
        return values
