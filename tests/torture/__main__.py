"""`python -m tests.torture`: real damage at random containers and moments, and what is left of a sweep afterwards.

Every round has to end with the rows of a clean run for all containers but the failing one, no process left over and
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

from tests.torture.kills import kill_and_resume
from tests.torture.kinds import KINDS, MOUNTED
from tests.torture.machine import can_mount
from tests.torture.sweep import Sweep

_KILLS = "kill -9 and resume"


def main() -> int:
    """Run the rounds that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each kind of damage")
    parser.add_argument("--kills", type=int, default=100, help="runs that are ended by kill -9 and resumed")
    parser.add_argument("--only", action="append", help="this kind alone; may be given several times")
    parser.add_argument("--containers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no round after this long")
    parser.add_argument("--keep", type=Path, default=Path("torture-failures"), help="what failed rounds left")
    arguments = parser.parse_args()
    began = time.monotonic()
    kinds: dict[str, Callable[[Sweep, random.Random], None]] = {**KINDS, _KILLS: kill_and_resume}
    if can_mount():
        kinds |= MOUNTED
    else:
        print(f"no mounts are permitted here: {', '.join(MOUNTED)} left out", file=sys.stderr)
    counts = {name: {"rounds": 0, "failed": 0} for name in arguments.only or kinds}
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(Path(folder), arguments.containers)
        # Round by round, so that a run that is cut short has seen every kind.
        wanted = {name: arguments.kills if name == _KILLS else arguments.rounds for name in counts}
        for number in range(max(wanted.values())):
            for name, count in counts.items():
                if number < wanted[name] and time.monotonic() - began < arguments.seconds:
                    count["rounds"] += 1
                    try:
                        # A round is the same whichever others are run: a failed one can be run again.
                        kinds[name](sweep, random.Random(f"{arguments.seed} {name} {number}"))
                        sweep.check_nothing_is_left()
                    except Exception as problem:
                        count["failed"] += 1
                        place = arguments.keep / f"{name.replace(' ', '-')}-{number}"
                        sweep.keep_evidence(place, problem)
                        said = f"{type(problem).__name__}: {problem}"
                        print(f"{name}, round {number}: {said} (kept in {place})", file=sys.stderr, flush=True)
            rounds, failed = (sum(count[what] for count in counts.values()) for what in ("rounds", "failed"))
            passed = time.monotonic() - began
            print(f"turn {number + 1}: {rounds} rounds, {failed} failed, {passed:.0f} s", file=sys.stderr, flush=True)
        longest = round(sweep.longest_wait, 1)
    for name, count in counts.items():
        print(f"{name:<24} {count['rounds']:>4} rounds, {count['failed']} failed")
    facts = {"containers": arguments.containers, "seed": arguments.seed, "longest_wait_seconds": longest}
    print(json.dumps({**facts, "counts": counts}))
    return int(any(count["failed"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
