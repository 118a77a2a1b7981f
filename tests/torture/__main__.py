"""`python -m tests.torture`: real damage at random containers and moments, and what is left of a sweep afterwards.

Every round has to end with the rows of a clean run for all containers but the guilty one, no process left over and
nothing new in /dev/shm. Prints a line for each kind of damage, then one JSON object with the counts; status 1 where a
round failed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture.kinds import KINDS, Sweep, kill_and_resume


def main() -> int:
    """Run the rounds that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each kind of damage")
    parser.add_argument("--kills", type=int, default=100, help="runs that are ended by kill -9 and resumed")
    parser.add_argument("--containers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no round after this long")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    began = time.monotonic()
    counts: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(Path(folder), arguments.containers)
        work: list[tuple[str, Callable[[Sweep, random.Random], None], int]] = [
            *((name, kind, arguments.rounds) for name, kind in KINDS.items()),
            ("kill -9 and resume", kill_and_resume, arguments.kills),
        ]
        # Round by round, so that a run that is cut short has seen every kind.
        for number in range(max(arguments.rounds, arguments.kills)):
            for name, kind, rounds in work:
                if number < rounds and time.monotonic() - began < arguments.seconds:
                    count = counts.setdefault(name, {"rounds": 0, "failed": 0})
                    count["rounds"] += 1
                    try:
                        kind(sweep, chance)
                        sweep.check_nothing_is_left()
                    except Exception as problem:
                        count["failed"] += 1
                        print(
                            f"{name}, round {number}: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True
                        )
    for name, count in counts.items():
        print(f"{name:<24} {count['rounds']:>4} rounds, {count['failed']} failed")
    print(json.dumps({"containers": arguments.containers, "seed": arguments.seed, "counts": counts}))
    return int(any(count["failed"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
