"""What runs batches: forked processes, worker processes of joblib's loky, threads, this process alone, or machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

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


class Cluster(Protocol):
    """Machines that an executor runs batches on."""

    @property
    def n_jobs(self) -> int:
        """Batches that they run at a time."""

    @property
    def containers(self) -> int | None:
        """Containers that may be handed out at a time; None: any number."""

    @property
    def memory_of_job(self) -> int:
        """Bytes that the containers of a batch may take on any of them where no limit is set."""

    def facts(self) -> list[dict[str, Any]]:
        """What each of them is, and what it has done, for the manifest."""

    def close(self) -> None:
        """Let them go, and end those that were started for the sweep."""
