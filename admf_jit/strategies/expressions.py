"""What an indicator can be made of besides columns: outputs of other indicators, and arithmetic of all of these.

``ta.sma(5, source=ta.rsi(14))`` has an indicator as its source, ``ta.bollinger(20).upper`` is one of several outputs,
and ``aj.close / aj.open`` is an expression. In a definition (``nested.flatten``) each indicator that another one reads
has a name of its own, and what reads it has a ``Field`` in its place.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf_jit.errors import StrategyError

#: How operations are written in generated code, and how NumPy computes them: the same bits.
WRITTEN = {
    "+": "({} + {})",
    "-": "({} - {})",
    "*": "({} * {})",
    "/": "ratio({}, {})",
    "negative": "(-{})",
    "abs": "abs({})",
    "minimum": "smaller({}, {})",
    "maximum": "larger({}, {})",
    "value": "float({})",
}
_COMPUTED: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": lambda a, b: np.where(np.equal(b, 0.0), np.nan, np.divide(a, b)),
    "negative": np.negative,
    "abs": np.abs,
    "minimum": lambda a, b: np.where((a <= b) | (a != a), a, b),
    "maximum": lambda a, b: np.where((a >= b) | (a != a), a, b),
    "value": lambda a: a,
}


def _binary(operation: str) -> tuple[Callable[[Any, Any], Expression], Callable[[Any, Any], Expression]]:
    return (
        lambda self, other: Expression(operation, (self, other)),
        lambda self, other: Expression(operation, (other, self)),
    )


class Arithmetic:
    """What can be calculated with: + - * / and abs, of numbers, parameters by name, columns and indicators."""

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")

    def __neg__(self) -> Expression:
        """Return the value with the other sign."""
        return Expression("negative", (self,))

    def __abs__(self) -> Expression:
        """Return the value without its sign."""
        return Expression("abs", (self,))

    def __bool__(self) -> bool:
        raise StrategyError(
            "an indicator or an expression has no truth in a class body: compare its values in on_bar, and write "
            "aj.minimum(a, b) and aj.maximum(a, b) for min and max"
        )


@dataclass(frozen=True)
class Output(Arithmetic):
    """One of several outputs of an indicator."""

    indicator: Any
    name: str


@dataclass(frozen=True)
class Field:
    """An output of another indicator of a definition, by the names of both."""

    name: str
    output: str


@dataclass(frozen=True)
class Given:
    """The argument of an expression at a place: a parameter, or a formula of parameters."""

    place: int


@dataclass(frozen=True)
class Expression(Arithmetic):
    """An operation, and what it is done with: expressions, indicators, outputs, columns, numbers, parameters by name.

    In a definition these are expressions, names of columns, ``Field``, ``Given`` and numbers.
    """

    operation: str
    operands: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Refuse what nothing can be calculated with."""
        for operand in self.operands:
            known = isinstance(operand, Arithmetic | Field | Given | str)
            number = isinstance(operand, int | float) and not isinstance(operand, bool) and math.isfinite(operand)
            if not known and not number:
                raise StrategyError(
                    f"{self.operation} of {operand!r}: expected a finite number, a parameter's name, a column "
                    "(aj.close, aj.column(...)) or an indicator"
                )

    def leaves(self) -> Iterator[Any]:
        """What it is made of in the end, from left to right."""
        for operand in self.operands:
            if isinstance(operand, Expression):
                yield from operand.leaves()
            else:
                yield operand

    def changed(self, change: Callable[[Any], Any]) -> Expression:
        """The same with another leaf for each."""
        made = [one.changed(change) if isinstance(one, Expression) else change(one) for one in self.operands]
        return Expression(self.operation, tuple(made))

    def written(self, leaf: Callable[[Any], str]) -> str:
        """Source text of it, given that of a leaf."""
        texts = [one.written(leaf) if isinstance(one, Expression) else leaf(one) for one in self.operands]
        return WRITTEN[self.operation].format(*texts)

    def computed(self, leaf: Callable[[Any], Any]) -> Any:
        """Its values, given those of a leaf: arrays or numbers."""
        values = [one.computed(leaf) if isinstance(one, Expression) else leaf(one) for one in self.operands]
        with np.errstate(all="ignore"):
            return _COMPUTED[self.operation](*values)


def minimum(first: Any, second: Any) -> Expression:
    """The smaller of two columns, indicators, expressions or numbers at each bar; NaN where one of them is."""
    return Expression("minimum", (first, second))


def maximum(first: Any, second: Any) -> Expression:
    """The larger of two columns, indicators, expressions or numbers at each bar; NaN where one of them is."""
    return Expression("maximum", (first, second))


def source_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of `admf_jit.ta`, which takes a source as first argument too: ``ta.sma(ta.rsi(14), 5)``."""

    @functools.wraps(function)
    def declare(*arguments: Any, **named: Any) -> Any:
        if arguments and isinstance(arguments[0], Arithmetic):
            if "source" not in inspect.signature(function).parameters:
                raise StrategyError(f"ta.{function.__name__}: reads prices, and takes no source")
            if "source" in named:
                raise StrategyError(f"ta.{function.__name__}: the source is given twice")
            named["source"], arguments = arguments[0], arguments[1:]
        return function(*arguments, **named)

    return declare
