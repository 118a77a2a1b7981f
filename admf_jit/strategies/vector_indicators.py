"""The ``@vector_indicator`` decorator: indicators that NumPy computes for all bars at once."""

from __future__ import annotations

import ast
import builtins
import hashlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import MarketData
from admf_jit.data.own_series import MadeColumn, own_series, read_columns
from admf_jit.errors import StrategyError
from admf_jit.parsing import parse_python
from admf_jit.strategies.indicators import COLUMN, Indicator

#: Prefixes that are computed: so many evenly spaced, and those that end so many bars before the end.
_SPACED, _NEAR = 12, (1, 2, 3, 5, 8, 13)
#: Relative: less, or less than a thousandth of it of the largest value, is rounding, which may follow the length.
_DIGITS = 1e-9


class VectorIndicator:
    """A function of arrays: called with its numbers, it declares an indicator in a strategy's class body."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self.__doc__, self.__name__, self.__module__ = function.__doc__, function.__name__, function.__module__
        self.__qualname__ = function.__qualname__
        parameters = inspect.signature(function).parameters.values()
        self.reads = tuple(one.name for one in parameters if one.default is inspect.Parameter.empty)
        self.defaults = {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}
        if not self.reads:
            raise StrategyError(
                f"vector indicator {self.__name__}: expected arguments without default, named as the columns that it "
                "reads: close, high, or a column of your own"
            )

    def __reduce__(self) -> tuple[type[VectorIndicator], tuple[FunctionType]]:
        """Another process gets its code, for it may have no module of this name: a strategy's file, a notebook."""
        return VectorIndicator, (_carried(self._function, {}),)

    def __call__(self, *arguments: Any, lag: int = 0, **named: Any) -> Indicator:
        """Declare one: its numbers in their order or by name; ``lag`` as with every indicator."""
        values = dict(self.defaults)
        if len(arguments) > len(values):
            raise StrategyError(f"{self.__name__}: {len(arguments)} numbers: expected {', '.join(values) or 'none'}")
        values |= dict(zip(self.defaults, arguments, strict=False))
        for name, value in named.items():
            if name not in values:
                raise StrategyError(f"{self.__name__}: {name}: expected {', '.join(values) or 'no argument'}")
            values[name] = value
        for name, value in values.items():
            if not isinstance(value, bool | int | float):
                raise StrategyError(
                    f"{self.__name__}: {name} {value!r}: expected a number: it is computed once, so that no parameter "
                    "can be swept; @aj.indicator has parameters"
                )
        said = ", ".join(f"{name}={value!r}" for name, value in values.items())
        title = f"{self.__name__}({said})"
        made = MadeColumn(
            title,
            digest=hashlib.sha256(f"{_said(self._function)}{title}".encode()).hexdigest(),
            reads=self.reads,
            make=_Make(self, tuple(values.items())),
        )
        return Indicator(COLUMN, (), made, lag)

    def compute(self, columns: list[NDArray[np.float64]], values: dict[str, Any]) -> NDArray[np.float64]:
        """Its values for columns of n bars: float64 (n,)."""
        n = len(columns[0])
        try:
            made = np.asarray(self._function(*columns, **values), np.float64)
        except Exception as problem:
            raise StrategyError(
                f"{self.__name__}: of {n} bars: {type(problem).__name__}: {problem}; it is also computed for the first "
                "bars alone, of which there may be few: expected NaN where it has no value"
            ) from problem
        if made.shape != (n,):
            raise StrategyError(
                f"{self.__name__}: gave an array of shape {made.shape} for {n} bars: expected ({n},), NaN where it has "
                "no value"
            )
        if np.isinf(made).any():
            raise StrategyError(f"{self.__name__}: is infinite at bar {int(np.flatnonzero(np.isinf(made))[0])}")
        return made


