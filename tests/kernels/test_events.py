"""The event record's layout, and the order in which a bus delivers."""

import numpy as np
from numba import njit

from admf_kernels.constants import EVENT_DTYPE, EventKind, Outcome, Reason
from admf_kernels.events import EventBus, post


def test_an_event_is_one_cache_line() -> None:
    assert EVENT_DTYPE.itemsize == 64
    assert sum(EVENT_DTYPE[name].itemsize for name in EVENT_DTYPE.names) == 64, "no padding between fields"


def test_codes_are_those_that_stored_runs_hold() -> None:
    assert [kind.name for kind in EventKind] == [
        "BAR",
        "FEATURES",
        "SIGNAL",
        "ORDER",
        "FILL",
        "REJECT",
        "POSITION_OPEN",
        "POSITION_CLOSE",
        "PORTFOLIO_UPDATE",
        "RISK_BREACH",
        "CANCEL",
        "FINANCING",
        "SPLIT",
    ]
    for codes in (EventKind, Reason, Outcome):
        assert [int(code) for code in codes] == list(range(len(codes)))


@njit
def exchange(ring, capacity, counts):  # type: ignore[no-untyped-def]
    """Post ``counts[i]`` events and pop one, again and again; then pop the rest."""
    bus = EventBus(capacity)
    taken = np.empty(1000, np.int64)
    n = 0
    number = 0
    for count in counts:
        for _ in range(count):
            post(bus, ring, number % 5, number, number - 1, 3, 2, number + 7, (1.5 * number, -number, 0.25, 0.5))
            number += 1
        sequence = bus.pop()
        if sequence >= 0:
            taken[n] = ring[sequence & (ring.shape[0] - 1)]["sequence"]
            n += 1
    while True:
        sequence = bus.pop()
        if sequence < 0:
            break
        taken[n] = ring[sequence & (ring.shape[0] - 1)]["sequence"]
        n += 1
    return taken[:n], bus.overflowed


def test_events_are_delivered_once_each_in_the_order_of_their_posting() -> None:
    ring = np.zeros(16, EVENT_DTYPE)
    counts = np.array([3, 2, 0, 0, 4, 1, 1, 1, 5, 0, 2])
    taken, overflowed = exchange(ring, 16, counts)
    assert taken.tolist() == list(range(counts.sum()))
    assert not overflowed


def test_a_record_holds_what_was_posted() -> None:
    ring = np.zeros(8, EVENT_DTYPE)
    exchange(ring, 8, np.array([7]))
    record = ring[6]
    stored = {name: record[name].item() for name in EVENT_DTYPE.names}
    assert stored == {
        "sequence": 6,
        "cause": 5,
        "bar": 6,
        "kind": 1,
        "symbol": 3,
        "reason": 2,
        "order": 13,
        "price": 9.0,
        "quantity": -6.0,
        "value": 0.25,
        "fee": 0.5,
    }


def test_more_waiting_events_than_the_capacity_are_noticed() -> None:
    ring = np.zeros(16, EVENT_DTYPE)
    assert not exchange(ring, 4, np.array([4, 1, 1]))[1]
    assert exchange(ring, 4, np.array([5]))[1]
    assert exchange(ring, 4, np.array([4, 2]))[1]
