"""What the words of the rules language are: columns, the clock, functions, and all indicators of ``admf_jit.ta``."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Iterable

from admf_jit import ta
from admf_jit.data.own_series import CLOCK
from admf_jit.errors import closest
from admf_jit.strategies.arguments import Position
from admf_jit.strategies.indicators import COLUMNS

#: Columns of one's own and what is held are read with a dot: ``x.prediction``, ``position.entry_price``.
OWN, POSITION = "x", "position"
#: Functions of conditions, with their arguments.
CROSSES = {"crosses_above": ">", "crosses_below": "<"}
RUNS = {"rising": ">", "falling": "<"}
BARS_SINCE = "bars_since"
ARITHMETIC = ("abs", "min", "max")
CONSTANTS = {"true": "True", "false": "False"}
#: Names that the class of some rules has for itself.
_OF_THE_CLASS = ("aj", "ta", "math", "Literal", "self", "bar", "on_bar", "random", "parameters", "int", "float", "bool")
#: What other languages call it.
_ELSEWHERE = {
    "crossover": "crosses_above",
    "crossunder": "crosses_below",
    "cross_over": "crosses_above",
    "cross_under": "crosses_below",
    "barssince": BARS_SINCE,
    "price": "close",
    "ma": "sma",
    "std": "stdev",
    "bb": "bollinger",
    "bbands": "bollinger",
    "bar": "close",
    "iff": "choice",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
}


def indicators() -> tuple[str, ...]:
    """Names of all indicators."""
    return tuple(ta.__all__)


def functions() -> tuple[str, ...]:
    """Names of all that is called."""
    return (*CROSSES, *RUNS, BARS_SINCE, "choice", *ARITHMETIC, *indicators())


def reserved() -> frozenset[str]:
    """Names that no parameter can have."""
    return frozenset((*COLUMNS, *CLOCK, OWN, POSITION, *CONSTANTS, *functions(), *_OF_THE_CLASS, *keyword.kwlist))


def unknown_word(name: str, parameters: Iterable[str]) -> str:
    """Return what a message says of a word that there is not."""
    hint = _ELSEWHERE.get(name) or closest(name, [*parameters, *COLUMNS, *CLOCK, OWN, POSITION, *functions()])
    if hint:
        return f"unknown word {name!r}; did you mean {hint!r}?"
    return (
        f"unknown word {name!r}; expected a parameter, a column ({', '.join(COLUMNS)}, x.name), the clock "
        f"({', '.join(CLOCK)}) or a function ({_listed()})"
    )


def unknown_function(name: str) -> str:
    """Return what a message says of a function that there is not."""
    hint = _ELSEWHERE.get(name) or closest(name, functions())
    return f"unknown function {name!r}; " + (f"did you mean {hint!r}?" if hint else f"expected {_listed()}")


def _listed() -> str:
    return f"{', '.join((*CROSSES, *RUNS, BARS_SINCE, 'choice', *ARITHMETIC))}, or an indicator of admf_jit.ta"


def position_fields() -> tuple[str, ...]:
    """What can be read of a position."""
    read = (name for name, value in inspect.getmembers(Position) if isinstance(value, property))
    return tuple(dict.fromkeys((*Position._fields, *read)))
