"""Batches as tasks of Dask's on the hosts of a cluster, a bounded number of them in flight.

Dask's scheduler hands tasks to hosts and runs those of a lost host again. Bars and strategies are on the hosts before
(``dask_hosts``), so a task is the numbers of its containers.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from admf_jit.errors import WorkerError
from admf_jit.results.row import KILLED, explained
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import SECONDS_BETWEEN_CHECKS, Result
from admf_jit.workers.executors.dask_cluster import DaskCluster
from admf_jit.workers.executors.dask_host import CONTAINERS, run_part
from admf_jit.workers.executors.dask_hosts import Host, resource_of
from admf_jit.workers.executors.dask_kit import Kit, Work
from admf_jit.workers.limits import Ended

if TYPE_CHECKING:
    from distributed import Future

#: Tasks in flight for each batch that the hosts run at a time: one waits there while one runs.
_IN_FLIGHT = 2
#: Who is there is looked at so often.
_SECONDS_BETWEEN_LOOKS = 1.0
#: What a task came to takes so long to fetch at the most; then it is run again.
_SECONDS_TO_FETCH = 60.0
#: Without any host that could run a batch, a sweep is given up after so long.
_SECONDS_ALONE = 60.0


@dataclass
class _Run:
    part: BatchPart
    task: BatchTask
    kit: Kit
    future: Future[Any]
    #: The stays of the hosts that were ready when it was submitted.
    stays: frozenset[tuple[str, int]]


class DaskExecutor:
    """Parts of batches on the hosts of a cluster."""

    def __init__(self, n_jobs: int, cluster: DaskCluster) -> None:
        self._n_jobs = n_jobs
        self._client = cluster.client
        self._hosts = cluster.hosts
        self._hosts.changed = lambda: self._events.put(None)
        self._kits: list[Kit] = []
        self._waiting: deque[tuple[BatchPart, BatchTask, Kit]] = deque()
        self._running: dict[str, _Run] = {}
        self._events: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        self._looked = self._served = time.monotonic()
        self._slots: dict[str, int] = {}
        self._submitted = 0

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Hand the part to Dask, or let it wait until the hosts have room and what it needs."""
        self._waiting.append((part, task, self._kit(task)))
        self._start()

    def results(self) -> Iterator[Result]:
        """What has finished by now."""
        self._look()
        results: list[Result] = []
        for event in self._next_events():
            if event is None:
                continue
            key, returned = event
            run = self._running.pop(key, None)
            if run is None:  # it was submitted again in the meantime
                continue
            outcome = self._outcome(run, returned)
            if outcome is None:
                self._waiting.appendleft((run.part, run.task, run.kit))
            else:
                results.append((run.part, outcome))
        self._start()
        yield from results

    def close(self) -> None:
        """Cancel what still runs: hosts end its processes."""
        self._waiting.clear()
        running, self._running = self._running, {}
        if running and self._client.status == "running":
            self._client.cancel([run.future for run in running.values()], force=True)

    def _kit(self, task: BatchTask) -> Kit:
        for kit in self._kits:
            if kit.fits(task):
                return kit
        kit = Kit.of(task)
        self._kits.append(kit)
        self._hosts.provide(kit)
        return kit

    def _start(self) -> None:
        while self._waiting and self._client.status == "running":
            part, task, kit = self._waiting[0]
            room = _IN_FLIGHT * min(self._n_jobs, sum(host.jobs for host in self._hosts.ready(kit.name)))
            if len(self._running) >= room:
                return
            self._waiting.popleft()
            self._submitted += 1
            key = f"containers-{kit.name[:8]}-{part.batch}-{id(self):x}-{self._submitted}"
            future = self._client.submit(
                run_part,
                kit.name,
                Work.of(task),
                key=key,
                pure=False,
                resources={resource_of(kit.name): 1, CONTAINERS: len(part)},
            )
            self._running[key] = _Run(part, task, kit, future, self._stays(kit))
            future.add_done_callback(self._fetch)

    def _fetch(self, future: Future[Any]) -> None:
        """Get what a task came to, in a thread of Dask's."""
        returned: Any
        try:
            returned = future.result(timeout=_SECONDS_TO_FETCH)
        except BaseException as problem:
            returned = problem
        self._events.put((str(future.key), returned))

    def _next_events(self) -> list[tuple[str, Any] | None]:
        events = []
        try:
            events.append(self._events.get(timeout=SECONDS_BETWEEN_CHECKS))
            while True:
                events.append(self._events.get_nowait())
        except queue.Empty:
            return events

    def _outcome(self, run: _Run, returned: Any) -> BatchOutcome | Ended | None:
        """What a task came to; None where it has to be submitted again."""
        from distributed import KilledWorker
        from distributed.client import CancelledError
        from distributed.comm import CommClosedError

        if isinstance(returned, KilledWorker):
            reason = f"the workers that ran it were lost, one after the other ({returned})"
            return Ended(KILLED, explained(KILLED, reason), external=True)
        # Its scheduler is gone, or what held its result.
        if isinstance(returned, CancelledError | CommClosedError | TimeoutError):
            self._check_client()
            return None
        if isinstance(returned, BaseException):
            raise returned
        address, outcome = returned
        host = self._hosts.known[address]
        host.batches += 1
        if isinstance(outcome, BatchOutcome):
            host.containers += len(outcome.errors)
            host.seconds += outcome.seconds
            slot = self._slots.setdefault(address, len(self._slots))
            outcome = replace(outcome, process=slot, host=host.name)
        kept: BatchOutcome | Ended = outcome
        return kept

    def _look(self) -> None:
        """See who is there, now and then."""
        now = time.monotonic()
        if now - self._looked < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked = now
        self._check_client()
        self._hosts.refresh()
        if any(self._stays(kit) for kit in self._kits):
            self._served = now
        elif now - self._served > _SECONDS_ALONE:
            raise WorkerError(_nobody(list(self._hosts.known.values())))
        # Dask looks for a host with a resource when a task is submitted or its host lost, and not when one gets ready.
        stranded = [key for key, run in self._running.items() if not run.stays & self._stays(run.kit)]
        if stranded and self._client.status == "running":
            runs = [self._running.pop(key) for key in stranded]
            self._client.cancel([run.future for run in runs], force=True)
            self._waiting.extendleft((run.part, run.task, run.kit) for run in reversed(runs))
            self._start()

    def _stays(self, kit: Kit) -> frozenset[tuple[str, int]]:
        """The hosts that batches over a kit can run on now."""
        return frozenset(host.stay for host in self._hosts.ready(kit.name))

    def _check_client(self) -> None:
        if self._client.status not in ("running", "connecting"):
            raise WorkerError(
                f"the connection to Dask's scheduler is {self._client.status}; what was finished is kept: go on with "
                "--resume"
            )


def _nobody(hosts: list[Host]) -> str:
    refused = [f"{host.name}: {host.refused}" for host in hosts if host.refused is not None and not host.lost]
    text = f"no host was there to run anything for {_SECONDS_ALONE:g} s; what was finished is kept: go on with --resume"
    return "\n".join([text, *refused])
