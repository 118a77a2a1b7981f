"""A batch that came back in pieces: what is run again when a process ended early, and the whole put together.

A piece whose process ended is run again in smaller ones, until the container that is guilty stands alone; all others
come to their rows as if nothing had happened. Nothing is believed of a process that ended early: what its containers
had finished is run again too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.row import MEMORY_LIMIT, status_of
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.columns import ColumnCounts
from admf_jit.workers.limits import Ended, lost_worker

#: So often the container that was running is suspected first; after that, pieces are halved whoever was running.
_SUSPICIONS = 2
#: A lone container whose process was ended from outside is given another chance.
_CHANCES = 2
#: A piece that was lost so often with the whole pool is run with no other beside it, to know whether it is guilty.
_LOSSES = 2


@dataclass(frozen=True)
class Piece:
    """Some containers of a batch: their places in it, how often pieces they were in ended early, or were lost."""

    batch: int
    places: NDArray[np.int64]
    endings: int = 0
    losses: int = 0

    def __len__(self) -> int:
        return len(self.places)

    @property
    def in_quarantine(self) -> bool:
        """Whether it has to run with nothing beside it."""
        return self.losses >= _LOSSES


@dataclass
class Assembly:
    """The rows of one batch as they come in."""

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

    def take(self, piece: Piece, answer: BatchOutcome | Ended | None) -> list[Piece]:
        """Keep what is certain, and return what has to be run again; None is the answer of a lost worker."""
        if answer is None:
            if not piece.in_quarantine:
                return [replace(piece, losses=piece.losses + 1)]
            answer = lost_worker()
        if isinstance(answer, BatchOutcome):
            return self._keep(piece, answer)
        if answer.certain and answer.running is not None:
            self._fail(piece, answer.running, answer.error)
            return _without(piece, answer.running)
        if len(piece) > 1:
            return _smaller(piece, answer.running)
        if answer.by_others and piece.endings + 1 < _CHANCES:
            return [replace(piece, endings=piece.endings + 1)]
        self._fail(piece, 0, answer.error)
        return []

    def _fail(self, piece: Piece, k: int, error: str) -> None:
        self.errors[piece.places[k]] = error
        self.missing -= 1

    def _keep(self, piece: Piece, outcome: BatchOutcome) -> list[Piece]:
        self.outcomes.append(outcome)
        if not any(outcome.errors):
            if len(piece) == len(self.errors):
                self.metrics = outcome.metrics
            else:
                self.metrics[piece.places] = outcome.metrics
            self.missing -= len(piece)
            return []
        again = []
        for k, place in enumerate(piece.places):
            error = outcome.errors[k]
            if len(piece) > 1 and status_of(error) == MEMORY_LIMIT:
                # Memory that others had left behind may have been what was missing.
                again.append(replace(piece, places=piece.places[k : k + 1]))
                continue
            self.metrics[place] = outcome.metrics[k]
            self.errors[place] = error
            self.missing -= 1
        return again

    def outcome(self) -> BatchOutcome:
        """The batch as if it had been run in one piece."""
        parts = self.outcomes
        return BatchOutcome(
            self.metrics,
            tuple(self.errors),
            sum(part.n_events for part in parts),
            sum(part.seconds for part in parts),
            all(part.from_cache for part in parts),
            parts[-1].process if parts else 0,
            max((part.private_bytes for part in parts), default=0),
            max((part.grown for part in parts), default=0),
            ColumnCounts(sum(part.columns.computed for part in parts), sum(part.columns.reused for part in parts)),
        )


def _without(piece: Piece, k: int) -> list[Piece]:
    parts = piece.places[:k], piece.places[k + 1 :]
    return [replace(piece, places=places) for places in parts if len(places)]


def _smaller(piece: Piece, running: int | None) -> list[Piece]:
    """The piece around the container that was running, if that is known and worth believing; else its halves."""
    n = len(piece)
    if running is not None and running < n and piece.endings < _SUSPICIONS:
        cuts = [running, running + 1]
    else:
        cuts = [n // 2]
    parts = np.split(piece.places, cuts)
    endings = piece.endings + 1
    return [replace(piece, places=places, endings=endings if len(places) > 1 else 0) for places in parts if len(places)]
