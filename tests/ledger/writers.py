"""Processes that write to a ledger and are killed, or write at once; started by a test as a process of its own.

It says as JSON which containers each writer had been told are in the ledger.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from admf_jit.ledger import Ledger
from tests.ledger.made import DATA, entry


def write(path: Path, numbers: range, pipe: int) -> None:
    """Add entries of two containers each, and name each of them once the ledger has it."""
    for number in numbers:
        Ledger(path).append([entry([2 * number, 2 * number + 1])])
        os.write(pipe, number.to_bytes(8, "big"))


def start(path: Path, numbers: range) -> tuple[int, int]:
    """Fork a writer; its process, and where it says what it has written."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    try:
        write(path, numbers, writing)
        os._exit(0)
    except BaseException as problem:
        print(repr(problem), file=sys.stderr)
        os._exit(1)


def killed(path: Path, rounds: int) -> list[int]:
    """Kill a writer in each round: after some entries, and at any moment of the next. Entries that were confirmed."""
    chance = random.Random(rounds)
    confirmed = []
    for number in range(rounds):
        process, reading = start(path, range(number << 32, (number << 32) + 1_000_000))
        wanted = chance.randrange(4)
        confirmed += [int.from_bytes(os.read(reading, 8), "big") for _ in range(wanted)]
        time.sleep(chance.random() * 0.01)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        while said := os.read(reading, 8):
            confirmed.append(int.from_bytes(said, "big"))
        os.close(reading)
        found = Ledger(path).verify()
        assert found.fault is None, (number, found)
    return confirmed


def at_once(path: Path, writers: int, entries: int) -> list[int]:
    """Let writers write at once, the file not being there before."""
    started = [start(path, range(number * entries, (number + 1) * entries)) for number in range(writers)]
    for process, _ in started:
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    return list(range(writers * entries))


if __name__ == "__main__":
    kind, file, *counts = sys.argv[1:]
    made = {"killed": killed, "at_once": at_once}[kind](Path(file), *map(int, counts))
    there = set(Ledger(Path(file)).trials(DATA)["container"].tolist())
    print(json.dumps({"confirmed": made, "lost": [one for one in made if not {2 * one, 2 * one + 1} <= there]}))
