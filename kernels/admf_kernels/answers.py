"""Conversions that a generated strategy module puts around a user's code, so that compiled and plain Python agree.

Numba would silently cut a float that is stored in an integer field; plain Python would change the field's type.
Both are refused here, in the same words, at the line that does it.
"""

from numba import types
from numba.core.errors import TypingError
from numba.extending import overload

from .constants import KEEP

_WHOLE = "a state field that starts as a whole number must stay one: start it as a float instead"
_FLAG = "a state field that starts as True or False must stay one"
_ANSWER = "on_bar must return aj.LONG, aj.FLAT, aj.SHORT, aj.KEEP, True, False or None"


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


def as_direction(answer):
    """What ``on_bar`` returned, as a direction; None means KEEP."""
    if answer is None:
        return KEEP
    if isinstance(answer, float):
        raise TypeError(_ANSWER)
    return int(answer)


@overload(as_direction)
def _as_direction(answer):
    if isinstance(answer, types.NoneType):
        return lambda answer: KEEP
    if isinstance(answer, types.Optional):
        if not isinstance(answer.type, (types.Integer, types.Boolean)):
            raise TypingError(_ANSWER)
        return lambda answer: KEEP if answer is None else int(answer)
    if not isinstance(answer, (types.Integer, types.Boolean)):
        raise TypingError(_ANSWER)
    return lambda answer: int(answer)
