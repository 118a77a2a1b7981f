"""The event bus of one container: a ring of typed records and the order in which they are delivered.

The ring itself is a local array of the entry function, because an array held in a jitclass field is reference
counted at every use; the bus holds the positions in it. Replay hands in a ring that is long enough for every
event of the run: what is left in it at the end is the full trace, made by the very same code.
"""

import numpy as np
from numba import int64

from .compilation import inlined, jitclass
from .packed_records import store_words


@jitclass
class EventBus:
    """Sequence numbers of one container's events: which is next, which are delivered, how many may wait."""

    capacity: int64
    head: int64
    tail: int64
    overflowed: int64

    def __init__(self, capacity):
        self.capacity = capacity
        self.head = 0
        self.tail = 0
        self.overflowed = 0

    def claim(self):
        """Sequence number of a new event that will wait for delivery."""
        sequence = self.head
        self.head = sequence + 1
        return sequence

    def resume(self, sequence):
        """Go on from ``sequence``: every event before it is delivered.

        The engine counts clock events, whose handlers are called where they are emitted, in a variable of its own.
        """
        self.head = sequence
        self.tail = sequence

    def pop(self):
        """Sequence number of the oldest event waiting, or -1."""
        sequence = self.tail
        if sequence == self.head:
            return -1
        self.tail = sequence + 1
        return sequence

    def check_capacity(self):
        """Remember that more events are waiting than the bus may hold."""
        if self.head - self.tail > self.capacity:
            self.overflowed = 1


@inlined
def slot_of(sequence, length):
    """Place of event ``sequence`` in a ring of ``length`` (a power of two) events.

    Unsigned, so that Numba spares the test for a negative index.
    """
    return np.uint64(sequence & (length - 1))


@inlined
def write_event(ring, sequence, kind, bar, cause, symbol, reason, order, numbers):
    """Fill the record of event ``sequence``; ``numbers`` are its price, quantity, value and fee.

    The ring's length is a power of two. A record is written as eight whole words, the narrow fields of ``EVENT_DTYPE``
    packed two and three to a word: half the time of eleven fields, and a bar writes three events at least.
    """
    first_narrow = bar | (kind << 32) | (symbol << 48)
    second_narrow = reason | (order << 32)
    slot = slot_of(sequence, ring.shape[0])
    store_words(ring, slot, sequence, cause, first_narrow, second_narrow, numbers)


@inlined
def post(bus, ring, kind, bar, cause, symbol, reason, order, numbers):
    """Queue an event for delivery and return its sequence number."""
    sequence = bus.claim()
    write_event(ring, sequence, kind, bar, cause, symbol, reason, order, numbers)
    bus.check_capacity()
    return sequence
