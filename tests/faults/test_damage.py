"""Damage that one container does, or that is done to its process, and the rows of all the others."""

import contextlib
import itertools
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from admf_jit.cli import main
from admf_jit.results import Progress
from admf_jit.workers import forked
from admf_jit.workers.executors import loky
from admf_jit.workflow import GridRun, verify
from admf_kernels.minimal.market_orders import TILE
from tests.faults.vandal import ALLOCATE, DEEP_CALL, HUGE_ARRAY, LOOP, RAISE
from tests.workflow.runs import on, results_of, run

STATUS = {
    0: "ok",
    RAISE: "failed",
    LOOP: "timeout",
    ALLOCATE: "memory_limit",
    HUGE_ARRAY: "memory_limit",
    DEEP_CALL: "crashed",
}
PERIODS = [2, 3, 5, 8, 13, 21, 34]


def config(damage: list[int], periods: list[int] = PERIODS) -> dict[str, Any]:
    return {
        "name": "damage",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "tests.faults.vandal:Vandal"},
        "optimization": {"parameters": {"period": periods, "damage": damage}},
        "containers": {"Vandal": {"resources": {"memory_limit": "128MB", "time_limit": 0.5}}},
    }


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    done = run(config([0]), tmp_path_factory.mktemp("clean") / "run", n_jobs=1)
    assert done.manifest["workers"]["ended_early"] == {}
    return hashes(done)


def hashes(done: GridRun) -> dict[str, str]:
    frame = done.table.to_pandas()
    fine = frame[frame["status"] == "ok"]
    return dict(zip(fine["container_id"], fine["result_hash"], strict=True))


@pytest.mark.parametrize(("executor", "n_jobs", "batch_size"), [("forks", 1, 42), ("forks", 2, 5), ("loky", 2, 5)])
def test_what_a_container_does_is_its_row_alone(
    clean: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    executor: str,
    n_jobs: int,
    batch_size: int,
) -> None:
    damage = [0, RAISE, ALLOCATE, HUGE_ARRAY, DEEP_CALL] + [LOOP] * (n_jobs == 2)
    periods = PERIODS if executor == "forks" else PERIODS[:2]  # a worker takes a second to start
    work = on(executor, config(damage, periods))
    done = run(work, tmp_path / "run", n_jobs=n_jobs, batch_size=batch_size, progress=Progress())
    frame = done.table.to_pandas()
    assert list(frame["status"]) == [STATUS[kind] for _ in periods for kind in damage]
    assert hashes(done) == dict(list(clean.items())[: len(periods)])
    errors = frame.set_index("damage")["error"]
    assert errors[RAISE].str.contains(r"ValueError: damage was asked for at .*vandal\.py:\d+").all()
    assert errors[RAISE].str.contains("(bar 50, ", regex=False).all()
    assert errors[ALLOCATE].str.startswith("memory_limit: MemoryError: ").all()
    assert errors[DEEP_CALL].str.startswith("crashed: its process died by SIGSEGV").all()
    assert done.manifest["workers"]["ended_early"]["crashed"] >= len(periods)
    assert "crashed: its process died by SIGSEGV" in capsys.readouterr().err
    if n_jobs == 2:
        assert errors[LOOP].str.startswith("timeout: ran for more than 0.5 s of processor time").all()
        assert done.manifest["workers"]["ended_early"]["timeout"] == len(periods), "each waited for once"


class Disturbing(Progress):
    """Sends a signal to a process when a batch is done, once, and listens for what is said of it."""

    def __init__(self, number: int, find: Callable[[], int | None]) -> None:
        super().__init__()
        self.number = number
        self.find = find
        self.sent = 0
        self.heard = False

    def note(self, text: str) -> None:
        super().note(text)
        self.heard |= bool(self.sent)

    def advance(self, containers: int) -> None:
        super().advance(containers)
        found = None if self.sent else self.find()
        if found is not None:
            os.kill(found, self.number)
            self.sent += 1
            # It is stopped when it gets to run, which a busy machine may put off.
            while self.number == signal.SIGSTOP and status(found) not in (psutil.STATUS_STOPPED, GONE):
                time.sleep(0.001)


GONE = "gone"


def status(process: int) -> str:
    """What a process does; some have ended."""
    try:
        return str(psutil.Process(process).status())
    except psutil.NoSuchProcess:
        return GONE


