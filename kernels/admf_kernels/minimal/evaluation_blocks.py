"""A strategy that looks at more of its position than the side, evaluated over a stretch of bars with one position.

Between two fills a container holds the same, and only the worth of it changes: its signals at these bars are one loop
(``record_signals``), as they are where they are shared. They hold until one of them leads to something.
"""

import numpy as np

from ..addresses import address_of, call_at
from ..bits import WORD, equal_bits, lowest_bit
from ..compilation import hot_kernel
from ..constants import KEEP

#: What stands in a row of positions, float64. The bar of the entry is -1, and its price 0, while nothing is held.
POSITION_FIELDS = ("quantity", "entry_price", "entry_bar", "cash")
#: Bars of the shortest block, which becomes twice as long with each that leads to nothing, and of the longest.
SHORTEST, LONGEST = WORD, 16 * WORD
#: ``dependence`` of a strategy: 0 where signals are shared, else this bit, and one for each field in a set below.
POSITION_DEPENDENT = 1
_LOOKS_AT, _DIVIDES_BY = 1, 1 + len(POSITION_FIELDS)
_ENTRY_PRICE, _ENTRY_BAR, _CASH = (1 << (_LOOKS_AT + index) for index in (1, 2, 3))
_BY_QUANTITY, _BY_PRICE, _BY_BAR, _BY_CASH = (1 << (_DIVIDES_BY + index) for index in range(len(POSITION_FIELDS)))
#: And one where it is evaluated over no bar but those that a container comes to with this position: what is no
#: arithmetic might never end, or read beyond an array, for another one.
_EXACT = 1 << (_DIVIDES_BY + len(POSITION_FIELDS))
_ALL_BITS = np.uint64(2**64 - 1)


def position_dependence(looks_at: frozenset[str], divides_by: frozenset[str], *, exact: bool) -> int:
    """``dependence`` of a strategy whose signals depend on these fields of its position, some of them as divisors."""
    indices = {name: index for index, name in enumerate(POSITION_FIELDS)}
    looks = sum(1 << (_LOOKS_AT + indices[name]) for name in looks_at)
    divides = sum(1 << (_DIVIDES_BY + indices[name]) for name in divides_by)
    return POSITION_DEPENDENT | looks | divides | (_EXACT if exact else 0)


@hot_kernel
def is_limited_to_reached_bars(dependence):
    """Whether it is evaluated over no bar but those that a container comes to with the position that is given."""
    return (dependence & _EXACT) != 0


@hot_kernel
def is_as_before(dependence, position, quantity, entry_price, entry_bar, cash):
    """Whether a position is, in all that the strategy looks at, the one in a row of ``POSITION_FIELDS``."""
    if quantity != position[0] or (cash != position[3] and (dependence & _CASH) != 0):
        return False
    price_differs = entry_price != position[1] and (dependence & _ENTRY_PRICE) != 0
    return quantity == 0.0 or not (price_differs or (entry_bar != position[2] and (dependence & _ENTRY_BAR) != 0))


@hot_kernel
def is_shared_while_flat(dependence):
    """Whether all containers that are given the same, and hold nothing, can be evaluated together."""
    return (dependence & (_CASH | _EXACT)) == 0


@hot_kernel
def keep_position(position, quantity, entry_price, entry_bar, cash):
    """Write a row of ``POSITION_FIELDS``."""
    held = quantity != 0.0
    position[0] = quantity if held else 0.0
    position[1] = entry_price if held else 0.0
    position[2] = float(entry_bar) if held else -1.0
    position[3] = cash


@hot_kernel
def needs_guard(dependence, position):
    """Whether a division by what is held would raise, so that the guarded form has to be evaluated."""
    return (
        ((dependence & _BY_QUANTITY) != 0 and position[0] == 0.0)
        or ((dependence & _BY_PRICE) != 0 and position[1] == 0.0)
        or ((dependence & _BY_BAR) != 0 and position[2] == 0.0)
        or ((dependence & _BY_CASH) != 0 and position[3] == 0.0)
    )


@hot_kernel
def stops_early(dependence, position):
    """Whether it is evaluated, for a container by itself, up to the first signal only that leads to something."""
    return is_limited_to_reached_bars(dependence) or needs_guard(dependence, position)


@hot_kernel
def record_block(function, given, begin, end, trap, position, signals, index):
    """Write the signals at the bars from ``begin`` to ``end - 1``, int8, from ``index`` on.

    ``function`` is the address of a ``record_signals``, and ``given`` the first four of its arguments. With ``TRAPPED``
    it may leave out those after the first that leads to something, and with ``TRAPPED_THROUGHOUT`` none.
    """
    bars, columns, parameters, warmup = given
    places = address_of(position), address_of(signals) + index
    call_at(function, (bars, columns, parameters, warmup, begin, end, trap, places[0], places[1]))


@hot_kernel
def first_acting(signals, offset, index, count, side):
    """The first index from ``index`` on with a signal that may lead to something while ``side`` is held, or ``count``.

    The signals, int8, are those from ``offset`` on, of which there have to be a multiple of ``WORD``.
    """
    word = index & -WORD
    wanted = _ALL_BITS << np.uint64(index & (WORD - 1))
    while word < count:
        bits = wanted & ~(equal_bits(signals, offset + word, KEEP) | equal_bits(signals, offset + word, side))
        if bits != np.uint64(0):
            return min(word + lowest_bit(bits), count)
        wanted = _ALL_BITS
        word += WORD
    return count
