"""What a strategy signals at every bar, as codes of one byte that all containers with the same parameters share.

This is for strategies whose signal depends on nothing of the position but its side: a code stands for the signal
while short, flat and long. Whether a signal leads to anything depends on the side too, so there is a mask of the bars
that do for each of the three.
"""

import numpy as np

from ..bits import WORD, equal_bits
from ..compilation import hot_kernel, kernel
from ..constants import FLAT, KEEP, LONG, SHORT, SIGNALS
from ..return_values import UNKNOWN, resolved

#: The code for an ``on_bar`` that raised, which ends a container as ``UNKNOWN`` does.
RAISED = -128
#: Bars of one mask.
MASK_BARS = WORD
#: Said to ``record_signals``: to let an exception be raised, or to make it a signal; and, where it would else stop at
#: the first signal that leads to something, to go on.
LET_RAISE, TRAPPED, TRAPPED_THROUGHOUT = 0, 1, 2
#: What may be signalled on one side; a code of different signals has one digit for each of short, flat and long.
_SIDE_SIGNALS = (SHORT, FLAT, LONG, KEEP, RAISED, UNKNOWN)
_DIGITS = len(_SIDE_SIGNALS)
#: Such a code is its number and the first of these while the number is below the second, and its number and the third
#: from there on: places that no other code has.
_LOW, _N_LOW, _HIGH = UNKNOWN + 1, 125, 2 * SIGNALS - 125


@kernel
def _digit(direction):
    """The place among ``_SIDE_SIGNALS`` of a direction, or of what ends a container."""
    if direction == RAISED:
        return 4
    if direction == KEEP:
        return 3
    return direction + 1 if direction >= SHORT and direction <= LONG else 5


@kernel
def by_side(short, flat, long):
    """The code for the signal while short, flat and long: directions, ``RAISED`` or anything unknown."""
    first, second, third = _digit(short), _digit(flat), _digit(long)
    number = (first * _DIGITS + second) * _DIGITS + third
    return number + (_LOW if number < _N_LOW else _HIGH)


@kernel
def _differs_by_side(code):
    return (code >= _LOW and code < _LOW + _N_LOW) or (code >= _HIGH + _N_LOW and code < _HIGH + _DIGITS**3)


@kernel
def _on_side(code, held):
    """What a code of different signals says for the side that is held."""
    number = code - _LOW if code < _LOW + _N_LOW else code - _HIGH
    if held < 0.0:
        number //= _DIGITS * _DIGITS
    elif held == 0.0:
        number //= _DIGITS
    return _SIDE_SIGNALS[number % _DIGITS]


@kernel
def direction_of(code, held):
    """The direction that a code stands for while ``held`` is held, or ``RAISED`` or ``UNKNOWN``."""
    return _on_side(code, held) if _differs_by_side(code) else resolved(code, held)


def _sides_on_which_it_acts(code: int) -> int:
    """1 for short, 2 for flat and 4 for long, where a code leads to something: in Python, before there is a kernel."""
    differs, on_side, other = (getattr(f, "py_func", f) for f in (_differs_by_side, _on_side, resolved))
    decoded = on_side if differs(code) else other
    return sum(1 << (side + 1) for side in (SHORT, FLAT, LONG) if decoded(code, side) not in (KEEP, side))


#: The same for each code from -128 on.
_ACTS = np.array([_sides_on_which_it_acts(code) for code in range(-128, 128)], np.uint8)


@hot_kernel
def row_of(quantity):
    """The row of ``acting`` that belongs to a held quantity."""
    return int(quantity > 0.0) - int(quantity < 0.0) + 1


@hot_kernel
def current_direction(code, held):
    """The direction that the code of a signal stands for while ``held`` is held, or what ends a container."""
    return resolved(code, held) if code >= SIGNALS and code != KEEP else code


@hot_kernel
def acts(direction, quantity):
    """Whether a direction, or what ends a container, leads to something while a signed quantity is held."""
    return direction != KEEP and direction != row_of(quantity) - 1


@kernel
def mark_acting(signals, acting):
    """Set the bits of the bars whose signal leads to something.

    ``signals`` int8 (n_bars,); ``acting`` uint64 (3, ceil(n_bars / MASK_BARS) or more), a row for each of short, flat
    and long: bit b of word w stands for bar ``w * MASK_BARS + b``. Those of bars that there are not are 0.
    """
    n_bars = signals.shape[0]
    plain = True
    for t in range(n_bars):
        code = signals[t]
        plain &= (code <= UNKNOWN) | (code == KEEP) | ((code >= SHORT) & (code <= LONG))
    for word in range((n_bars + MASK_BARS - 1) // MASK_BARS):
        first = word * MASK_BARS
        if not plain or first + MASK_BARS > n_bars:
            short, flat, long = _acting_bits(signals[first : min(first + MASK_BARS, n_bars)])
            acting[0, word], acting[1, word], acting[2, word] = short, flat, long
        else:
            kept = equal_bits(signals, first, KEEP)
            for held in range(-1, 2):
                acting[held + 1, word] = ~(kept | equal_bits(signals, first, held))


@kernel
def _acting_bits(codes):
    short, flat, long = np.uint64(0), np.uint64(0), np.uint64(0)
    for index in range(codes.shape[0]):
        acts = np.uint64(_ACTS[np.uint8(np.int64(codes[index]) + 128)])
        shift = np.uint64(index)
        short |= (acts & np.uint64(1)) << shift
        flat |= ((acts >> np.uint64(1)) & np.uint64(1)) << shift
        long |= (acts >> np.uint64(2)) << shift
    return short, flat, long