class _Make:
    """Computes a vector indicator with some numbers."""

    def __init__(self, indicator: VectorIndicator, values: tuple[tuple[str, Any], ...]) -> None:
        self.indicator, self.values = indicator, values

    def __call__(self, columns: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        return self.indicator.compute(columns, dict(self.values))


def vector_indicator(function: FunctionType) -> VectorIndicator:
    """Decorate a function of arrays as an indicator, which is computed once for each column, outside of strategies.

    Arguments without default are columns by their names, float64 (n,): open, high, low, close, volume, or one of one's
    own; the others are numbers. It returns the value at each bar, float64 (n,), NaN where there is none. Before a
    run it is computed for beginnings of the bars too: where one of these gives another value, it looks ahead, and is
    refused with the first such bar. What is decorated declares an indicator when it is called:
    ``slope = slope_of(period=60)``.
    """
    if not inspect.isfunction(function):
        raise StrategyError(f"vector indicator {function!r}: expected a function")
    return VectorIndicator(function)


def _text(function: FunctionType) -> str:
    try:
        tree = parse_python(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        raise StrategyError(
            f"vector indicator {function.__name__}: its source cannot be read: define it in a file or a notebook cell"
        ) from None
    return ast.unparse(tree)


def _said(function: FunctionType) -> str:
    """The text of a function, and what it reads of its surroundings: functions of its module, and values."""
    read: dict[str, str] = {}
    _note_read(function, read)
    return _text(function) + "".join(f"\n{name} = {value}" for name, value in sorted(read.items()))


def _note_read(function: FunctionType, read: dict[str, str]) -> None:
    known = {name: function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # one that has no value yet
            known[name] = cell.cell_contents
    for name, value in known.items():
        key = f"{function.__qualname__}: {name}"
        if key in read:
            continue
        if isinstance(value, FunctionType):
            if value.__module__ == function.__module__:
                read[key] = _text(value)
                _note_read(value, read)
        elif isinstance(value, np.ndarray) and value.dtype != object:
            read[key] = f"{value.dtype}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
        elif _is_plain(value):
            read[key] = repr(value)


def _is_plain(value: Any) -> bool:
    """Whether a value is a number or a text, or made of these, so that its text is the same in every process."""
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(one) for pair in value.items() for one in pair)
    return value is None or isinstance(value, bool | int | float | str | np.number)


def _carried(function: FunctionType, made: dict[FunctionType, FunctionType]) -> FunctionType:
    """A function that cloudpickle takes by its code, and not by its name, with those of its module that it calls."""
    if function in made:
        return made[function]

    def carried(value: Any) -> Any:
        is_of_module = isinstance(value, FunctionType) and value.__module__ == function.__module__
        return _carried(value, made) if is_of_module else value

    names: dict[str, Any] = {"__builtins__": builtins}
    cells = tuple(CellType() for _ in function.__closure__ or ())
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
    copy.__kwdefaults__, copy.__module__ = function.__kwdefaults__, "__main__"
    made[function] = copy
    for cell, other in zip(cells, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # one that has no value yet
            cell.cell_contents = carried(other.cell_contents)
    known = function.__globals__
    names.update((name, carried(known[name])) for name in _names(function.__code__) if name in known)
    return copy


def _names(code: CodeType) -> Iterator[str]:
    """Names of a function's code, and of functions inside of it, that may be global."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def check_causal(whose: str, column: MadeColumn, data: MarketData) -> None:
    """Refuse a column of which a beginning of the bars gives other values than all bars do."""
    assert column.make is not None
    for row in range(data.n_symbols):
        whole, columns = own_series(data, row, column), read_columns(data, row, column)
        n = len(whole)
        known = np.abs(whole[np.isfinite(whole)])
        rounding = _DIGITS * 1e-3 * float(known.max(initial=0.0))
        worst: tuple[int, int] | None = None
        lengths = {n - back for back in _NEAR} | {int(one) for one in np.linspace(1, n, _SPACED + 2)[1:-1]}
        for length in sorted(one for one in lengths if 0 < one < n):
            part = column.make([values[:length].copy() for values in columns])
            other = ~np.isclose(part, whole[:length], rtol=_DIGITS, atol=rounding, equal_nan=True)
            if other.any() and (worst is None or np.flatnonzero(other)[0] < worst[0]):
                worst = int(np.flatnonzero(other)[0]), length
        if worst is not None:
            bar, length = worst
            raise StrategyError(
                f"{whose} looks ahead: of {data.symbols[row]}, its value at bar {bar} is another one where the data "
                f"end with bar {length - 1} than with all {n:,} bars"
            )
