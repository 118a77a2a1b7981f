"""The kinds of damage: each does it once, at a random place, and holds what comes of it against a clean run."""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from admf_jit.config import load_config
from admf_jit.results import Progress
from admf_jit.testing import Fault, inject_faults
from admf_jit.workers import lanes
from admf_jit.workflow import run_grid
from tests.faults.test_injected import ENDS_AS
from tests.workflow.runs import ROOT

_MARK = "ADMF_JIT_TORTURE"
_BATCH_SIZES = (3, 20, 64, 125, None)


class Sweep:
    """The sweep that is damaged, and its rows when nothing is."""

    def __init__(self, folder: Path, n_containers: int) -> None:
        os.environ[_MARK] = str(folder)
        self.folder = folder
        self.n_containers = n_containers
        self.config = {
            "name": "torture",
            "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "15m"},
            "strategy": {"type": "sma_crossover"},
            "optimization": {"parameters": {"slow_period": list(range(20, 20 + n_containers))}},
            "containers": {"defaults": {"resources": {"memory_limit": "128MB", "time_limit": 0.5}}},
        }
        self.file = folder / "config.yaml"
        self.file.write_text(json.dumps(self.config), encoding="utf-8")
        self.clean = self.run("clean")
        self.bytes = self.results("clean")
        self.killed: list[int] = []

    def run(self, name: str, **how: Any) -> list[dict[str, Any]]:
        """Run it into a directory of that name, with two workers; its rows."""
        done = run_grid(load_config(self.config), out=self.folder / name, **{"n_jobs": 2, **how})
        rows: list[dict[str, Any]] = done.table.to_pylist()
        return rows

    def fresh(self, name: str) -> Path:
        """The directory of that name, which is not there any more."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    def results(self, name: str) -> bytes:
        """The bytes of its results."""
        return (self.folder / name / "results.parquet").read_bytes()

    def check_nothing_is_left(self) -> None:
        """No process but this one and its idle workers, and no more shared memory than before."""
        deadline = time.monotonic() + 15.0
        while time.monotonic() < deadline:
            left = [process for process in marked(str(self.folder)) if not is_idle_worker(process)]
            files = shared_files(self.killed)
            if not left and not files:
                return
            time.sleep(0.1)
        raise AssertionError(f"left over: {left}, {files}")


def shared_files(processes: list[int]) -> set[str]:
    """What is in shared memory under the names of processes that were killed; others use it too."""
    endings = tuple(f"loky-{process}-" for process in processes)
    return {name for name in os.listdir("/dev/shm") if any(ending in name for ending in endings)}


def marked(mark: str) -> list[psutil.Process]:
    """Processes that come from this one, whoever is their parent by now."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(_MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def is_idle_worker(process: psutil.Process) -> bool:
    """Whether it is a loky worker of this process, or loky's tracker, and no process that runs containers."""
    try:
        ours = process.ppid() == os.getpid()
        return ours and os.getsid(process.pid) == os.getsid(0) and process.status() != psutil.STATUS_STOPPED
    except (psutil.Error, ProcessLookupError):
        return True


def check_rows(sweep: Sweep, rows: list[dict[str, Any]], guilty: int | None, fault: Fault | None = None) -> None:
    """All rows but the guilty one are those of the clean run, to the bit, and that one says what it did."""
    for index, (row, clean) in enumerate(zip(rows, sweep.clean, strict=True)):
        if index != guilty:
            assert repr(row) == repr(clean), (index, row)
    if guilty is not None and fault is not None:
        status, error = ENDS_AS[fault]
        assert rows[guilty]["status"] == status, rows[guilty]
        assert error is None or rows[guilty]["error"].startswith(error), rows[guilty]


def injected(fault: Fault, sweep: Sweep, chance: random.Random) -> None:
    """A fault of one container."""
    guilty = chance.randrange(sweep.n_containers)
    sweep.fresh("run")
    with inject_faults({guilty: fault}):
        check_rows(sweep, sweep.run("run", batch_size=chance.choice(_BATCH_SIZES)), guilty, fault)


