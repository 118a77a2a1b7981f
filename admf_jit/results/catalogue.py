"""The runs under a folder: what each was and how it ended, what two differ in, and their removal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from admf_jit.errors import ResultsError
from admf_jit.results.lock import LOCK_NAME, DirectoryLock
from admf_jit.results.manifest import MANIFEST_NAME
from admf_jit.results.ranking import OBJECTIVE, best_rows
from admf_jit.results.row import OK
from admf_jit.results.run_directory import FINISHED, PARTS_NAME, RESULTS_NAME, RunDirectory

#: Folders below a folder of runs that are looked into: phases of a workflow have a run each.
_DEPTH = 3
#: Files of a run besides its rows: the pages that were written for it.
_PAGES = ("report.html", "container-*.html")


@dataclass(frozen=True)
class RunFacts:
    """One run: ``best`` is the objective of its best row; ``problem`` says why nothing else is known of it."""

    directory: str
    name: str = ""
    status: str = "unreadable"
    strategy: str = ""
    data: str = ""
    containers: int = 0
    failed: int = 0
    objective: str = ""
    best: float | None = None
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


def runs_under(root: Path) -> Iterator[RunFacts]:
    """Yield every run in a folder and the folders in it, by name; ResultsError where there is no such folder.

    A run that is still written is read as far as it is; one that cannot be read says why.
    """
    if not root.is_dir():
        raise ResultsError(f"{root}: no such folder; expected one with directories that `grid` wrote")
    for directory in _directories(root, _DEPTH):
        try:
            yield facts_of(directory)
        except ResultsError as problem:
            yield RunFacts(str(directory), problem=str(problem))


def facts_of(directory: Path) -> RunFacts:
    """What is known of one run; ResultsError where its manifest or its rows cannot be read."""
    opened = RunDirectory.open(directory)
    manifest = opened.manifest
    optimization, strategy, data = manifest["config"]["optimization"], manifest["strategy"], manifest["data"]
    counts = manifest.get("counts") or {}
    best = None
    if manifest.get("status") == FINISHED:
        conditions = optimization.get("result_constraints") or ()
        rows = best_rows(opened.stored(), optimization["objective"], optimization["direction"], 1, conditions)
        best = rows[0].get(optimization["objective"], rows[0].get(OBJECTIVE)) if rows else None
    return RunFacts(
        str(directory),
        str(manifest.get("name", "")),
        str(manifest.get("status", "")),
        ", ".join(strategy.get("sets") or [str(strategy.get("name", ""))]),
        ", ".join(data.get("sets") or data.get("symbols") or [str(data.get("name", ""))]),
        sum(counts.values()) or int(manifest.get("containers") or 0),
        sum(count for status, count in counts.items() if status != OK),
        optimization["objective"],
        best,
    )


def differences(one: Path, other: Path) -> dict[str, tuple[Any, Any]]:
    """What configurations, data and versions of two runs differ in, by dotted key; None where one lacks it."""
    first, second = (_flat(RunDirectory.open(directory).manifest) for directory in (one, other))
    names = [*first, *(name for name in second if name not in first)]
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}


def size_of(directory: Path) -> int:
    """Bytes of the files of a run."""
    return sum(file.stat().st_size for file in _files(directory))


def remove_run(directory: Path) -> list[str]:
    """Delete the files of a run, and its directory where nothing else is in it; returns the names that are left.

    ResultsError where there is no run in the directory, or it is being written to.
    """
    RunDirectory.open(directory)
    lock = DirectoryLock(directory)
    try:
        for file in _files(directory):
            file.unlink(missing_ok=True)
        shutil.rmtree(directory / PARTS_NAME, ignore_errors=True)
        (directory / LOCK_NAME).unlink(missing_ok=True)
    finally:
        lock.release()
    left = sorted(entry.name for entry in directory.iterdir())
    if not left:
        directory.rmdir()
    return left


def _files(directory: Path) -> list[Path]:
    parts = directory / PARTS_NAME
    found = [directory / RESULTS_NAME, *(page for name in _PAGES for page in directory.glob(name))]
    found += sorted(parts.glob("part-*.parquet")) if parts.is_dir() and not parts.is_symlink() else []
    # The manifest last: what is killed in between is still a run that can be removed.
    return [file for file in [*found, directory / MANIFEST_NAME] if file.is_file() or file.is_symlink()]


def _directories(root: Path, depth: int) -> Iterator[Path]:
    if (root / MANIFEST_NAME).is_file():
        yield root
    if not depth:
        return
    for entry in sorted(root.iterdir(), key=_in_order):
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _directories(entry, depth - 1)


def _in_order(entry: Path) -> tuple[str, int, str]:
    """By name, and the numbers at the end of names as numbers: run-2 comes before run-10."""
    name, _, number = entry.name.rpartition("-")
    return (name, int(number), "") if number.isascii() and number.isdigit() else (entry.name, 0, "")


def _flat(manifest: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(key: str, value: Any) -> None:
        if isinstance(value, Mapping) and value:
            for name, entry in value.items():
                walk(f"{key}.{name}" if key else str(name), entry)
        else:
            found[key] = value

    for part in ("config", "versions"):
        walk("" if part == "config" else part, manifest.get(part) or {})
    for part in ("data", "strategy"):
        found[f"{part}.digest"] = str(manifest[part]["digest"])[:16]
    return found
