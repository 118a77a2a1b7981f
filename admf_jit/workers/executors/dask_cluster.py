"""The Dask cluster that a sweep runs on: one that is running, one that is started by SSH, or one on this machine."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit import interrupts
from admf_jit.config import Config
from admf_jit.config.infrastructure import LOCAL, InfrastructureConfig, MachineConfig
from admf_jit.errors import ConfigError, WorkerError
from admf_jit.wording import counted
from admf_jit.workers.executors.dask_host import CONTAINERS
from admf_jit.workers.executors.dask_hosts import Hosts
from admf_jit.workers.plan import requested_jobs

if TYPE_CHECKING:
    from distributed import Client

#: So long a scheduler may take to answer, and then a first worker to come.
_SECONDS_TO_ANSWER = 20
_SECONDS_FOR_WORKERS = 120
_SECONDS_BETWEEN_CHECKS = 0.5
#: A scheduler that was started by SSH ends when it has had nothing to do for so long, and its workers with it.
_IDLE = "30 minutes"
#: Dask's loggers say no less: what happens to hosts is said here.
_ERRORS = logging.ERROR
#: What a cluster in this process measures of itself, and how often: each time takes Python's lock from the sweep.
_SELDOM = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
}
_LOOPBACK = "127.0.0.1"
_MOST_NAMED = 8


class DaskCluster:
    """A cluster with the hosts that may run batches; what was started for it is ended with it."""

    def __init__(self, client: Client, hosts: Hosts, owned: contextlib.ExitStack) -> None:
        self.client = client
        self.hosts = hosts
        self._owned = owned

    @property
    def n_jobs(self) -> int:
        """Batches that its hosts run at a time."""
        return self.hosts.n_jobs

    @property
    def containers(self) -> int | None:
        """Containers that may be handed out at a time; None: any number."""
        return self.hosts.containers

    @property
    def memory_of_job(self) -> int:
        """Bytes that the containers of a batch may take on any host where no limit is set."""
        return self.hosts.memory_of_job

    def facts(self) -> list[dict[str, Any]]:
        """What each host is, and what it has done."""
        return self.hosts.facts()

    def close(self) -> None:
        """Leave the cluster; end it where it was started for this."""
        self._owned.close()


def connect(config: Config, n_jobs: int | None, note: Callable[[str], None], given: Any = None) -> DaskCluster:
    """Join or start the cluster that a configuration names, or take a client that is ``given``, and ask its hosts.

    Raises ConfigError where there is none, or none of its hosts may run anything.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "infrastructure.distributed: needs the package distributed; pip install 'admf_jit[distributed]'"
        ) from None
    if given is not None and (not isinstance(given, Client) or given.asynchronous):
        raise ConfigError(
            f"executor: is a {type(given).__name__}; expected a dask.distributed.Client, not asynchronous"
        )
    infrastructure = config.infrastructure
    resources = config.containers.resources_for(config.strategy.type)
    with contextlib.ExitStack() as opened:
        client = given if given is not None else opened.enter_context(_client(infrastructure, n_jobs, opened))
        _wait_for_workers(client, note)
        hosts = Hosts(client, resources, note)
        opened.callback(hosts.close)
        hosts.meet()
        if not hosts.accepted:
            refused = "\n".join(f"{host.name}: {host.refused}" for host in hosts.known.values())
            raise ConfigError(f"infrastructure.distributed: no host may run anything\n{refused}")
        _say_where(client, hosts, note)
        return DaskCluster(client, hosts, opened.pop_all())


