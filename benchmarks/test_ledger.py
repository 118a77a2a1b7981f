"""The ledger of trials: how soon a change among a million entries is found, and what a recorded sweep pays for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from admf_jit.ledger import Entry, Ledger, trials_of
from admf_jit.ledger.entries import chained
from benchmarks.limits import LEDGER_APPEND, LEDGER_VERIFY, RECORDED
from benchmarks.note import note
from benchmarks.processes import processor_seconds
from benchmarks.workload import HEADLINE, configuration

N_ENTRIES = 1_000_000
DATA = "ab" * 32


def entry(first: int, n: int = 1) -> Entry:
    """An entry like that of a backtest, or of a sweep of n containers."""
    facts = {"kind": "backtest", "name": "Crossing", "strategy_digest": "cd" * 32, "time": "2026-01-01T00:00:00+00:00"}
    ids = np.arange(first, first + n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return Entry(DATA, facts, np.sort(trials_of(ids, ids, np.full(n, 0.01)), order="container"))


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A million entries of a container each, written without looking at those before."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "trials.sqlite")
    ledger.append([entry(0)])
    before = bytes.fromhex(ledger.verify().head)
    example = entry(1).encoded()[: -entry(1).trials.nbytes]

    def rows() -> Iterator[tuple[int, bytes, bytes]]:
        nonlocal before
        ids = np.arange(1, N_ENTRIES, dtype=np.uint64)
        trials = trials_of(ids, ids, np.zeros(len(ids)))
        for number, one in enumerate(trials, 2):
            content = example + one.tobytes()
            before = chained(before, content)
            yield number, content, before

    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.executemany("INSERT INTO entries (number, entry, hash) VALUES (?, ?, ?)", rows())
        connection.execute("UPDATE head SET entries = ?, hash = ?", (N_ENTRIES, before))
    return ledger


@pytest.mark.parametrize("damage", ["none", "changed", "deleted"])
def test_one_entry_of_a_million(benchmark: Any, million: Ledger, damage: str) -> None:
    """The last but one, so that all of them are hashed again: processor time."""
    place = N_ENTRIES - 1
    took: list[float] = []
    with closing(sqlite3.connect(million.path, isolation_level=None)) as connection:
        kept = connection.execute("SELECT entry, hash FROM entries WHERE number = ?", (place,)).fetchone()
        for trigger in ("entries_stay", "entries_keep"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.execute(
            {
                "none": "SELECT ?",
                "changed": "UPDATE entries SET entry = zeroblob(200) WHERE number = ?",
                "deleted": "DELETE FROM entries WHERE number = ?",
            }[damage],
            (place,),
        )

        def verify() -> None:
            began = time.process_time()
            fault = million.verify().fault
            took.append(time.process_time() - began)
            assert (fault is None) if damage == "none" else (fault is not None and fault.entry == place)

        benchmark.pedantic(verify, rounds=3)
        connection.execute("DELETE FROM entries WHERE number = ?", (place,))
        connection.execute("INSERT INTO entries (number, entry, hash) VALUES (?, ?, ?)", (place, *kept))
    note(benchmark, limit=LEDGER_VERIFY, value=min(took), detail=f"{N_ENTRIES:,} entries, one {damage}")


@pytest.mark.parametrize("beside", [0, N_ENTRIES])
def test_a_million_containers_are_added(benchmark: Any, tmp_path: Path, beside: int) -> None:
    """In one transaction, beside none or a million others on the same data: processor time."""
    took: list[float] = []
    sweep = entry(0, N_ENTRIES)

    def new_ledger() -> tuple[tuple[Ledger], dict[str, Any]]:
        ledger = Ledger(tmp_path / f"{len(took)}.sqlite")
        if beside:
            ledger.append([entry(N_ENTRIES, beside)])
        return (ledger,), {}

    def add(ledger: Ledger) -> None:
        began = time.process_time()
        ledger.append([sweep])
        took.append(time.process_time() - began)

    benchmark.pedantic(add, setup=new_ledger, rounds=3)
    note(benchmark, limit=LEDGER_APPEND, value=min(took), containers=N_ENTRIES, detail=f"beside {beside:,}")


def test_a_sweep_that_is_recorded(benchmark: Any, store: Path, tmp_path: Path) -> None:
    """The headline sweep by the command line, in turns with and without the ledger: processor time."""
    config = tmp_path / "headline.yaml"
    config.write_text(yaml.safe_dump(configuration(store, HEADLINE, isolation="minimal")))
    took: dict[str, list[float]] = {"recorded": [], "not": []}

    def both() -> None:
        for name, flags in (("recorded", []), ("not", ["--no-ledger"])):
            out = tmp_path / f"{name}-{len(took[name])}"
            words = ["grid", str(config), "--no-report", "--out", str(out), *flags]
            took[name].append(processor_seconds("admf_jit", *words))

    benchmark.pedantic(both, rounds=8, warmup_rounds=1)
    best = {name: min(times) for name, times in took.items()}
    detail = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in best.items())
    note(benchmark, limit=RECORDED, value=best["recorded"] / best["not"], detail=detail)