def from_outside(number: int, runs_containers: bool, sweep: Sweep, chance: random.Random) -> None:
    """A signal to a random process of a sweep, at a random moment: no container is guilty of it."""
    sent = threading.Event()
    over = threading.Event()

    def disturb() -> None:
        time.sleep(chance.uniform(0.0, 0.3))
        while not sent.is_set() and not over.is_set():
            everyone = psutil.Process().children(recursive=True)
            groups = [p for p in everyone if p.is_running() and (_session(p) == p.pid) == runs_containers]
            workers = [p for p in groups if runs_containers or "popen_loky" in " ".join(p.cmdline())]
            if workers:
                try:
                    os.kill(chance.choice(workers).pid, number)
                    sent.set()
                except ProcessLookupError:
                    pass
            time.sleep(0.002)

    sweep.fresh("run")
    thread = threading.Thread(target=_quietly, args=(disturb,))
    # Workers are for processes that are too large to be forked for every batch.
    most, lanes.MOST_FORKED_BYTES = lanes.MOST_FORKED_BYTES, lanes.MOST_FORKED_BYTES if runs_containers else 0
    thread.start()
    try:
        rows = sweep.run("run", batch_size=chance.choice((3, 20, 64)))
    finally:
        over.set()
        thread.join()
        lanes.MOST_FORKED_BYTES = most
    check_rows(sweep, rows, None)


def _quietly(disturb: Callable[[], None]) -> None:
    for _ in range(1000):
        try:
            return disturb()
        except psutil.Error:  # it went while it was looked at
            continue


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return -1


class Interrupting(Progress):
    """Interrupts a sweep once so many containers are done, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def advance(self, containers: int) -> None:
        self.left -= containers
        if self.left <= 0:
            raise KeyboardInterrupt


def spoiled_part(how: str, sweep: Sweep, chance: random.Random) -> None:
    """A part of an interrupted run that is cut off or has another bit."""
    directory = sweep.fresh("run")
    try:
        sweep.run("run", batch_size=20, progress=Interrupting(chance.randrange(20, sweep.n_containers // 2)))
    except KeyboardInterrupt:
        pass
    part = chance.choice(sorted((directory / "parts").iterdir()))
    content = bytearray(part.read_bytes())
    if how == "truncated":
        content = content[: chance.randrange(len(content))]
    else:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    part.write_bytes(content)
    sweep.run("run", resume=True, progress=Progress())
    assert sweep.results("run") == sweep.bytes


def kill_and_resume(sweep: Sweep, chance: random.Random) -> None:
    """kill -9 of the whole command at a random moment, and a run that goes on to the same bytes."""
    directory = sweep.fresh("killed")
    command = [sys.executable, "-m", "tests.torture.killed", str(sweep.file), str(directory)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    sweep.killed.append(process.pid)
    # From the directory's first moment to a little after the last row.
    while process.poll() is None and not directory.exists():
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 2.5))
    if chance.random() < 0.3:
        victims = [child for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None]
        for victim in chance.sample(victims, min(len(victims), 1)):
            _end(victim.pid)
        time.sleep(chance.uniform(0.0, 0.5))
    _end(process.pid)
    process.wait()
    sweep.run("killed", resume=(directory / "manifest.json").exists())
    assert sweep.results("killed") == sweep.bytes


def _end(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


KINDS: dict[str, Callable[[Sweep, random.Random], None]] = {
    **{fault.name.lower(): functools.partial(injected, fault) for fault in Fault},
    "worker killed": functools.partial(from_outside, signal.SIGKILL, False),
    "worker stopped": functools.partial(from_outside, signal.SIGSTOP, False),
    "process killed": functools.partial(from_outside, signal.SIGKILL, True),
    "process stopped": functools.partial(from_outside, signal.SIGSTOP, True),
    "part truncated": functools.partial(spoiled_part, "truncated"),
    "bit flipped": functools.partial(spoiled_part, "flipped"),
}