def workers() -> list[int]:
    """This process's children that are workers of loky."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "popen_loky" in " ".join(child.cmdline()):  # and not its tracker
                found.append(child.pid)
    return found


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP", "SIGTERM"])
def test_a_process_that_is_ended_or_stopped_externally_costs_no_row(
    clean: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The first process that is forked for a batch waits there for its signal, which is sent when another one is done.

    Without that a batch may be done before its process gets the signal.
    """
    read_end, write_end = os.pipe()
    forks = itertools.count()
    fork, run_batch = forked._fork, forked._run
    waits = False

    def fork_noting_the_first() -> int:
        nonlocal waits
        number = next(forks)
        child = fork()
        waits = child == 0 and number == 0
        return child

    def wait_or_run(*arguments: Any) -> dict[str, Any]:
        if waits:
            os.write(write_end, str(os.getpid()).encode())
            while True:
                signal.pause()
        return run_batch(*arguments)

    monkeypatch.setattr(forked, "_fork", fork_noting_the_first)
    monkeypatch.setattr(forked, "_run", wait_or_run)
    progress = Disturbing(getattr(signal, name), lambda: int(os.read(read_end, 20)))
    done = run(config([0]), tmp_path / "run", n_jobs=2, batch_size=1, progress=progress)
    os.close(read_end)
    os.close(write_end)
    assert (progress.sent, progress.heard) == (1, True)
    assert hashes(done) == clean
    assert sum(done.manifest["workers"]["ended_early"].values()) == 1
    assert next(forks) == len(PERIODS) + 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP", "SIGTERM"])
def test_a_worker_that_is_ended_or_stopped_externally_costs_no_row(
    clean: dict[str, str], tmp_path: Path, name: str
) -> None:
    """It may be idle at that moment, and the sweep at its end before anybody notices."""
    progress = Disturbing(getattr(signal, name), lambda: next(reversed(workers()), None))
    done = run(on("loky", config([0])), tmp_path / "run", n_jobs=2, batch_size=1, progress=progress)
    assert progress.sent
    assert hashes(done) == clean
    assert psutil.STATUS_STOPPED not in map(status, workers())


def test_an_idle_worker_that_is_killed_is_replaced(clean: dict[str, str], tmp_path: Path) -> None:
    run(on("loky", config([0])), tmp_path / "first", n_jobs=1)
    (idle,) = loky._idle[-1:]
    idle.kill()
    idle._pool._executor_manager_thread.join()
    done = run(on("loky", config([0])), tmp_path / "run", n_jobs=1)
    assert hashes(done) == clean
    assert done.manifest["workers"]["ended_early"] == {}


def test_the_table_has_the_same_bytes_whatever_ended(tmp_path: Path) -> None:
    for name, n_jobs, batch_size in (("a", 1, 21), ("b", 2, 2)):
        run(config([0, DEEP_CALL, HUGE_ARRAY]), tmp_path / name, n_jobs=n_jobs, batch_size=batch_size)
    assert results_of(tmp_path / "a") == results_of(tmp_path / "b")


def test_what_ended_early_is_replayed_in_a_process_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "run"
    run(config([0, DEEP_CALL, ALLOCATE], [5]), directory, n_jobs=1)
    assert main(["report", str(directory)]) == 1
    printed = capsys.readouterr().out
    assert "2 of 3 containers failed (1 crashed, 1 memory_limit):" in printed
    assert "Vandal: 3 containers ran for " in printed and "limit of a container: 0.5 s, 128.0 MiB" in printed
    assert main(["report", str(directory), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["counts"] == {"crashed": 1, "memory_limit": 1, "ok": 1}
    assert report["accounting"]["Vandal"]["largest_batch_bytes"] > 100 * 1024**2
    failures = report["failed"]
    assert [failure["status"] for failure in failures] == ["crashed", "memory_limit"]
    for failure in failures:
        command = failure["replay"].split()[3:]
        assert main(command) == 1
        assert failure["error"] in capsys.readouterr().out
        assert main([*command, "--trades"]) == 1
    assert main(["replay", str(directory), "0"]) == 0
    assert verify(directory).differences == []


def test_who_is_at_work_is_known_among_containers_that_go_through_the_bars_together(tmp_path: Path) -> None:
    """Several tiles of bars: the damage comes in a later one, when all containers of the batch are under way."""

    def spread(damage: list[int]) -> dict[str, Any]:
        wanted = config(damage, [3, 5, 8])
        return wanted | {
            "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "5m"},
            "strategy": {"type": "tests.faults.vandal:Vandal", "parameters": {"moment": TILE + 17}},
        }

    clean = run(spread([0]), tmp_path / "clean", n_jobs=1)
    assert clean.manifest["data"]["bars"] > TILE + 17 and clean.manifest["isolation"]["shares"] == "signals"
    done = run(spread([0, LOOP, DEEP_CALL]), tmp_path / "run", n_jobs=1, batch_size=9)
    assert done.table["status"].to_pylist() == ["ok", "timeout", "crashed"] * 3
    assert hashes(done) == hashes(clean)
    assert done.manifest["workers"]["ended_early"]["timeout"] == 3, "each was waited for once"
