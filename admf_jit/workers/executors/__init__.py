"""What runs batches: forked processes, worker processes of joblib's loky, threads, or this process alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.limits import Ended

#: Who waits for results checks so often whether there was an interrupt, in seconds.
SECONDS_BETWEEN_CHECKS = 0.1

Result = tuple[BatchPart, BatchOutcome | Ended]


class Executor(Protocol):
    """Runs parts of batches, several at a time. ``registry.EXECUTORS`` names what makes one for a number of jobs."""

    def __len__(self) -> int:
        """How many parts are submitted and their results not yielded."""

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Run a part as soon as there is room: ``task`` has its containers."""

    def results(self) -> Iterator[Result]:
        """What has finished by now. Waits ``SECONDS_BETWEEN_CHECKS`` at the most."""

    def close(self) -> None:
        """End whatever still runs; what is idle may be kept for the next sweep."""
