"""Which executor runs a sweep: the one that the configuration names, that joblib's context sets, or the fastest."""

from __future__ import annotations

from dataclasses import dataclass

from admf_jit import registry
from admf_jit.config.infrastructure import PROCESSES
from admf_jit.workers.batch import private_bytes
from admf_jit.workers.executors import Executor
from admf_jit.workers.executors.joblib_backends import ActiveBackend, JoblibExecutor, active_backend
from admf_jit.workers.forked import CAN_FORK

#: A process with more private memory than this is not forked for every part: that takes a millisecond for 60 MiB.
MOST_FORKED_BYTES = 1024**3
#: Executors that do what backends of joblib do, by joblib's names for these.
_LIKE_BACKENDS = {"loky": "loky", "threading": "threads", "sequential": "inline"}


@dataclass(frozen=True)
class ExecutorChoice:
    """An executor by its name, None for the fastest kind of processes; ``active`` is the joblib backend it follows."""

    name: str | None
    active: ActiveBackend | None = None

    @property
    def n_jobs(self) -> int | None:
        """How many jobs `joblib.parallel_config` allows, or None outside of it."""
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

    def create(self, name: str, n_jobs: int) -> Executor:
        """Start the executor that ``name_for`` has named, for ``n_jobs`` jobs."""
        if name not in registry.EXECUTORS:
            assert self.active is not None
            return JoblibExecutor(self.active.backend, n_jobs)
        executor: Executor = registry.load(registry.EXECUTORS[name].factory)(n_jobs)
        return executor


def choose_executor(backend: str | None) -> ExecutorChoice:
    """The executor for a configuration's ``infrastructure.backend``, which comes before joblib's context."""
    if backend is not None:
        return ExecutorChoice(None if backend == PROCESSES else backend)
    active = active_backend()
    if active is None:
        return ExecutorChoice(None)
    return ExecutorChoice(_LIKE_BACKENDS.get(active.name, f"joblib {active.name}"), active)
