"""The sweep that is damaged, its rows when nothing is, and what has to be true after every round."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from admf_jit.config import load_config
from admf_jit.results import Progress
from admf_jit.strategies.cache import CACHE_VARIABLE
from admf_jit.testing import Fault
from admf_jit.workers.executors import choice
from admf_jit.workflow import run_grid
from tests.faults.test_injected import ENDS_AS
from tests.workflow.runs import ROOT

_MARK = "ADMF_JIT_TORTURE"
_RUN = "run"
#: Containers beyond these differ from each other in their size alone.
_PERIODS = 1000
#: Orphans end within a second or two of processor time; a machine with other work gives them that in a minute.
_SECONDS_UNTIL_ORPHANS_END = 60.0


class Notes(Progress):
    """Keeps what a sweep has to say."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)


class Sweep:
    """The sweep that is damaged, in a folder of its own, and its rows when nothing is: so many, or whole thousands.

    ``longest_wait`` is the longest that processes and shared memory outlived a round, in seconds.
    """

    def __init__(self, folder: Path, n_containers: int) -> None:
        os.environ[_MARK] = str(folder)
        self.folder = folder
        n_periods = min(n_containers, _PERIODS)
        n_sizes = n_containers // n_periods
        self.n_containers = n_periods * n_sizes
        self.config = {
            "name": "torture",
            "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "15m"},
            "strategy": {"type": "sma_crossover"},
            "optimization": {
                "parameters": {
                    "slow_period": list(range(20, 20 + n_periods)),
                    "position_size": [0.05 * (i + 1) / n_sizes for i in range(n_sizes)],
                }
            },
            "containers": {"defaults": {"resources": {"memory_limit": "128MB", "time_limit": 0.5}}},
        }
        self.kept = folder / "kept"
        self.kept.mkdir()
        self.file = self.kept / "config.yaml"
        self.file.write_text(json.dumps(self.config), encoding="utf-8")
        self.killed: list[int] = []
        self.longest_wait = 0.0
        self.directory = folder / _RUN
        self.clean = self.run()
        self.bytes = self.results()
        #: How long the command takes to come to its directory, and to its end, where nothing happens.
        self.seconds_of_command = self._time_command()

    def run(self, *, workers: bool = False, **how: Any) -> list[dict[str, Any]]:
        """Run it into its directory, two batches at a time unless said otherwise; its rows.

        With `workers` they are run by those that are for processes that are too large to be forked for every batch.
        """
        most = 0 if workers else choice.MOST_FORKED_BYTES
        with patch.object(choice, "MOST_FORKED_BYTES", most):
            done = run_grid(load_config(self.config), out=self.directory, **{"n_jobs": 2, **how})
        rows: list[dict[str, Any]] = done.table.to_pylist()
        return rows

    def batch_size(self, chance: random.Random) -> str:
        """An eighth, a twentieth or a fiftieth of the containers, as the command is told."""
        return str(max(1, self.n_containers // chance.choice((50, 20, 8))))

    def fresh(self) -> None:
        """Empty the folder of what the last round left."""
        for entry in self.folder.iterdir():
            if entry != self.kept:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _time_command(self) -> tuple[float, float]:
        self.fresh()
        began = time.monotonic()
        process = self.start("--n-jobs", "2", "--batch-size", str(max(1, self.n_containers // 20)))
        while process.poll() is None and not self.directory.exists():
            time.sleep(0.005)
        start = time.monotonic() - began
        assert process.wait() == 0, self.said()
        return start, time.monotonic() - began

    @cached_property
    def cache(self) -> Path:
        """A cache of compiled strategies with what the sweep needs and nothing else."""
        self.fresh()
        place = self.kept / "cache"
        process = self.start("--n-jobs", "2", cache=place)
        assert process.wait() == 0, self.said()
        self.fresh()
        return place

    def results(self) -> bytes:
        """The bytes of its results."""
        return (self.directory / "results.parquet").read_bytes()

    def start(
        self, *words: str, wrapped_in: tuple[str, ...] = (), cache: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the command for it; what it says is kept in files of the folder, numbered from 1 on."""
        command = [*wrapped_in, sys.executable, "-m", "tests.torture.command", "grid", str(self.file), "--no-report"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        if cache is not None:
            environment[CACHE_VARIABLE] = str(cache)
        number = 1 + len(list(self.folder.glob("stderr-*")))
        with open(self.folder / f"stderr-{number}", "wb") as said:
            return subprocess.Popen(
                [*command, "--out", str(self.directory), *words],
                cwd=ROOT,
                env=environment,
                stderr=said,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def said(self) -> list[str]:
        """What the last command that was started said, without its lines of progress."""
        last = max(self.folder.glob("stderr-*"), key=lambda path: int(path.name.partition("-")[2]))
        lines = last.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if " containers, " not in line]

    def resume(self, **how: Any) -> list[str]:
        """Go on with what there is, hold it to the clean run's bytes, and return what was said meanwhile."""
        before = self.folder / "before-resume"
        shutil.rmtree(before, ignore_errors=True)
        if self.directory.exists():
            shutil.copytree(self.directory, before)
        progress = Notes()
        self.run(resume=(self.directory / "manifest.json").exists(), progress=progress, **how)
        assert self.results() == self.bytes, "other bytes than those of the clean run"
        leftovers = [path.name for path in self.directory.rglob("*") if path.name.startswith(".writing-")]
        assert not leftovers, leftovers
        return progress.notes

    def has_stopped_workers(self) -> bool:
        """Whether a worker of this process was stopped by a signal and nobody has let it go on or ended it."""
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.status() == psutil.STATUS_STOPPED:
                    return True
        return False

    def check_nothing_is_left(self) -> None:
        """No process but this one and its idle workers, and no shared memory of what was killed."""
        began = time.monotonic()
        while True:
            left = [process for process in marked(str(self.folder)) if not is_idle_worker(process)]
            files = shared_files(self.killed)
            waited = time.monotonic() - began
            self.longest_wait = max(self.longest_wait, waited)
            if not left and not files:
                return
            if waited > _SECONDS_UNTIL_ORPHANS_END:
                raise AssertionError(f"left over: {left}, {files}")
            time.sleep(0.1)

    def keep_evidence(self, place: Path, problem: Exception) -> None:
        """Copy all that a failed round left, with the processes that are there and how its rows differ."""
        shutil.copytree(self.folder, place / "folder", symlinks=True, ignore=shutil.ignore_patterns("cache"))
        lines = traceback.format_exception(problem)
        lines += [f"{describe(process)}\n" for process in marked(str(self.folder))]
        lines += [f"/dev/shm/{name}\n" for name in sorted(os.listdir("/dev/shm"))]
        try:
            import pyarrow.parquet as pq

            rows = pq.ParquetFile(self.directory / "results.parquet").read().to_pylist()
            differing = [pair for pair in zip(rows, self.clean, strict=False) if repr(pair[0]) != repr(pair[1])]
            lines.append(f"{len(rows)} rows of {len(self.clean)}, {len(differing)} of them differ\n")
            lines += [f"is {row}\nwas {clean}\n" for row, clean in differing[:20]]
        except Exception as unreadable:
            lines.append(f"no table of results: {unreadable}\n")
        (place / "evidence.txt").write_text("".join(lines), encoding="utf-8")
        self._remove_what_is_left()

    def _remove_what_is_left(self) -> None:
        """Let the next round begin as if nothing had failed."""
        for process in marked(str(self.folder)):
            if not is_idle_worker(process):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        for name in shared_files(self.killed):
            Path("/dev/shm", name).unlink(missing_ok=True)
        self.killed.clear()


def shared_files(processes: list[int]) -> set[str]:
    """What is in shared memory under the names of processes that were killed; others use it too."""
    endings = tuple(f"loky-{process}-" for process in processes)
    return {name for name in os.listdir("/dev/shm") if any(ending in name for ending in endings)}


def marked(mark: str) -> list[psutil.Process]:
    """Processes that come from this one, whoever is their parent by now."""
    # What is forked from this one has the variables that it was started with.
    found = psutil.Process().children(recursive=True)
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process not in found and process.environ().get(_MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def stop(process: int) -> None:
    """Stop a process, and wait until it is: a busy machine may put that off until it would run."""
    os.kill(process, signal.SIGSTOP)
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(process).status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
            time.sleep(0.001)


def describe(process: psutil.Process) -> str:
    """A process in a line: what it is, whose, what it does, and where in the system it waits."""
    try:
        words = " ".join(process.cmdline())
        waits = Path(f"/proc/{process.pid}/wchan").read_text()
        seconds = sum(process.cpu_times()[:2])
        return f"{process.pid} of {process.ppid()} {process.status()} {seconds:.1f} s, waits in {waits}: {words}"
    except (psutil.Error, OSError) as problem:
        return f"{process.pid}: {problem}"


def is_idle_worker(process: psutil.Process) -> bool:
    """Whether it is a loky worker of this process, or loky's tracker, and no process that runs containers."""
    try:
        ours = process.ppid() == os.getpid()
        return ours and os.getsid(process.pid) == os.getsid(0) and process.status() != psutil.STATUS_STOPPED
    except (psutil.Error, ProcessLookupError):
        return True


def check_rows(sweep: Sweep, rows: list[dict[str, Any]], failing: int | None, fault: Fault | None = None) -> None:
    """All rows but the failing one are those of the clean run, to the bit, and that one says what it did."""
    for index, (row, clean) in enumerate(zip(rows, sweep.clean, strict=True)):
        if index != failing:
            assert repr(row) == repr(clean), (index, row)
    if failing is not None and fault is not None:
        status, error = ENDS_AS[fault]
        assert rows[failing]["status"] == status, rows[failing]
        assert error is None or rows[failing]["error"].startswith(error), rows[failing]
