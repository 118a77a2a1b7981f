"""Which executor runs a sweep: the one that the configuration names, that joblib's context sets, or the fastest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from admf_jit import registry
from admf_jit.config import Config
from admf_jit.config.infrastructure import DISTRIBUTED, PROCESSES
from admf_jit.workers.batch import private_bytes
from admf_jit.workers.executors import Cluster, Executor
from admf_jit.workers.executors.joblib_backends import ActiveBackend, JoblibExecutor, active_backend
from admf_jit.workers.forked import CAN_FORK

#: A process with more private memory than this is not forked for every part: that takes a millisecond for 60 MiB.
MOST_FORKED_BYTES = 1024**3
#: Executors that do what backends of joblib do, by joblib's names for these.
_LIKE_BACKENDS = {"loky": "loky", "threading": "threads", "sequential": "inline"}


@dataclass(frozen=True)
class ExecutorChoice:
    """An executor by its name, None for the fastest kind of processes; ``active`` is the joblib backend it follows.

    ``given`` is an object that the caller runs batches on, and ``cluster`` the machines, once they are there.
    """

    name: str | None
    active: ActiveBackend | None = None
    given: Any = None
    cluster: Cluster | None = None

    @property
    def n_jobs(self) -> int | None:
        """How many jobs the machines or `joblib.parallel_config` allow, or None where nothing says it."""
        if self.cluster is not None:
            return self.cluster.n_jobs
        return None if self.active is None else self.active.n_jobs

    @property
    def watched(self) -> bool:
        """Whether limits of containers are kept."""
        if self.name is None:
            return True
        return self.name in registry.EXECUTORS and registry.EXECUTORS[self.name].watched

    def name_for(self, n_jobs: int) -> str:
        """The name of the executor of ``n_jobs`` jobs, by the memory of this process as it is now."""
        if self.name is not None:
            return self.name
        return "forks" if CAN_FORK and (n_jobs == 1 or private_bytes() <= MOST_FORKED_BYTES) else "loky"

    def described(self, n_jobs: int) -> str:
        """The executor of ``n_jobs`` jobs in one line, with what has chosen it."""
        why = "" if self.active is None else " (joblib.parallel_config)"
        return f"executor {self.name_for(n_jobs)}{why}, {n_jobs} at a time"

    def connected(self, config: Config, n_jobs: int | None, note: Callable[[str], None]) -> ExecutorChoice:
        """The same with its machines, where it runs batches on others: joined, or started for ``n_jobs`` jobs.

        ``note`` is told what happens to them.
        """
        factory = None if self.name not in registry.EXECUTORS else registry.EXECUTORS[self.name].cluster
        if factory is None:
            return self
        return replace(self, cluster=registry.load(factory)(config, n_jobs, note, self.given))

    def close(self) -> None:
        """Let the machines go."""
        if self.cluster is not None:
            self.cluster.close()

    def create(self, name: str, n_jobs: int) -> Executor:
        """Start the executor that ``name_for`` has named, for ``n_jobs`` jobs."""
        if name not in registry.EXECUTORS:
            assert self.active is not None
            return JoblibExecutor(self.active.backend, n_jobs)
        machines = () if self.cluster is None else (self.cluster,)
        executor: Executor = registry.load(registry.EXECUTORS[name].factory)(n_jobs, *machines)
        return executor


def choose_executor(backend: str | None, given: Any = None) -> ExecutorChoice:
    """The executor for the name in a configuration, which comes before joblib's context.

    ``given``, a client of Dask's, comes before both.
    """
    if given is not None:
        return ExecutorChoice(DISTRIBUTED, given=given)
    if backend is not None:
        return ExecutorChoice(None if backend == PROCESSES else backend)
    active = active_backend()
    if active is None:
        return ExecutorChoice(None)
    return ExecutorChoice(_LIKE_BACKENDS.get(active.name, f"joblib {active.name}"), active)
