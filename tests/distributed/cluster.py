"""A Dask cluster of subprocesses on this machine: hosts with working and cache folders of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from admf_jit.strategies.cache import cache_directory
from admf_jit.strategies.compiled import compile_engine
from admf_jit.strategies.generate import PLAIN_ENGINE
from admf_jit.workers.known_answer import known_answer
from tests.patience import PATIENCE

pytest.importorskip("distributed")
from distributed import Client  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
#: A host whose package says that it is another version.
OTHER_VERSION = "import admf_jit\nadmf_jit.__version__ = '0.0.1'\n"


@dataclass
class TestCluster:
    """A scheduler and the hosts that were started for it, by name."""

    __test__ = False

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def scheduler_file(self) -> Path:
        """What says where the scheduler is."""
        return self.folder / "scheduler.json"

    def address(self, name: str) -> str:
        """The address that a host, or the scheduler, listens at."""
        return "127.0.0.1"

    def entry(self, name: str) -> tuple[str, ...]:
        """What comes before the command of a host."""
        return ()

    def cache(self, name: str) -> Path:
        """The cache folder of a host."""
        return self.folder / name / "cache"

    def start_scheduler(self, port: int = 0) -> None:
        """Start the scheduler, on loopback alone."""
        self._start("scheduler", "dask_scheduler", "--port", str(port))

    def start_host(self, name: str, preload: str | None = None, *options: str) -> None:
        """Start a host, and copy compiled engines into its empty cache: strategies it has to compile itself."""
        folder = self.folder / name
        if not self.cache(name).exists():
            copy_engines(self.cache(name))
        if preload is not None:
            (folder / "preload.py").write_text(preload, encoding="utf-8")
            options = (*options, "--preload", str(folder / "preload.py"))
        folder_of_worker = ("--local-directory", str(folder))
        self._start(name, "dask_worker", "--nthreads", "1", "--name", name, *folder_of_worker, *options)

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many workers have come."""
        with Client(scheduler_file=str(self.scheduler_file)) as client:
            while len(client.scheduler_info(n_workers=-1)["workers"]) < count:
                client.wait_for_workers(count, timeout=PATIENCE)

    def count_workers(self) -> int:
        """How many workers the scheduler knows."""
        with Client(scheduler_file=str(self.scheduler_file)) as client:
            return len(client.scheduler_info(n_workers=-1)["workers"])

    def workers_of(self, name: str) -> list[psutil.Process]:
        """The worker processes of a host, which its nanny has started."""
        if self.processes[name].poll() is not None:
            return []
        children = psutil.Process(self.processes[name].pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def kill_worker(self, name: str) -> None:
        """End the worker of a host by SIGKILL; its nanny starts another one."""
        for worker in self.workers_of(name):
            worker.send_signal(signal.SIGKILL)

    def containers(self) -> list[psutil.Process]:
        """Processes that were forked for batches, and live."""
        return [
            child
            for name in self.processes
            if name != "scheduler"
            for worker in self.workers_of(name)
            for child in worker.children()
        ]

    def stop(self, name: str) -> None:
        """End a host with all its processes."""
        process = self.processes.pop(name)
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for each in [*children, psutil.Process(process.pid)] if process.poll() is None else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait(PATIENCE)

    def _start(self, name: str, command: str, *options: str) -> None:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "ADMF_JIT_CACHE_DIR": str(self.cache(name)),
            "PYTHONPATH": f"{ROOT}:{ROOT}/kernels",
        }
        where = ["--host", self.address(name), "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
        arguments = ["--scheduler-file", str(self.scheduler_file), *where, *options]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*self.entry(name), sys.executable, "-m", f"distributed.cli.{command}", *arguments],
                cwd=self.folder / name,
                env=environment,
                stdout=log,
                stderr=log,
            )


def copy_engines(cache: Path) -> None:
    """Copy compiled engines into a cache that is not there yet: strategies have to be compiled over it."""
    known_answer()
    compile_engine(PLAIN_ENGINE)
    own = shutil.ignore_patterns("Moody*", "Slow*", "known_answer_*", "kit_*")
    shutil.copytree(cache_directory(), cache / cache_directory().name, ignore=own)


@contextlib.contextmanager
def cluster_in(folder: Path, hosts: int = 0, kind: type[TestCluster] = TestCluster) -> Iterator[TestCluster]:
    """A cluster of so many hosts, named host-1 and so on, which is ended with the block."""
    cluster = kind(folder)
    try:
        cluster.start_scheduler()
        for number in range(hosts):
            cluster.start_host(f"host-{number + 1}")
        wait_until(cluster.scheduler_file.exists)
        cluster.wait_for_workers(hosts)
        yield cluster
    finally:
        for name in list(cluster.processes):
            cluster.stop(name)


def wait_until(condition: object, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; TimeoutError if it does not."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
