"""The ring that is given, or else the short one on the stack; a container comes to the same in either."""

from typing import Any

import numpy as np
from numba import njit

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.strategies.declaration import definition_of
from admf_jit.testing import generate_test_data
from admf_jit.workers.batch import new_ring, run_inputs
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import OUTCOME_COLUMNS, EventKind, Reason
from admf_kernels.events import write_event
from admf_kernels.ring import STACK_RING, ring_of, short_ring

_BAR = int(EventKind.BAR)
_NONE = int(Reason.NONE)


@njit
def _bars_written(given: Any, n: int) -> tuple[int, int]:
    """How long the ring is, and the sum of the bars of the events that are in it after ``n`` were written."""
    ring = ring_of(given)
    for sequence in range(n):
        write_event(ring, sequence, _BAR, sequence, -1, 0, _NONE, 0, (1.0, 0.0, 0.0, 0.0))
    total = 0
    for place in range(ring.shape[0]):
        total += ring[place]["bar"]
    return ring.shape[0], total


def test_a_ring_with_a_length_is_written_to_itself() -> None:
    given = new_ring(32)
    assert _bars_written(given, 40) == (32, sum(range(8, 40)))
    assert given["bar"].tolist() == [*range(32, 40), *range(8, 32)]


def test_a_ring_without_one_stands_for_the_last_events_on_the_stack() -> None:
    assert _bars_written(new_ring(0), 40) == (STACK_RING, sum(range(40 - STACK_RING, 40)))


@njit
def _bars_of_two() -> tuple[int, int, int]:
    """The sums of the bars in two short rings, after one was filled with 1 and then the other with 2."""
    one, other = short_ring(), short_ring()
    for sequence in range(one.shape[0]):
        write_event(one, sequence, _BAR, 1, -1, 0, _NONE, 0, (1.0, 0.0, 0.0, 0.0))
    for sequence in range(other.shape[0]):
        write_event(other, sequence, _BAR, 2, -1, 0, _NONE, 0, (1.0, 0.0, 0.0, 0.0))
    total, other_total = 0, 0
    for place in range(one.shape[0]):
        total += one[place]["bar"]
        other_total += other[place]["bar"]
    return one.shape[0], total, other_total


def test_each_short_ring_has_room_of_its_own() -> None:
    assert _bars_of_two() == (STACK_RING, STACK_RING, 2 * STACK_RING)


@aj.strategy
class TurnsEveryBar:
    """Long, short, long, ...: all that can wait on the bus of market orders, at every bar."""

    turns: bool = True

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if position.quantity <= 0.0 and self.turns else aj.SHORT


def test_a_container_comes_to_the_same_with_the_ring_on_the_stack_as_with_one_that_keeps_every_event() -> None:
    data = generate_test_data(400)
    for fill in ("next_open", "same_close"):
        execution = {"fill": fill, "close_at_end": True, "optimization_phase": {"isolation": "full"}}
        fields = {"data": {"source": "sample"}, "strategy": {"type": "x"}, "execution": execution}
        account = {"commission": {"type": "percent", "rate": 0.0001}}
        config = load_config({**fields, "account": account})
        prepared = prepare(config, definition=definition_of(TurnsEveryBar), data=data)
        container = prepared.grid.container(0)
        inputs, module = prepared.inputs.build([container]), prepared.compiled.module
        short, long = (run_inputs(module, prepared.data, inputs, new_ring(n), trap=True) for n in (0, 8192))
        assert 3000 < long[1][0, OUTCOME_COLUMNS.index("n_events")] <= 8192, "some eight at a bar"
        for one, other in zip(short, long, strict=True):
            assert one.tobytes() == other.tobytes()
        assert np.isfinite(long[0][0, 0])
