"""One container alone, in this process, with the full trace of its events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import CompiledModule
from admf_jit.workers.batch import BatchInputs, new_ring, run_containers, run_inputs
from admf_jit.workers.output import without_output
from admf_kernels.constants import METRIC_NAMES


@dataclass(frozen=True)
class TracedOutcome:
    """Metrics float64 (n_results,), the error or None, and every event in order: EVENT_DTYPE (n_events,)."""

    metrics: NDArray[np.float64]
    error: str | None
    events: NDArray[np.void]


def run_traced(
    module: CompiledModule, data: MarketData, inputs: BatchInputs, ring_length: int, n_results: int = len(METRIC_NAMES)
) -> TracedOutcome:
    """Run the one container of ``inputs`` twice: to count its events, and with a ring that keeps them all.

    It is the code of a batch, to the instruction: a longer ring is only never overwritten. The events of a container
    of bounds are those of `stop_first`.
    """
    with without_output():  # what a strategy prints is said once
        _, outcomes = run_inputs(module, data, inputs, new_ring(ring_length), trap=True)
    n_events = int(outcomes[0, 2])
    ring = new_ring(max(ring_length, 1 << (n_events - 1).bit_length()))
    metrics = np.empty((1, n_results))
    errors, _ = run_containers(module, data, inputs, ring, metrics)
    return TracedOutcome(metrics[0], errors[0], ring[:n_events])
