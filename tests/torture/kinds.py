"""The kinds of damage: each does it once, at a random place, and holds what comes of it against a clean run."""

from __future__ import annotations

import functools
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import psutil

from admf_jit.results import Progress, run_directory
from admf_jit.results.parts import DamagedError, read_part
from admf_jit.testing import Fault, inject_faults
from tests.torture import kills, machine
from tests.torture.sweep import Sweep, check_rows, stop

_BATCH_SIZES = (3, 20, 64, 125, None)


def injected(fault: Fault, sweep: Sweep, chance: random.Random) -> None:
    """A fault of one container."""
    failing = chance.randrange(sweep.n_containers)
    sweep.fresh()
    with inject_faults({failing: fault}):
        rows = sweep.run(batch_size=chance.choice(_BATCH_SIZES), workers=chance.random() < 0.3)
        check_rows(sweep, rows, failing, fault)


def signalled(number: int, runs_containers: bool, sweep: Sweep, chance: random.Random) -> None:
    """A signal to a random process of a sweep, at a random moment: no container is the cause."""
    sent = threading.Event()
    over = threading.Event()

    def disturb() -> None:
        time.sleep(chance.uniform(0.0, 0.3))
        while not sent.is_set() and not over.is_set():
            everyone = psutil.Process().children(recursive=True)
            groups = [p for p in everyone if p.is_running() and (_session(p) == p.pid) == runs_containers]
            workers = [p for p in groups if runs_containers or "popen_loky" in " ".join(p.cmdline())]
            if workers:
                with suppress(ProcessLookupError):
                    chosen = chance.choice(workers).pid
                    stop(chosen) if number == signal.SIGSTOP else os.kill(chosen, number)
                    sent.set()
            time.sleep(0.002)

    sweep.fresh()
    thread = threading.Thread(target=_quietly, args=(disturb,))
    thread.start()
    try:
        rows = sweep.run(batch_size=chance.choice((3, 20, 64)), workers=not runs_containers)
    finally:
        over.set()
        thread.join()
    check_rows(sweep, rows, None)
    if sweep.has_stopped_workers():
        # It came when the last batch was done and workers had been left to the next sweep, which has to end that one.
        sweep.fresh()
        check_rows(sweep, sweep.run(workers=True), None)


def _quietly(disturb: Callable[[], None]) -> None:
    for _ in range(1000):
        try:
            return disturb()
        except psutil.Error:  # it ended in between
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
        """Count them."""
        self.left -= containers
        if self.left <= 0:
            raise KeyboardInterrupt


def spoiled_parts(how: str, sweep: Sweep, chance: random.Random) -> None:
    """Parts of an interrupted run that are cut off or have another bit: they are named, and their rows made again."""
    sweep.fresh()
    with patch.object(run_directory, "_SECONDS_PER_PART", 0.0), suppress(KeyboardInterrupt):
        after = chance.randrange(100, sweep.n_containers + 100)
        sweep.run(batch_size=chance.choice((50, 125)), progress=Interrupting(after))
    parts = sorted(sweep.directory.glob("parts/part-*.parquet")) or sorted(sweep.directory.glob("results.parquet"))
    damaged = chance.sample(parts, min(len(parts), chance.randrange(1, 4)))
    for part in damaged:
        content = bytearray(part.read_bytes())
        if how == "truncated":
            content = content[: chance.randrange(len(content))]
        else:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        part.write_bytes(content)
    # A bit that nothing is read from, such as one in the name of the program that wrote the file, is no damage.
    named = [part for part in damaged if how == "truncated" or not is_whole(part)]
    notes = sweep.resume()
    assert len(notes) == len(named), notes
    for part in named:
        assert any(f"{part.name}: " in note and "its containers are run again" in note for note in notes), notes


def is_whole(part: Path) -> bool:
    """Whether the rows of a part are those that were written."""
    try:
        read_part(part)
    except DamagedError:
        return False
    return True


KINDS: dict[str, Callable[[Sweep, random.Random], None]] = {
    **{fault.name.lower(): functools.partial(injected, fault) for fault in Fault},
    "worker killed": functools.partial(signalled, signal.SIGKILL, False),
    "worker stopped": functools.partial(signalled, signal.SIGSTOP, False),
    "process killed": functools.partial(signalled, signal.SIGKILL, True),
    "process stopped": functools.partial(signalled, signal.SIGSTOP, True),
    "part truncated": functools.partial(spoiled_parts, "truncated"),
    "bit flipped": functools.partial(spoiled_parts, "flipped"),
    "two writers": kills.two_writers,
    "interrupted": kills.interrupt_and_resume,
    "killed while compiling": kills.kill_while_compiling,
    "cache torn": kills.torn_cache,
    "file size": machine.file_size,
    "out of handles": machine.handles,
    "no memory to fork": machine.forks,
    "no other process": machine.workers,
}
#: These need mounts of their own.
MOUNTED: dict[str, Callable[[Sweep, random.Random], None]] = {
    "disk full": machine.full_disk,
    "shared memory full": machine.shared_memory,
    "read-only place": machine.read_only,
}
