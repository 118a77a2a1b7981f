"""A batch whose process ended early is run again in smaller parts, until the failing container runs alone.

All others get their rows as if nothing had happened. No result of a process that ended early is trusted: what its
containers had finished is run again too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.row import MEMORY_LIMIT, status_of
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.columns import ColumnCounts
from admf_jit.workers.limits import Ended

#: So often the container that was running is run alone first; after that, parts are halved whoever was running.
_SUSPICIONS = 2
#: So often a container that runs alone is run where its process is ended externally.
_ATTEMPTS = 2


@dataclass(frozen=True)
class BatchPart:
    """Some containers of a batch: int64 (n,) ``rows`` of it, and how often a part that they were in ended early."""

    batch: int
    rows: NDArray[np.int64]
    endings: int = 0

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class PartialBatch:
    """The results of one batch as its parts come in."""

    task: BatchTask
    errors: list[str | None] = field(init=False)
    missing: int = field(init=False)
    outcomes: list[BatchOutcome] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.missing = len(self.task.inputs.symbol)
        self.errors = [None] * self.missing

    @cached_property
    def metrics(self) -> NDArray[np.float64]:
        """Of all its containers, float64 (n, n_results): NaN where there are none."""
        return np.full((len(self.errors), self.task.n_results), np.nan)

    def merge(self, part: BatchPart, outcome: BatchOutcome | Ended) -> list[BatchPart]:
        """Keep what is certain, and return the parts that have to be run again."""
        if isinstance(outcome, BatchOutcome):
            return self._keep(part, outcome)
        if outcome.certain and outcome.running is not None:
            self._fail(part, outcome.running, outcome.error)
            return _without(part, outcome.running)
        if len(part) > 1:
            return _smaller(part, outcome.running)
        if outcome.external and part.endings + 1 < _ATTEMPTS:
            return [replace(part, endings=part.endings + 1)]
        self._fail(part, 0, outcome.error)
        return []

    def _fail(self, part: BatchPart, k: int, error: str) -> None:
        self.errors[part.rows[k]] = error
        self.missing -= 1

    def _keep(self, part: BatchPart, outcome: BatchOutcome) -> list[BatchPart]:
        self.outcomes.append(outcome)
        if not any(outcome.errors):
            if len(part) == len(self.errors):
                self.metrics = outcome.metrics
            else:
                self.metrics[part.rows] = outcome.metrics
            self.missing -= len(part)
            return []
        again = []
        for k, row in enumerate(part.rows):
            error = outcome.errors[k]
            if len(part) > 1 and status_of(error) == MEMORY_LIMIT:
                # The memory that it lacked may have been taken by others.
                again.append(replace(part, rows=part.rows[k : k + 1]))
                continue
            self.metrics[row] = outcome.metrics[k]
            self.errors[row] = error
            self.missing -= 1
        return again

    def outcome(self) -> BatchOutcome:
        """The batch as if it had been run in one go."""
        outcomes = self.outcomes
        columns = [outcome.columns for outcome in outcomes]
        return BatchOutcome(
            self.metrics,
            tuple(self.errors),
            sum(outcome.n_events for outcome in outcomes),
            sum(outcome.seconds for outcome in outcomes),
            all(outcome.from_cache for outcome in outcomes),
            outcomes[-1].process if outcomes else 0,
            max((outcome.private_bytes for outcome in outcomes), default=0),
            max((outcome.grown for outcome in outcomes), default=0),
            ColumnCounts(sum(counts.computed for counts in columns), sum(counts.reused for counts in columns)),
            outcomes[-1].host if outcomes else "",
        )


def _without(part: BatchPart, k: int) -> list[BatchPart]:
    sides = part.rows[:k], part.rows[k + 1 :]
    return [replace(part, rows=rows) for rows in sides if len(rows)]


def _smaller(part: BatchPart, running: int | None) -> list[BatchPart]:
    """The container that was running, if that is known and worth a try, and those beside it; else the halves."""
    n = len(part)
    if running is not None and running < n and part.endings < _SUSPICIONS:
        cuts = [running, running + 1]
    else:
        cuts = [n // 2]
    endings = part.endings + 1
    sides = np.split(part.rows, cuts)
    return [replace(part, rows=rows, endings=endings if len(rows) > 1 else 0) for rows in sides if len(rows)]
