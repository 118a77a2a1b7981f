"""What the workers of a sweep report about themselves, for its manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from admf_jit.parameter_grid import Containers
from admf_jit.workers.batch import BatchOutcome
from admf_jit.workers.dispatch import Incidents
from admf_jit.workers.executors import Cluster
from admf_jit.workers.plan import Plan
from admf_jit.workflow.prepare import Prepared

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

    def account(self, prepared: Prepared) -> dict[str, Any]:
        """What the containers of a strategy used in this session, and what they were allowed."""
        return {
            prepared.definition.name: {
                "containers": sum(self.containers.values()),
                "worker_seconds": self.seconds,
                "largest_batch_bytes": self.grown,
                **prepared.resources.model_dump(mode="json"),
            }
        }
