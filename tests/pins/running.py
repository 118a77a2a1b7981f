"""Running many sweeps of the pins, under both isolations, in several processes."""

import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.pins.play import Row, rows_of
from tests.pins.sweeps import Sweep, draw_sweeps

FULL, AUTO = "full", "auto"


def play(numbers: list[int], with_events: bool) -> dict[int, list[Row]]:
    """Run sweeps, by their numbers, under both isolations, which have to come to the same."""
    found = {}
    for number in numbers:
        sweep = draw_sweeps()[number]
        rows = rows_of(sweep, AUTO, with_events=with_events)
        if rows[0].isolation != FULL:
            others = rows_of(sweep, FULL)
            for index, (row, other) in enumerate(zip(rows, others, strict=True)):
                if (row.result_hash, row.end) != (other.result_hash, other.end):
                    said = f"{other.result_hash} {other.end}, {row.isolation}: {row.result_hash} {row.end}"
                    raise SystemExit(f"sweep {number}, case {index}: full: {said}; {sweep.cases[index]}")
        found[number] = rows
    return found


def play_all(sweeps: list[Sweep], jobs: int, with_events: bool) -> Iterator[tuple[Sweep, list[Row]]]:
    """Run sweeps in several processes; those of a strategy in one, so that each is compiled once."""
    by_actor: dict[str, list[int]] = defaultdict(list)
    for sweep in sweeps:
        by_actor[sweep.actor.name].append(sweep.number)
    parts = sorted(by_actor.values(), key=len, reverse=True)
    started, done = time.monotonic(), 0
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(play, part, with_events) for part in parts]):
            for number, rows in future.result().items():
                done += 1
                yield draw_sweeps()[number], rows
            print(f"{done} of {len(sweeps)} sweeps, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
