"""What an indicator's file says of it, and how its state is written down.

A file holds one indicator: ``INDICATOR = declare(...)``, the class of its state, whose docstring is the user's, and
``update_<name>(state, *inputs, t)``, which takes bar ``t``. `admf_jit` reads the declaration as text, so that nothing
is imported, and nothing compiled, of an indicator that is not used.
"""

import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from ..arithmetic import divide
from ..compilation import jitclass


class Declared(NamedTuple):
    """A declaration, as it was written."""

    arguments: str
    inputs: str
    outputs: str
    warmup: str
    rising: str
    takes_gaps: bool
    common: bool


def declare(
    arguments: str = "",
    *,
    inputs: str = "source",
    outputs: str = "value",
    warmup: str,
    rising: str = "",
    takes_gaps: bool = False,
    common: bool = False,
) -> Declared:
    """Declare the indicator of a file.

    ``arguments`` are written as those of a function. Their annotations say what they may be: ``int`` (1 or more),
    ``float`` (0 or more), a range of these such as ``2 <= int`` or ``0 <= float <= 1``, or texts to choose from, such
    as ``"talib | tradingview"``, which the state is given as a number. ``inputs`` are the columns that the update
    function takes; ``source`` stands for the one that the user names, ``against`` for another one. ``warmup`` is the
    bar of the first value, as arithmetic of the arguments. Arguments that are ``rising`` are each below the next. An
    indicator that ``takes_gaps`` is NaN as long as any of the values that it is made of is missing, and no longer.
    Those that are ``common`` are compiled ahead with the engines.
    """
    return Declared(arguments, inputs, outputs, warmup, rising, takes_gaps, common)


def state(cls: Any) -> Any:
    """Make a jitclass of annotated fields: those without a value are arguments, the others begin with their value.

    A value of text is computed from the arguments: ``weight: float64 = "divide(2.0, period + 1.0)"``.
    """
    fields = dict(cls.__annotations__)
    begins = {name: vars(cls)[name] for name in fields if name in vars(cls)}
    arguments = [name for name in fields if name not in begins]
    lines = [f"    self.{name} = {name}" for name in arguments]
    lines += [f"    self.{name} = {_written(value)}" for name, value in begins.items()]
    given: dict[str, Any] = {"divide": divide, "math": math, **vars(sys.modules[cls.__module__])}
    exec(f"def __init__(self{''.join(f', {name}' for name in arguments)}):\n" + "\n".join(lines), given)
    members = {"__annotations__": fields, "__doc__": cls.__doc__, "__init__": given["__init__"]}
    members |= {name: value for name, value in vars(cls).items() if isinstance(value, Callable)}  # type: ignore[arg-type]
    return jitclass(type(cls.__name__, (), {**members, "__module__": cls.__module__, "__qualname__": cls.__qualname__}))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "(" + "".join(f"{_written(each)}, " for each in value) + ")"
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if math.isnan(value) else "math.inf" if value > 0.0 else "-math.inf"
    return repr(value)