def ssh_spec(machines: tuple[MachineConfig, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The workers and the scheduler that Dask starts by SSH: a worker on each machine, the scheduler on the first.

    It is what `distributed.SSHCluster` makes, but for options of each machine's own.
    """
    from distributed.deploy.ssh import Scheduler, Worker

    # Ports, keys and users are the business of the user's ~/.ssh/config.
    common: dict[str, Any] = {"connect_options": {}, "remote_python": None}
    # Nothing stays for long on the machines where this process is killed.
    of_scheduler = {"port": 0, "dashboard_address": ":0", "idle_timeout": _IDLE}
    scheduler = {"cls": Scheduler, "options": {"address": machines[0].host, "kwargs": of_scheduler, **common}}
    workers = {
        machine.host: {
            "cls": Worker,
            "options": {
                "address": machine.host,
                "kwargs": {**worker_options(machine), "death_timeout": _SECONDS_FOR_WORKERS},
                **common,
            },
        }
        for machine in machines
    }
    return workers, scheduler


def worker_options(machine: MachineConfig) -> dict[str, Any]:
    """Options of Dask's worker on a machine: the containers and the memory that it is to have, under its name."""
    return {
        "name": machine.host,
        "memory_limit": machine.memory,
        "resources": {CONTAINERS: machine.containers},
    }


def _client(infrastructure: InfrastructureConfig, n_jobs: int | None, opened: contextlib.ExitStack) -> Client:
    from distributed import Client

    scheduler = infrastructure.scheduler
    if scheduler == LOCAL or (scheduler is None and not infrastructure.machines):
        return Client(opened.enter_context(_local(infrastructure.machines, requested_jobs(n_jobs))))
    if scheduler is None:
        return Client(opened.enter_context(_by_ssh(infrastructure.machines)))
    where: dict[str, str] = {"address": scheduler}
    if "://" not in scheduler:
        path = Path(scheduler).expanduser()
        if not path.is_file():
            raise ConfigError(
                f"infrastructure.scheduler: is {scheduler}, and there is no such file; expected local, an address such "
                "as tcp://host:8786, or the path of a scheduler file"
            )
        where = {"scheduler_file": str(path)}
    try:
        return Client(timeout=_SECONDS_TO_ANSWER, **where)
    except (OSError, ValueError, TimeoutError) as problem:
        raise ConfigError(
            f"infrastructure.scheduler: no scheduler of Dask's answers at {scheduler} ({problem}); start one with: "
            "dask scheduler"
        ) from None


def _local(machines: tuple[MachineConfig, ...], n_jobs: int) -> Any:
    """A cluster in this process: a worker for each job, or for each machine that is to be tried out here."""
    import dask
    from distributed import Scheduler, SpecCluster, Worker

    here = f"{_LOOPBACK}:0"
    common: dict[str, Any] = {"dashboard": False, "dashboard_address": here}
    if machines:
        threads = max(1, n_jobs // len(machines))
        options = {machine.host: {"nthreads": threads, **worker_options(machine)} for machine in machines}
    else:
        options = {f"local-{number + 1}": {"nthreads": 1, "memory_limit": 0} for number in range(n_jobs)}
    for each in options.values():
        # What this process holds beside the containers is no worker's: nothing of Dask's measures it.
        each |= {**common, "memory_limit": 0}
    workers = {name: {"cls": Worker, "options": each} for name, each in options.items()}
    dashboard = find_spec("bokeh") is not None
    options_here = {"protocol": "inproc://", "port": 0, "dashboard": dashboard, "dashboard_address": here}
    scheduler = {"cls": Scheduler, "options": options_here}
    with dask.config.set(_SELDOM):
        return SpecCluster(workers, scheduler, name="admf_jit", silence_logs=_ERRORS)


def _by_ssh(machines: tuple[MachineConfig, ...]) -> Any:
    from distributed import SpecCluster

    try:
        import asyncssh  # noqa: F401
    except ImportError:
        raise ConfigError("infrastructure.machines: needs asyncssh; pip install 'admf_jit[distributed]'") from None
    workers, scheduler = ssh_spec(machines)
    try:
        return SpecCluster(workers, scheduler, name="SSHCluster", silence_logs=_ERRORS)
    except Exception as problem:
        hosts = ", ".join(machine.host for machine in machines)
        raise WorkerError(
            f"infrastructure.machines: a worker cannot be started by SSH ({type(problem).__name__}: {problem}); "
            f"expected that `ssh HOST {sys.executable} -m distributed.cli.dask_spec --help` works without a password "
            f"for {hosts}"
        ) from None


def _wait_for_workers(client: Client, note: Callable[[str], None]) -> None:
    said = False
    waited = 0.0
    while not client.scheduler_info(n_workers=-1)["workers"]:
        interrupts.check()
        if waited > _SECONDS_FOR_WORKERS:
            raise ConfigError(
                f"infrastructure.scheduler: has no workers, and none came for {_SECONDS_FOR_WORKERS} s; start one on "
                "each host with: dask worker SCHEDULER"
            )
        if not said:
            note("waiting for a first worker of the cluster")
            said = True
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(1, timeout=_SECONDS_BETWEEN_CHECKS)
        waited += _SECONDS_BETWEEN_CHECKS


def _say_where(client: Client, hosts: Hosts, note: Callable[[str], None]) -> None:
    services = client.scheduler_info(n_workers=0).get("services", {})
    # Without bokeh, what is served there says that it lacks bokeh: of a scheduler elsewhere nobody here knows.
    here = client.scheduler.address.startswith("inproc")
    has_one = "dashboard" in services and (not here or find_spec("bokeh") is not None)
    link = f", dashboard {client.dashboard_link}" if has_one else ""
    accepted = hosts.accepted
    names = ", ".join(host.name for host in accepted[:_MOST_NAMED])
    more = "" if len(accepted) <= _MOST_NAMED else f" and {len(accepted) - _MOST_NAMED} more"
    jobs = counted(hosts.n_jobs, "batch", "batches")
    note(f"Dask: {counted(len(accepted), 'host')} ({names}{more}), {jobs} at a time{link}")
