"""What the order engine costs those who do not use it: the headline strategy against the version before it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from admf_jit.strategies.cache import CACHE_VARIABLE
from benchmarks.limits import SLOWDOWN
from benchmarks.note import note
from benchmarks.processes import ROOT

#: The last version that had market orders only.
BEFORE = "c2f6140"
_TURNS = 3


def exported(folder: Path) -> Path:
    """The files of `BEFORE`; skips where there is no history to take them from."""
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"no git history with {BEFORE}: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def measure(root: Path, folder: Path) -> float:
    """Nanoseconds per bar and container of the version in `root`."""
    folder.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "kernels")])}
    environment[CACHE_VARIABLE] = str(folder / "cache")
    command = [sys.executable, str(ROOT / "benchmarks" / "kernel_probe.py"), str(folder)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_headline_strategy_against_the_version_before(benchmark: Any, tmp_path: Path) -> None:
    before = exported(tmp_path / "version")
    folders = {ROOT: tmp_path / "now", before: tmp_path / "before"}
    found: dict[Path, list[float]] = {root: [] for root in folders}

    def alternate() -> None:
        # In turns, so that whatever else the machine does falls on both.
        for _ in range(_TURNS):
            for root, folder in folders.items():
                found[root].append(measure(root, folder))

    benchmark.pedantic(alternate, rounds=1)
    now, then = min(found[ROOT]), min(found[before])
    note(benchmark, limit=SLOWDOWN, value=now / then, detail=f"{now:.1f} ns, {BEFORE} {then:.1f} ns, per bar")
