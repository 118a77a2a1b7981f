"""A strategy that looks at more of its position than the side, asked about a stretch of bars with one position.

Between two fills a container holds the same, and only the worth of it changes: its answers to these bars are one loop
(``record_answers``), as they are where they are shared. They hold until one of them leads to something.
"""

from typing import Any, NamedTuple

import numpy as np

from ..addresses import address_of, call_at
from ..bits import WORD, equal_bits, lowest_bit
from ..compilation import hot_kernel
from ..constants import KEEP

#: What stands in a row of positions, float64. The bar of the entry is -1, and its price 0, while nothing is held.
POSITION_FIELDS = ("quantity", "entry_price", "entry_bar", "cash")
#: The shortest stretch that is asked about, which becomes twice as long with each that leads to nothing; the longest.
SHORTEST, LONGEST = WORD, 16 * WORD
#: ``how`` a strategy is asked: 0 where answers are shared, else this bit, and one for each field in either set below.
ALONE = 1
_LOOKS_AT, _DIVIDES_BY = 1, 1 + len(POSITION_FIELDS)
_ENTRY_PRICE, _ENTRY_BAR, _CASH = (1 << (_LOOKS_AT + place) for place in (1, 2, 3))
_BY_QUANTITY, _BY_PRICE, _BY_BAR, _BY_CASH = (1 << (_DIVIDES_BY + place) for place in range(len(POSITION_FIELDS)))
#: And one where it is asked about no bar but those that a container comes to with this position: what is no arithmetic
#: might never end, or read beyond an array, for another one.
_EXACT = 1 << (_DIVIDES_BY + len(POSITION_FIELDS))
_ALL_BITS = np.uint64(2**64 - 1)


class Asking(NamedTuple):
    """How a strategy is asked, and what it is told for each group, as ``run_containers`` of ``market_orders`` says."""

    how: Any
    careful: Any
    bars: Any
    functions: Any
    columns: Any
    parameters: Any
    warmups: Any


def asked_alone(looks_at: frozenset[str], divides_by: frozenset[str], *, exact: bool) -> int:
    """``how`` a strategy is asked whose answers depend on these fields of its position, among them these divisors."""
    places = {name: place for place, name in enumerate(POSITION_FIELDS)}
    looks = sum(1 << (_LOOKS_AT + places[name]) for name in looks_at)
    divides = sum(1 << (_DIVIDES_BY + places[name]) for name in divides_by)
    return ALONE | looks | divides | (_EXACT if exact else 0)


@hot_kernel
def is_exact(how):
    """Whether it is asked about no bar but those that a container comes to with the position that is told."""
    return (how & _EXACT) != 0


@hot_kernel
def is_as_before(how, position, quantity, entry_price, entry_bar, cash):
    """Whether a position is, in all that the strategy looks at, the one in a row of ``POSITION_FIELDS``."""
    if quantity != position[0] or (cash != position[3] and (how & _CASH) != 0):
        return False
    price_differs = entry_price != position[1] and (how & _ENTRY_PRICE) != 0
    return quantity == 0.0 or not (price_differs or (entry_bar != position[2] and (how & _ENTRY_BAR) != 0))


@hot_kernel
def is_alike_while_flat(how):
    """Whether all containers that are told the same, and hold nothing, can be asked for at once."""
    return (how & (_CASH | _EXACT)) == 0


@hot_kernel
def keep_position(position, quantity, entry_price, entry_bar, cash):
    """Write a row of ``POSITION_FIELDS``."""
    held = quantity != 0.0
    position[0] = quantity if held else 0.0
    position[1] = entry_price if held else 0.0
    position[2] = float(entry_bar) if held else -1.0
    position[3] = cash


@hot_kernel
def is_careful(how, position):
    """Whether a division by what is held would raise, so that the trapped form has to be asked."""
    return (
        ((how & _BY_QUANTITY) != 0 and position[0] == 0.0)
        or ((how & _BY_PRICE) != 0 and position[1] == 0.0)
        or ((how & _BY_BAR) != 0 and position[2] == 0.0)
        or ((how & _BY_CASH) != 0 and position[3] == 0.0)
    )


@hot_kernel
def stops_early(how, position):
    """Whether it is asked, about a container by itself, up to the first answer only that leads to something."""
    return is_exact(how) or is_careful(how, position)


@hot_kernel
def ask(function, bars, columns, parameters, warmup, begin, end, trap, position, answers, place):
    """Write the answers to the bars from ``begin`` to ``end - 1``, int8, from ``place`` on.

    ``function`` is the address of a ``record_answers``; with ``TRAPPED`` it may leave out those after the first that
    leads to something, and with ``TRAPPED_THROUGHOUT`` none.
    """
    told = address_of(position), address_of(answers) + place
    call_at(function, bars, columns, parameters, warmup, begin, end, trap, told[0], told[1])


@hot_kernel
def first_acting(answers, offset, place, count, side):
    """The first place from ``place`` on with an answer that may lead to something while ``side`` is held, or ``count``.

    The answers, int8, are those from ``offset`` on, of which there have to be a multiple of ``WORD``.
    """
    word = place & -WORD
    wanted = _ALL_BITS << np.uint64(place & (WORD - 1))
    while word < count:
        bits = wanted & ~(equal_bits(answers, offset + word, KEEP) | equal_bits(answers, offset + word, side))
        if bits != np.uint64(0):
            return min(word + lowest_bit(bits), count)
        wanted = _ALL_BITS
        word += WORD
    return count
