"""Conversions that a generated strategy module puts around a user's code, so that compiled and plain Python agree.

Numba would silently cut a float that is stored in an integer field; plain Python would change the field's type.
Both are refused here, in the same words, at the line that does it.
"""

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import overload

from .compilation import kernel
from .constants import (
    FLAT,
    KEEP,
    LONG,
    LONG_ENTRY,
    LONG_EXIT,
    SHORT,
    SHORT_ENTRY,
    SHORT_EXIT,
    SIGNALS,
    SIGNALS_ANSWER,
)

#: The code of what is no signal.
UNKNOWN = -127
_WHOLE = "a state field that starts as a whole number must stay one: start it as a float instead"
_FLAG = "a state field that starts as True or False must stay one"
_EXPECTED = "on_bar must return aj.LONG, aj.FLAT, aj.SHORT, aj.KEEP, True, False, None or aj.signals(...)"


def as_integer(value):
    """``value`` for an integer state field."""
    if isinstance(value, float):
        raise TypeError(_WHOLE)
    return int(value)


@overload(as_integer)
def _as_integer(value):
    if not isinstance(value, (types.Integer, types.Boolean)):
        raise TypingError(_WHOLE)
    return lambda value: int(value)


def as_boolean(value):
    """``value`` for a boolean state field."""
    if value is not True and value is not False:
        raise TypeError(_FLAG)
    return value


@overload(as_boolean)
def _as_boolean(value):
    if not isinstance(value, types.Boolean):
        raise TypingError(_FLAG)
    return lambda value: value


def as_number(value):
    """``value`` for a float state field."""
    return float(value)


@overload(as_number)
def _as_number(value):
    return lambda value: float(value)


@kernel
def code_of(returned):
    """The code of a whole number that ``on_bar`` returned: a direction, KEEP, signals, or ``UNKNOWN``."""
    if (returned >= SHORT and returned <= LONG) or returned == KEEP:
        return returned
    signals = returned - SIGNALS_ANSWER
    return SIGNALS + signals if signals >= 0 and signals < SIGNALS else UNKNOWN


@kernel
def resolved(returned, held):
    """The direction that a code of ``signals`` stands for while ``held`` is held; other signals as they are.

    An entry and an exit of one side cancel each other, then do the two entries; an entry to the other side goes before
    an exit.
    """
    if returned < SIGNALS or returned >= 2 * SIGNALS:
        return returned
    long_entry = (returned & LONG_ENTRY) != 0
    long_exit = (returned & LONG_EXIT) != 0
    short_entry = (returned & SHORT_ENTRY) != 0
    short_exit = (returned & SHORT_EXIT) != 0
    enters_long = long_entry and not long_exit
    enters_short = short_entry and not short_exit
    if enters_long != enters_short:
        if enters_long:
            return LONG
        return SHORT
    if held > 0.0 and long_exit and not long_entry:
        return FLAT
    if held < 0.0 and short_exit and not short_entry:
        return FLAT
    return KEEP


def signal_code(returned):
    """The code of what ``on_bar`` returned, whatever is held; None means KEEP."""
    if returned is None:
        return KEEP
    if isinstance(returned, float):
        raise TypeError(_EXPECTED)
    return code_of(int(returned))


@overload(signal_code)
def _signal_code(returned):
    if isinstance(returned, types.NoneType):
        return lambda returned: KEEP
    if isinstance(returned, types.Optional):
        if not isinstance(returned.type, (types.Integer, types.Boolean)):
            raise TypingError(_EXPECTED)
        return lambda returned: KEEP if returned is None else code_of(np.int64(int(returned)))
    if not isinstance(returned, (types.Integer, types.Boolean)):
        raise TypingError(_EXPECTED)
    return lambda returned: code_of(np.int64(int(returned)))


def as_direction(returned, held):
    """What ``on_bar`` returned while ``held`` (signed) is held, as a direction."""
    return resolved(signal_code(returned), held)


@overload(as_direction)
def _as_direction(returned, held):
    return lambda returned, held: resolved(signal_code(returned), held)
