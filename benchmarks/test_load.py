"""The first load of a long file, against pandas; and that a bad file is refused in a time that grows with its rows."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import loading
from benchmarks.limits import LOAD_MEMORY, LOAD_TIME, READ_TIME, REFUSAL
from benchmarks.note import note
from benchmarks.processes import python

N_ROWS = 5_000_000
N_BAD_ROWS = 500_000
_ROUNDS = 3
_MIB = 1024 * 1024


def measured(who: str, kind: str, path: Path, cache: Path | None = None) -> dict[str, Any]:
    done = python("benchmarks.loading", who, kind, str(path), cache=cache)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module", params=loading.KINDS)
def file(request: Any, tmp_path_factory: Any) -> tuple[str, Path]:
    return request.param, loading.write(request.param, N_ROWS, tmp_path_factory.mktemp("load"))


def test_load(benchmark: Any, file: tuple[str, Path], tmp_path: Path) -> None:
    """In turns, so that what else the machine does falls on all of them; each with an empty cache."""
    kind, path = file
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(_ROUNDS):
        for who in ("pandas", "read", "load"):
            found.setdefault(who, []).append(measured(who, kind, path, tmp_path / "cache"))
            # What is deleted need not be written to the disk, and its memory is free for the next one.
            kept = list((tmp_path / "cache" / "data").glob("*/manifest.json"))
            assert len(kept) == (who == "load" and kind != "parquet")
            shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    assert {run["rows"] for runs in found.values() for run in runs} == {N_ROWS}
    seconds = {who: min(run["seconds"] for run in runs) for who, runs in found.items()}
    peak = {who: max(run["peak"] for run in runs) for who, runs in found.items()}
    assert max(peak["read"], peak["load"]) <= LOAD_MEMORY.value * peak["pandas"], peak
    assert seconds["read"] <= READ_TIME.value * seconds["pandas"], seconds
    benchmark.pedantic(lambda: None, rounds=1)
    shown = {who: f"{seconds[who]:.2f} s and {peak[who] / _MIB:.0f} MiB" for who in found}
    note(
        benchmark,
        limit=LOAD_TIME[kind],
        value=seconds["load"] / seconds["pandas"],
        detail=f"{shown['load']}, not kept {shown['read']}; pandas {shown['pandas']}",
    )


@pytest.mark.parametrize("order", ["falling", "shuffled"])
def test_a_file_in_another_order(benchmark: Any, order: str, tmp_path: Path) -> None:
    good = loading.write("iso", N_BAD_ROWS, tmp_path)
    bad = loading.write("iso", N_BAD_ROWS, tmp_path, order=order)
    runs = {path: [measured("read", "iso", path) for _ in range(_ROUNDS)] for path in (good, bad)}
    assert {run["rows"] for run in runs[bad]} == ({N_BAD_ROWS} if order == "falling" else {0})
    assert all(("sort: true" in run["said"]) == (order == "shuffled") for run in runs[bad])
    usual, seconds = (min(run["seconds"] for run in runs[path]) for path in (good, bad))
    benchmark.pedantic(lambda: None, rounds=1)
    note(benchmark, limit=REFUSAL, value=seconds / usual, detail=f"{seconds:.2f} s, in good order {usual:.2f} s")
