"""The hosts of a Dask cluster, as the machine that runs a sweep sees them: who may run it, and who has what it needs.

A host is a worker of Dask's. It is asked what it is, and refused where results might differ; it is sent what its cache
lacks; and then it is given a resource of Dask's, which every batch asks for: so the scheduler hands batches to hosts
that are ready, and moves them to such when one is lost.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from admf_jit.config.containers import USABLE, ResourcesConfig, admission_limit
from admf_jit.data.transfer import files_of_store, pieces_of
from admf_jit.errors import ConfigError
from admf_jit.workers.executors import dask_host
from admf_jit.workers.executors.dask_host import UNBOUNDED, HostReport
from admf_jit.workers.executors.dask_kit import Kit, paths_in
from admf_jit.workers.known_answer import known_answer

if TYPE_CHECKING:
    from distributed import Client

#: Hosts that are asked and sent to at a time.
_AT_A_TIME = 8
#: A look that takes longer hangs in a connection that is gone; another one is begun.
_SECONDS_OF_A_LOOK = 20.0


@dataclass
class Host:
    """One worker of Dask's: what it says of itself, and what it has done. ``refused`` says why it runs nothing."""

    address: str
    name: str
    report: HostReport | None = None
    jobs: int = 0
    refused: str | None = None
    lost: bool = False
    times_lost: int = 0
    busy: bool = False
    ready: set[str] = field(default_factory=set)
    bytes_sent: int = 0
    containers: int = 0
    batches: int = 0
    seconds: float = 0.0

    @property
    def stay(self) -> tuple[str, int]:
        """What tells its stay in the cluster from one before or after it was lost."""
        return self.address, self.times_lost

    @property
    def accepted(self) -> bool:
        """Whether it may run batches."""
        return self.report is not None and self.refused is None and not self.lost

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        said = self.report
        return {
            "host": self.name,
            "address": self.address,
            "processor": said and said.processor,
            "versions": said and said.versions,
            "jobs": self.jobs,
            "containers": self.containers,
            "batches": self.batches,
            "worker_seconds": self.seconds,
            "bytes_sent": self.bytes_sent,
            "refused": self.refused,
            "lost": self.lost,
        }


