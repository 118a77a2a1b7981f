"""A window in a strategy's state: the last numbers that it was given, in memory of its container.

At ``address`` stands how many it was given, and then room for ``length`` of them, of which the oldest is overwritten.
What is computed of a window is computed when it is asked for, from the oldest number to the newest.
"""

import math

from .addresses import numbers_at
from .compilation import kernel


@kernel
def window__begin(address):
    """Empty it."""
    numbers_at(address, 1)[0] = 0.0


@kernel
def window__append(address, length, value):
    """Take a number, in the place of the oldest one where it is full."""
    words = numbers_at(address, length + 1)
    given = int(words[0])
    words[1 + given % length] = value
    words[0] = given + 1.0


@kernel
def window__count(address, length):
    """How many numbers it has."""
    return min(int(numbers_at(address, 1)[0]), length)


@kernel
def window__full(address, length):
    """Whether it has as many numbers as it has room for."""
    return numbers_at(address, 1)[0] >= length


@kernel
def window__values(address, length):
    """Its numbers, in no order: float64 (length,)."""
    return numbers_at(address + 8, length)


@kernel
def window__place(address, length, back):
    """The place among them of the one that was taken ``back`` before the newest; ``length`` where there is none."""
    given = int(numbers_at(address, 1)[0])
    return (given - 1 - back) % length if 0 <= back < min(given, length) else length


@kernel
def window__sum(address, length):
    """The sum of its numbers, 0 of none."""
    words = numbers_at(address, length + 1)
    given, total = int(words[0]), 0.0
    for k in range(max(given - length, 0), given):
        total += words[1 + k % length]
    return total


@kernel
def window__mean(address, length):
    """The mean of its numbers, NaN of none."""
    count = window__count(address, length)
    return window__sum(address, length) / count if count > 0 else math.nan


@kernel
def _extreme(address, length, side):
    """The largest of its numbers, or with ``side`` -1.0 the smallest; NaN of none, or where one is NaN."""
    words = numbers_at(address, length + 1)
    given, found = int(words[0]), math.nan
    for k in range(max(given - length, 0), given):
        value = words[1 + k % length]
        if value != value:
            return math.nan
        if not side * found >= side * value:
            found = value
    return found


@kernel
def window__max(address, length):
    """The largest of its numbers; NaN of none, or where one is NaN."""
    return _extreme(address, length, 1.0)


@kernel
def window__min(address, length):
    """The smallest of its numbers; NaN of none, or where one is NaN."""
    return _extreme(address, length, -1.0)
