"""What the workers of sweeps report about themselves, for the manifest of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from admf_jit.parameter_grid import Containers
from admf_jit.workers.batch import BatchOutcome
from admf_jit.workers.dispatch import Incidents
from admf_jit.workers.executors import Cluster
from admf_jit.workers.plan import Plan
from admf_jit.workflow.prepared_run import PreparedSweep

#: A process whose private memory grew by more than this, beyond a container's known state, is reported.
_MUCH_GROWTH = 64 * 1024**2


@dataclass
class WorkerFigures:
    """What the workers report about themselves."""

    containers: dict[int, int] = field(default_factory=dict)
    from_cache: dict[int, bool] = field(default_factory=dict)
    private_bytes: int = 0
    grown: int = 0
    events: int = 0
    columns_computed: int = 0
    columns_reused: int = 0
    seconds: float = 0.0
    incidents: Incidents = field(default_factory=Incidents)
    growing: list[dict[str, int]] = field(default_factory=list)

    def add(self, outcome: BatchOutcome, containers: Containers, state: int) -> None:
        """Add what a batch reports; ``state`` is what is known of the memory of one of its containers, in bytes."""
        process = outcome.process
        self.containers[process] = self.containers.get(process, 0) + len(outcome.errors)
        self.from_cache[process] = outcome.from_cache
        self.private_bytes = max(self.private_bytes, outcome.private_bytes)
        self.grown = max(self.grown, outcome.grown)
        if outcome.grown > _MUCH_GROWTH + 2 * state:
            # Its process ended with the batch, and the memory with it; the next batch has a new one.
            first, last = int(containers.index[0]), int(containers.index[-1])
            self.growing.append({"first": first, "last": last, "bytes": outcome.grown})
            growth = f"{outcome.grown / 2**20:,.0f} MiB"
            self.incidents.report(f"the process of containers {first} to {last} grew by {growth} and was replaced")
        self.events += outcome.n_events
        self.columns_computed += outcome.columns.computed
        self.columns_reused += outcome.columns.reused
        self.seconds += outcome.seconds

    def facts(self, plan: Plan, executor: str, cluster: Cluster | None = None) -> dict[str, Any]:
        """For the manifest."""
        hits = sum(self.from_cache.values())
        return {
            "executor": executor,
            "processes": len(self.containers),
            "cache_hits": hits,
            "cache_misses": len(self.from_cache) - hits,
            "batch_size": plan.batch_size,
            "in_flight": plan.in_flight,
            "events": self.events,
            "columns_computed": self.columns_computed,
            "columns_reused": self.columns_reused,
            "largest_private_bytes": self.private_bytes,
            "ended_early": self.incidents.endings,
            "grown": self.growing,
            **({} if cluster is None else {"hosts": cluster.facts()}),
        }


def together(figures: Sequence[WorkerFigures]) -> WorkerFigures:
    """Return what the workers of several sweeps report, added up."""
    if len(figures) == 1:
        return figures[0]
    whole = WorkerFigures()
    for one in figures:
        for process, containers in one.containers.items():
            whole.containers[process] = whole.containers.get(process, 0) + containers
            whole.from_cache[process] = whole.from_cache.get(process, True) and one.from_cache[process]
        for status, count in one.incidents.endings.items():
            whole.incidents.endings[status] = whole.incidents.endings.get(status, 0) + count
        whole.private_bytes = max(whole.private_bytes, one.private_bytes)
        whole.grown = max(whole.grown, one.grown)
        whole.events += one.events
        whole.columns_computed += one.columns_computed
        whole.columns_reused += one.columns_reused
        whole.seconds += one.seconds
        whole.growing += one.growing
    return whole


def accounting_of(sweeps: Sequence[tuple[WorkerFigures, PreparedSweep]]) -> dict[str, Any]:
    """Return what the containers of each strategy used in this session, and what they were allowed."""
    names = [sweep.strategy or sweep.prepared.definition.name for _, sweep in sweeps]
    found = {}
    for name in dict.fromkeys(names):
        mine = [sweep for sweep, of in zip(sweeps, names, strict=True) if of == name]
        figures = together([one for one, _ in mine])
        found[name] = {
            "containers": sum(figures.containers.values()),
            "worker_seconds": figures.seconds,
            "largest_batch_bytes": figures.grown,
            **mine[0][1].prepared.resources.model_dump(mode="json"),
        }
    return found
