"""The containers of a batch with the measures that are asked for, each computed as soon as its container has run.

A measure needs the whole history of its container, so these keep all their events, in memory that the next container
of the batch uses again.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.measuring import measures_of
from admf_jit.results.reference import Reference
from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_jit.workers.batch import NO_RING, BatchTask, run_containers
from admf_jit.workers.output import without_output
from admf_jit.workers.room_for_events import first_length, power_of_two
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS, PERIOD_FIELDS, RUNNING

if TYPE_CHECKING:
    from admf_jit.data import MarketData

#: What measures of a sweep are taken against.
_REFERENCE = Reference()


def run_all(
    task: BatchTask, data: MarketData, results: NDArray[np.float64], outcomes: NDArray[np.int64] | None = None
) -> tuple[tuple[str | None, ...], int]:
    """Run the containers of a batch into ``results``, float64 (n, n_results): (an error or None each, events)."""
    if not task.measures:
        return run_containers(task.module, data, task.inputs, NO_RING, results, outcomes, ends=task.ends)
    if outcomes is None:
        outcomes = np.zeros((len(results), len(OUTCOME_COLUMNS)), np.int64)
    errors: list[str | None] = []
    events = _Events(task, data)
    for k in range(len(results)):
        errors.append(_run_one(task, data, k, events, results[k], outcomes[k : k + 1]))
    return tuple(errors), int(outcomes[:, 2].sum())


class _Events:
    """Room for the events of one container at a time, shared memory: none of it counts as the container's own."""

    def __init__(self, task: BatchTask, data: MarketData) -> None:
        self._most = None if task.limits is None else max(task.limits.memory // EVENT_DTYPE.itemsize, 1)
        wanted = first_length(data)
        self.ring = self._mapped(wanted if self._most is None else min(wanted, power_of_two(self._most + 1) // 2))

    def hold(self, n_events: int) -> str | None:
        """Make room for so many events; the error of their container where these are more than its memory."""
        if self._most is not None and n_events > self._most:
            size = n_events * EVENT_DTYPE.itemsize / 1e6
            return explained(
                MEMORY_LIMIT, f"its {n_events:,} events, which measures are computed from, take {size:,.0f} MB"
            )
        if n_events > len(self.ring):
            self.ring = self._mapped(power_of_two(n_events))
        return None

    def _mapped(self, length: int) -> NDArray[np.void]:
        return np.frombuffer(mmap.mmap(-1, length * EVENT_DTYPE.itemsize), EVENT_DTYPE, length)


def _run_one(
    task: BatchTask,
    data: MarketData,
    k: int,
    events: _Events,
    result: NDArray[np.float64],
    outcome: NDArray[np.int64],
) -> str | None:
    """Run container k into its row: metrics, measures, periods; its error, with nothing but NaN in the row then."""
    n_measures, n_periods = len(task.measures), len(task.ends) * len(PERIOD_FIELDS)
    n_metrics = len(result) - n_measures - n_periods
    inputs = task.inputs.rows(slice(k, k + 1))
    row = np.empty((1, n_metrics + n_periods))
    (error,), _ = run_containers(task.module, data, inputs, events.ring, row, outcome, ends=task.ends)
    n_events = int(outcome[0, 2])
    if error is None and n_events > len(events.ring):
        error = events.hold(n_events)
        if error is None:
            with without_output():
                (error,), _ = run_containers(task.module, data, inputs, events.ring, row, outcome, ends=task.ends)
    result[:] = np.nan
    if error is not None:
        return error
    state = int(outcome[0, 0])
    outcome[0, 0] = RUNNING  # for who watches: the container has not come to its end yet
    try:
        metrics = dict(zip(METRIC_NAMES, row[0].tolist(), strict=False))
        found = measures_of(events.ring[:n_events], metrics, data, _REFERENCE)
    except MemoryError:
        return explained(MEMORY_LIMIT, "no memory was left to compute its measures")
    finally:
        outcome[0, 0] = state
    result[:n_metrics] = row[0, :n_metrics]
    result[n_metrics : n_metrics + n_measures] = [found[name] for name in task.measures]
    result[n_metrics + n_measures :] = row[0, n_metrics:]
    return None
