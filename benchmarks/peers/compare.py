"""The same sweep by every engine, side by side: `make bench-peers`, or `python -m benchmarks.peers.compare`.

First all engines have to come to the same results. Then each runs on one core, in a process of its own which finds
everything compiled; what is printed is the least processor time of several rounds, how many times this package's that
is, and the most memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from admf_jit.strategies.cache import CACHE_VARIABLE
from benchmarks.isolations import isolations
from benchmarks.peers.work import Work, write_work

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".oracles"
#: Small enough for the slowest engine; every other fee, fast and slow period comes up.
CHECKED = Work(n_bars=20_000, n_fees=3, every=13)
#: 11 x 9 x 12 = 1,188 combinations over 100,000 bars.
TIMED = Work(n_bars=100_000, n_fees=12)
#: The same bars and a few of the same combinations, for an engine that would need a quarter of an hour for all.
TIMED_SLOW = Work(n_bars=100_000, n_fees=12, every=400)
#: Largest relative difference of a figure. Trades have to be equal in number.
TOLERANCE = 1e-8
_ALONE = {"RAYON_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Engine:
    """A name for the table, the module that runs the work, in which environment, and how much of it."""

    name: str
    module: str
    environment: str | None = None
    arguments: tuple[str, ...] = ()
    timed: Work = TIMED
    rounds: int = 3

    @property
    def is_own(self) -> bool:
        """Whether it is this package."""
        return self.environment is None

    def run(self, work: Work, rounds: int, *, empty_cache: bool = False, watch_memory: bool = False) -> dict[str, Any]:
        """What the engine's process reports of the work; with an empty cache of compiled code, of compiling too.

        To watch the memory of processes takes time of theirs, so that is not done where they are timed.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "work.json"
            write_work(path, work)
            python = sys.executable if self.is_own else str(ENVIRONMENTS / str(self.environment) / "bin" / "python")
            command = [python, "-m", f"benchmarks.peers.{self.module}", str(path), str(rounds), *self.arguments]
            caches = {"NUMBA_CACHE_DIR": folder, CACHE_VARIABLE: folder} if empty_cache else {}
            with (Path(folder) / "out").open("w+") as out, (Path(folder) / "error").open("w+") as error:
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=os.environ | _ALONE | caches,
                    stdout=out,
                    stderr=error,
                    preexec_fn=_use_one_core,
                )
                sampled = _watched_memory(process) if watch_memory else 0
                process.wait()
                said, complaint = ((file.seek(0), file.read())[1] for file in (out, error))
        if process.returncode:
            raise SystemExit(f"{self.name}: {' '.join(command)} ended with status {process.returncode}\n{complaint}")
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        found["peak_bytes"] = max(found["peak_bytes"], sampled)
        return found


def _watched_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process; the most memory that it and its children were seen to hold together."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_proportional_bytes, _family(process.pid))))
        time.sleep(0.1)
    return most


