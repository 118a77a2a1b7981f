"""kill -9 at random moments: of the command alone, of one of its processes first, of all at once; and what goes on."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil

from admf_jit.errors import ResultsError
from admf_jit.results.manifest import read_manifest
from admf_jit.results.run_directory import RUNNING
from tests.patience import PATIENCE
from tests.torture.sweep import Sweep, stop

_EXECUTORS = (("--n-jobs", "1"), ("--n-jobs", "2"), ("--n-jobs", "2", "--pool"))


def kill_and_resume(sweep: Sweep, chance: random.Random) -> None:
    """Kill a command, in one of four rounds also the one that goes on with it, and hold the end to the same bytes."""
    sweep.fresh()
    words = [*chance.choice(_EXECUTORS), "--batch-size", sweep.batch_size(chance)]
    # The isolation may be another one in the run that goes on: the bits are the same.
    words += ["--set", f"execution.optimization_phase.isolation={chance.choice(('auto', 'full'))}"]
    kill_at_random(sweep, chance, *words)
    if chance.random() < 0.25:
        going_on = ["--resume"] if (sweep.directory / "manifest.json").exists() else []
        kill_at_random(sweep, chance, *words, *going_on)
    sweep.resume()


def interrupt_and_resume(sweep: Sweep, chance: random.Random) -> None:
    """Ctrl-C, which reaches all processes of a terminal, at a random moment of the work: what is done is kept."""
    sweep.fresh()
    words = [*chance.choice(_EXECUTORS), "--batch-size", sweep.batch_size(chance)]
    process = sweep.start(*words)
    sweep.killed.append(process.pid)
    while not (sweep.directory / "manifest.json").exists():
        assert process.poll() is None, sweep.said()
        time.sleep(0.005)
    start, whole = sweep.seconds_of_command
    time.sleep(chance.uniform(0.0, whole - start))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    status = process.wait(PATIENCE)
    # After all its work, while Python itself shuts down, a signal ends it without a word; a shell calls that 130 too.
    if status == -signal.SIGINT:
        assert all(line.startswith("note: ") for line in sweep.said()), sweep.said()
        assert (sweep.directory / "results.parquet").exists()
        return
    assert status in (0, 130), (status, sweep.said())
    if status:
        said = sweep.said()[-1]
        if said.startswith("interrupted. The sweep is finished, see: "):
            assert (sweep.directory / "results.parquet").exists() and said.endswith(f" report {sweep.directory}")
        else:
            assert said.startswith("interrupted. Go on with: ") and said.endswith(" --resume"), sweep.said()
    sweep.resume()


def kill_while_compiling(sweep: Sweep, chance: random.Random) -> None:
    """Kill a command that has to compile a part of what it needs, and go on with the cache that it leaves."""
    sweep.fresh()
    cache = cache_without_some(sweep, chance)
    kill_at_random(sweep, chance, "--n-jobs", "1", seconds=chance.uniform(0.5, 8.0), cache=cache)
    going_on = ["--resume"] if (sweep.directory / "manifest.json").exists() else []
    process = sweep.start("--n-jobs", "1", *going_on, cache=cache)
    assert process.wait(PATIENCE) == 0, sweep.said()
    assert sweep.results() == sweep.bytes


def torn_cache(sweep: Sweep, chance: random.Random) -> None:
    """Files of the cache that a power cut has emptied or cut off: they are made again, without a complaint."""
    sweep.fresh()
    cache = cache_without_some(sweep, chance, torn=True)
    process = sweep.start("--n-jobs", "1", cache=cache)
    assert process.wait(PATIENCE) == 0, sweep.said()
    assert sweep.results() == sweep.bytes
    # What was assumed about the data, and that something is compiled, is said in any run.
    assert all(line.startswith(("note: ", "compiling ")) for line in sweep.said()), sweep.said()


def cache_without_some(sweep: Sweep, chance: random.Random, *, torn: bool = False) -> Path:
    """A copy of the cache of compiled strategies that lacks some files, or in which they are cut off."""
    place = sweep.folder / "cache"
    shutil.copytree(sweep.cache, place)
    files = [path for path in sorted(place.rglob("*")) if path.suffix in (".py", ".nbi", ".nbc")]
    for path in chance.sample(files, chance.randrange(1, 4)):
        if torn:
            content = path.read_bytes()
            path.write_bytes(content[: chance.choice((0, chance.randrange(len(content))))])
        else:
            path.unlink()
    return place


def kill_at_random(
    sweep: Sweep, chance: random.Random, *words: str, seconds: float | None = None, cache: Path | None = None
) -> None:
    """Start the command and kill it, at a random moment of its life unless `seconds` says when."""
    start, whole = sweep.seconds_of_command
    if seconds is None:
        seconds = chance.uniform(start, 1.1 * whole) if chance.random() < 0.85 else chance.uniform(0.0, start)
    process = sweep.start(*words, cache=cache)
    sweep.killed.append(process.pid)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process, chance.choice(("alone", "alone", "after another", "with all")), chance)
        process.wait()
    else:
        assert status == 0, f"it left with {status} before it was killed: {sweep.said()}"


def kill(process: subprocess.Popen[bytes], how: str, chance: random.Random) -> None:
    """Kill it, alone, or some time after one of those that come from it, or together with all of them."""
    try:
        others = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        others = []
    if how == "after another" and others:
        end(chance.choice(others))
        time.sleep(chance.choice((0.0, chance.uniform(0.0, 0.5))))
    for number in [*(others if how == "with all" else []), process.pid]:
        end(number)


def end(process: int) -> None:
    """kill -9, wherever it still is."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def two_writers(sweep: Sweep, chance: random.Random) -> None:
    """A second run into the directory of one that is under way: it is refused, and the first comes to its end."""
    sweep.fresh()
    first = sweep.start("--n-jobs", "2", "--batch-size", "20")
    while not (sweep.directory / "manifest.json").exists():
        assert first.poll() is None, sweep.said()
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.3))
    while first.poll() is None:
        # Whoever is in the middle of a run has to stay there while the second one looks.
        stop(first.pid)
        writes = first.poll() is None and read_manifest(sweep.directory)["status"] == RUNNING
        refused = False
        try:
            sweep.run(resume=True, n_jobs=1)
        except ResultsError as problem:
            refused = True
            assert f"process {first.pid} on " in str(problem) and "is writing" in str(problem), problem
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first.pid, signal.SIGCONT)
        assert refused or not writes, "the second writer came while the first one wrote"
        time.sleep(chance.uniform(0.05, 0.3))
    assert first.wait() == 0, sweep.said()
    assert sweep.results() == sweep.bytes
