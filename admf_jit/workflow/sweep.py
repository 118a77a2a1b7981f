"""A search driven to its end: blocks of containers proposed, run in batches, added to the directory, and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.errors import ConfigError, ResultsError, WorkerError
from admf_jit.parameter_grid import Containers
from admf_jit.results import Progress, ResultBlock, make_canonical
from admf_jit.results.sweep_rows import Rows
from admf_jit.workers.batch import BatchTask
from admf_jit.workers.dispatch import run_batches
from admf_jit.workers.executors import Executor
from admf_jit.workers.plan import Plan
from admf_jit.workflow.figures import WorkerFigures
from admf_jit.workflow.isolation import MINIMAL
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.search import Search
from admf_kernels.constants import PERIOD_FIELDS


class Sweep:
    """The containers of a sweep on their way into its directory; those whose rows are there already are not run."""

    def __init__(
        self,
        prepared: Prepared,
        plan: Plan,
        directory: Rows,
        figures: WorkerFigures,
        progress: Progress | None,
        memory_of_job: int | None = None,
        ends: tuple[int, ...] = (),
    ) -> None:
        self._prepared = prepared
        self._plan = plan
        self._directory = directory
        self._figures = figures
        self._progress = progress
        self._memory_of_job = memory_of_job
        self._ends = ends
        n = prepared.grid.most
        completed = directory.completed()
        self._completed = np.zeros(n, np.bool_)
        self._completed[completed[(completed >= 0) & (completed < n)]] = True
        self._proposed = np.zeros(n, np.bool_)

    def run(self, search: Search, executor: Executor) -> int:
        """Run what ``search`` proposes on ``executor``, which is closed then; how many containers that was."""
        try:
            with interrupts.waiting(), closing(executor):
                while len(block := self._propose(search)):
                    self._run_block(block, executor)
                    search.tell(partial(self._directory.rows, block))
        except OSError as problem:
            # Out of processes, file handles, memory or shared memory: nothing that a container did.
            raise WorkerError(
                f"the system refuses what worker processes need ({problem}); what was finished is kept, and --resume "
                "goes on from there"
            ) from problem
        return int(np.count_nonzero(self._proposed))

    def _propose(self, search: Search) -> NDArray[np.int64]:
        """The next block, rising, after a check that the search may propose it."""
        block = np.sort(search.propose())
        name, n = self._prepared.config.optimization.method, len(self._proposed)
        if len(block) and not 0 <= block[0] <= block[-1] < n:
            raise ConfigError(
                f"optimization.method: {name} proposes containers {block[0]} to {block[-1]}; expected 0 to {n - 1}"
            )
        again = block[self._proposed[block] | (np.diff(block, append=n) == 0)]
        if len(again):
            raise ConfigError(f"optimization.method: {name} proposes container {again[0]} twice; expected it once")
        self._proposed[block] = True
        return block

    def _run_block(self, block: NDArray[np.int64], executor: Executor) -> None:
        """Run the containers of a block that have no rows yet."""
        left = block[~self._completed[block]]
        if len(left) < len(block) and self._prepared.config.optimization.draws:
            self._check_stored(block[self._completed[block]])
        if self._progress is not None:
            bars = self._prepared.data.n_bars
            self._progress.begin(len(block), done=len(block) - len(left), bars_per_container=bars)
        waiting: dict[int, Containers] = {}
        batches = run_batches(self._tasks(left, waiting), self._plan, executor, self._figures.incidents)
        with closing(batches) as outcomes:
            for number, outcome in outcomes:
                containers = waiting.pop(number)
                first = self._prepared.grid.container(int(containers.index[0]))
                self._figures.add(outcome, containers, self._prepared.state_bytes(first))
                self._add(containers, outcome.errors, outcome.metrics)
                if self._progress is not None:
                    self._progress.advance(len(containers))

    def _check_stored(self, indices: NDArray[np.int64]) -> None:
        """Refuse to go on where the rows on the disk are not those of the points that are drawn now."""
        stored = self._directory.rows(indices).column("container_id").to_pylist()
        drawn = self._prepared.grid.select(indices).container_id
        for index, before, now in zip(indices.tolist(), stored, drawn, strict=True):
            if before != now:
                raise ResultsError(
                    f"{self._directory.path}: cannot resume, container {index} was {before} and is now {now}: the "
                    "search draws other points than before. Were constraints or an objective that are functions "
                    "changed? Start a new run in another directory."
                )

    def _tasks(self, indices: NDArray[np.int64], waiting: dict[int, Containers]) -> Iterator[tuple[int, BatchTask]]:
        """Batches of containers, laid out as they are needed; what cannot run at all becomes its row here."""
        prepared, plan = self._prepared, self._plan
        limits = prepared.limits(plan.n_jobs, self._memory_of_job)
        if prepared.isolation.used == MINIMAL:
            indices = prepared.grid.side_by_side(indices)
        begin = 0
        for number, size in enumerate(plan.sizes(len(indices))):
            containers = prepared.grid.select(indices[begin : begin + size])
            begin += size
            refusals = prepared.refusals(containers)
            if refusals:
                refused = np.isin(np.arange(len(containers)), list(refusals))
                rows = containers.part(np.flatnonzero(refused))
                width = len(prepared.result_names) + len(self._ends) * len(PERIOD_FIELDS)
                nothing = np.full((len(rows), width), np.nan)
                self._add(rows, list(refusals.values()), nothing)
                containers = containers.part(np.flatnonzero(~refused))
            if len(containers):
                waiting[number] = containers
                yield number, prepared.task(containers, limits, self._ends)

    def _add(self, containers: Containers, errors: Sequence[str | None], metrics: NDArray[np.float64]) -> None:
        make_canonical(metrics)
        index, ids, seeds = containers.index, containers.container_id, containers.seed
        names = self._prepared.result_names
        table, periods = metrics[:, : len(names)], metrics[:, len(names) :]
        if self._ends:
            table = np.ascontiguousarray(table)
        kept = periods if self._ends else None
        self._directory.add(ResultBlock(index, ids, seeds, containers.swept, errors, names, table, kept))