class Hosts:
    """The hosts of a cluster. ``note`` is told what happens to them; ``changed`` when one gets ready or is refused."""

    def __init__(self, client: Client, resources: ResourcesConfig, note: Callable[[str], None]) -> None:
        from distributed.threadpoolexecutor import ThreadPoolExecutor

        self._client = client
        self._resources = resources
        self._note = note
        self._expected = dask_host.own_versions()
        self._known_result = known_answer()
        # Nothing waits for its threads at the end: one may hang in a call to a scheduler that is gone.
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="hosts")
        self._closed = False
        self._senders: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._kits: dict[str, Kit] = {}
        self._taking = threading.Lock()
        self._looking: Future[None] | None = None
        self._looked = 0.0
        self.known: dict[str, Host] = {}
        self.changed: Callable[[], None] = lambda: None

    @property
    def accepted(self) -> list[Host]:
        """Those that may run batches."""
        return [host for host in list(self.known.values()) if host.accepted]

    @property
    def n_jobs(self) -> int:
        """Batches that all hosts run at a time."""
        return sum(host.jobs for host in self.accepted)

    @property
    def containers(self) -> int | None:
        """Containers that may be handed out so that each host holds what it is to hold at the most; None: any number.

        All batches are of one size, so the host with the least room for a batch says how large that is.
        """
        rooms = [host.report.containers // host.jobs for host in self.accepted if host.report is not None]
        least = min(rooms, default=UNBOUNDED)
        return max(1, least) * self.n_jobs if least < UNBOUNDED // 2**20 else None

    @property
    def memory_of_job(self) -> int:
        """Bytes that the containers of a batch may take on any host where no limit is set."""
        shares: dict[str, int] = defaultdict(int)
        for host in self.accepted:
            assert host.report is not None
            shares[host.report.hostname] += host.jobs
        rooms = [
            USABLE * min(host.report.memory // host.jobs, host.report.total_memory // shares[host.report.hostname])
            for host in self.accepted
            if host.report is not None
        ]
        return int(min(rooms))

    def ready(self, kit: str) -> list[Host]:
        """Those that batches over a kit can run on now."""
        return [host for host in self.accepted if kit in host.ready]

    def facts(self) -> list[dict[str, Any]]:
        """All hosts that were ever seen, for the manifest."""
        return [host.facts() for host in list(self.known.values())]

    def meet(self) -> None:
        """Ask all that are there, and wait for what they say."""
        self._note_who_is_there()
        for asked in [self._pool.submit(self._ask, host) for host in list(self.known.values())]:
            asked.result()

    def refresh(self) -> None:
        """Note who is gone and get those ready that have come, in other threads: the network may be slow."""
        now = time.monotonic()
        if self._looking is None or self._looking.done() or now - self._looked > _SECONDS_OF_A_LOOK:
            self._looked = now
            self._looking = self._pool.submit(self._look)

    def provide(self, kit: Kit) -> None:
        """Get all hosts ready for a kit, in other threads, and those that come later."""
        self._kits[kit.name] = kit
        self._get_ready()

    def close(self) -> None:
        """Ask and send nothing more."""
        self._closed = True
        self._pool.shutdown(wait=False)

    def _look(self) -> None:
        if not self._closed:
            self._note_who_is_there()
            self._get_ready()

    def _get_ready(self) -> None:
        """Start with the hosts that lack something, and that nobody is at."""
        for host in list(self.known.values()):
            with self._taking:
                waits = not (host.busy or host.lost or host.refused) and not host.ready >= self._kits.keys()
                host.busy = host.busy or waits
            if waits:
                self._pool.submit(self._welcome, host)

    def _there(self) -> dict[str, Any] | None:
        """What Dask's scheduler says of its workers, by address; None while there is no scheduler to ask."""
        if self._client.status != "running":
            return None
        there: dict[str, Any] | None = self._client.scheduler_info(n_workers=-1).get("workers")
        return there if self._client.status == "running" else None

    def _note_who_is_there(self) -> None:
        there = self._there()
        if there is None:
            return
        for host in self.known.values():
            if host.lost and host.address in there:  # it was cut off, or is another one: it is asked anew
                host.lost, host.report, host.ready = False, None, set()
            elif not host.lost and host.address not in there:
                host.lost, host.times_lost = True, host.times_lost + 1
                if host.report is not None:  # nobody waits for what was being sent to it
                    self._senders.pop((host.report.hostname, host.report.place), None)
                if host.refused is None:
                    self._note(f"{host.name} is lost; what it was running is run elsewhere")
        new = [Host(address, str(said["name"])) for address, said in there.items() if address not in self.known]
        self.known |= {host.address: host for host in new}

    def _welcome(self, host: Host) -> None:
        """Ask a host if nobody has, and get it ready. What fails for want of a connection is tried again."""
        try:
            if host.report is None:
                self._ask(host)
            for kit in list(self._kits.values()):
                if host.accepted and kit.name not in host.ready and not self._closed:
                    self._prepare(host, kit)
        finally:
            host.busy = False

    def _ask(self, host: Host) -> None:
        try:
            host.report = self._run(host, dask_host.report, self._expected)
        except Exception as problem:
            if host.address in (self._there() or {}) and not _is_broken_connection(problem):
                self._refuse(host, f"{type(problem).__name__}: {problem}")
            return
        if host.name == host.address:
            host.name = f"{host.report.hostname} ({host.address})"
        reason = self._why_not(host.report)
        if reason is not None:
            self._refuse(host, reason)
            return
        fitting = admission_limit(self._resources, host.report.memory, host.report.threads)
        host.jobs = max(1, min(host.report.threads, host.report.containers, fitting))

    def _why_not(self, report: HostReport) -> str | None:
        """Why a host may not run anything, or None."""
        for name, expected in self._expected.items():
            if report.versions.get(name) != expected:
                return (
                    f"{name} is {report.versions.get(name, 'not there')} there, and {expected} here; install the same"
                )
        if report.answer != self._known_result:
            return (
                f"a container whose result is known comes to another one on its processor ({report.processor}): "
                f"{str(report.answer)[:16]}, expected {self._known_result[:16]}"
            )
        try:
            admission_limit(self._resources, report.memory, report.threads)
        except ConfigError as problem:
            return str(problem)
        return None

    def _refuse(self, host: Host, reason: str) -> None:
        host.refused = reason
        self._note(f"{host.name} is refused and runs nothing: {reason}")
        self.changed()

    def _prepare(self, host: Host, kit: Kit) -> None:
        """Send what a host lacks of a kit, and get it ready."""
        assert host.report is not None
        try:
            # Its processes share a cache: the first is sent all, and the others find it there.
            with self._senders[host.report.hostname, host.report.place]:
                self._send(host, kit)
            room = {resource_of(kit.name): host.jobs, dask_host.CONTAINERS: host.report.containers}
            self._run(host, dask_host.make_ready, kit, room)
        except Exception as problem:
            if host.address in (self._there() or {}) and not _is_broken_connection(problem):
                self._refuse(host, f"it cannot be made ready: {type(problem).__name__}: {problem}")
            return
        host.ready.add(kit.name)
        self.changed()

    def _send(self, host: Host, kit: Kit) -> None:
        lacks_store, files = self._run(host, dask_host.lacking, kit)
        for of_store, paths in (
            (True, files_of_store(kit.store) if lacks_store else []),
            (False, sorted(path for path in set(paths_in(kit.module)) if path.name in files)),
        ):
            transfer = uuid.uuid4().hex
            for path in paths:
                for piece in pieces_of(path):
                    self._run(host, dask_host.take, kit, transfer, piece, of_store=of_store)
                    host.bytes_sent += len(piece.content)
            if paths:
                self._run(host, dask_host.keep, kit, transfer, of_store=of_store)

    def _run(self, host: Host, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Call a function of ``dask_host`` on a host."""
        returned = self._client.run(function, *given, workers=[host.address], on_error="return", **named)
        value = returned[host.address]
        if isinstance(value, BaseException):
            raise value
        return value


def _is_broken_connection(problem: Exception) -> bool:
    from distributed.comm import CommClosedError

    return isinstance(problem, CommClosedError)


def resource_of(kit: str) -> str:
    """Dask's name of what a worker has that is ready for a kit: as many as it may run batches at a time."""
    return f"admf_jit {kit[:16]}"