def _family(process: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(process)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _proportional_bytes(process: psutil.Process) -> int:
    """Memory of a process, of what two share a half each; 0 if it has ended or the system does not say."""
    try:
        return int(getattr(process.memory_full_info(), "pss", 0))
    except psutil.Error:
        return 0


def _use_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def engines() -> list[Engine]:
    """This package in every isolation that it has, then the others."""
    own = [Engine(f"admf_jit, {name}", "run_admf_jit", arguments=(name,)) for name in reversed(isolations())]
    return [
        *own,
        Engine("raptorbt", "run_raptorbt", "raptorbt"),
        Engine("vectorbt, numba", "run_vectorbt", "vectorbt", arguments=("numba",), rounds=2),
        Engine("vectorbt, rust", "run_vectorbt", "vectorbt_rust", arguments=("rust",), rounds=2),
        Engine("backtesting.py", "run_backtesting_py", "backtesting_py", timed=TIMED_SLOW, rounds=1),
    ]


def differences(mine: list[dict[str, float]], other: list[dict[str, float]]) -> dict[str, float]:
    """The largest relative difference of each figure; of trades, the largest difference in number."""
    if len(mine) != len(other):
        raise SystemExit(f"{len(other)} rows; expected {len(mine)}")
    found: dict[str, float] = {}
    for name in mine[0]:
        pairs = [(a[name], b[name]) for a, b in zip(mine, other, strict=True)]
        exact = name == "n_trades"
        found[name] = max(abs(a - b) if exact else abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in pairs)
    return found


def check(engine: Engine, mine: list[dict[str, float]], other: list[dict[str, float]]) -> str:
    """Stop unless both came to the same; otherwise say how close they are."""
    found = differences(mine, other)
    if found["n_trades"] > 0 or any(found[name] > TOLERANCE for name in found):
        raise SystemExit(f"{engine.name} comes to other results: {found}; nothing is timed")
    return f"{engine.name}: {len(other)} combinations, the same trades; largest relative difference " + ", ".join(
        f"{name} {value:.0e}" for name, value in found.items() if name != "n_trades"
    )


def measured(engine: Engine, found: dict[str, Any], compile_seconds: float) -> dict[str, Any]:
    """The figures of an engine, as they are printed and drawn."""
    work = engine.timed
    seconds, combinations = min(found["seconds"]), len(work.combinations)
    return {
        "engine": engine.name,
        "combinations": combinations,
        "bars": work.n_bars,
        "seconds": seconds,
        "rounds": len(found["seconds"]),
        "nanoseconds": seconds / (combinations * work.n_bars) * 1e9,
        "compile_seconds": compile_seconds,
        "peak_bytes": found["peak_bytes"],
    }


def print_table(console: Console, rows: list[dict[str, Any]]) -> None:
    """All figures, and how many times those of this package's engines each other one needs."""
    own = [row for row in rows if row["engine"].startswith("admf_jit")]
    table = Table(
        title="processor time on one core, minimum of the rounds; ns is per bar and combination", title_justify="left"
    )
    for name in ("engine", "combinations", "rounds", "seconds", "ns", "compile s", "peak MB"):
        table.add_column(name, justify="left" if name == "engine" else "right")
    for base in own:
        table.add_column(f"x {base['engine'].removeprefix('admf_jit, ')}", justify="right")
    for row in rows:
        table.add_row(
            row["engine"],
            f"{row['combinations']:,}",
            str(row["rounds"]),
            f"{row['seconds']:.2f}",
            f"{row['nanoseconds']:,.2f}",
            f"{row['compile_seconds']:.1f}",
            f"{row['peak_bytes'] / 1e6:,.0f}",
            *(f"{row['nanoseconds'] / base['nanoseconds']:,.1f}" for base in own),
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, default=ROOT / ".benchmarks" / "peers.svg", help="where to draw it")
    picture = parser.parse_args().picture
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
    everyone = engines()
    checked = {engine.name: engine.run(CHECKED, 1, empty_cache=True) for engine in everyone}
    for engine in everyone[1:]:
        console.print(check(engine, checked[everyone[0].name]["rows"], checked[engine.name]["rows"]))
    rows = []
    whole: list[dict[str, float]] = []
    for engine in everyone:
        # Who keeps machine code on the disk compiles here, so that neither its time nor its memory is in what follows.
        engine.run(CHECKED, 1)
        found = engine.run(engine.timed, engine.rounds)
        found["peak_bytes"] = engine.run(engine.timed, 1, watch_memory=True)["peak_bytes"]
        whole = whole or found["rows"]
        check(engine, whole[:: engine.timed.every], found["rows"])
        rows.append(measured(engine, found, checked[engine.name]["compile_seconds"]))
    print_table(console, rows)
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    from benchmarks.peers.picture import draw

    draw(rows, picture)
    console.print(f"drawn in {picture}, figures in {picture.with_suffix('.json')}")


if __name__ == "__main__":
    main()
