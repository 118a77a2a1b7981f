"""How long a ring has to be that keeps all events of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from admf_jit.data import MarketData

#: Room for so many events of a bar and symbol at first: a bar, its indicators, an equity, and an order or two. Memory
#: that nothing is written to is not taken.
_EVENTS_PER_BAR = 8
_LEAST_EVENTS = 1024


def first_length(data: MarketData) -> int:
    """The length of a ring that holds all events of most containers over ``data``."""
    return power_of_two(max(_LEAST_EVENTS, _EVENTS_PER_BAR * data.n_bars * data.n_symbols))


def power_of_two(number: int) -> int:
    """The smallest power of two that is not below ``number``."""
    return 1 << (number - 1).bit_length()
