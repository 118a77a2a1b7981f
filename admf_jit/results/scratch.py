"""Where a sweep from Python goes when nobody says: a folder of the cache, whose runs are deleted after a month.

A run that another process is writing to stays, however old, and so does everything that is no run. Nothing is ever
deleted anywhere else.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

from admf_jit.data.cache_folder import cache_root
from admf_jit.errors import ResultsError
from admf_jit.results.location import default_directory
from admf_jit.results.lock import DirectoryLock
from admf_jit.results.manifest import MANIFEST_NAME
from admf_jit.results.null_markets import NULL_NAME
from admf_jit.results.period_rows import PERIODS_NAME
from admf_jit.results.run_directory import RESULTS_NAME, RunDirectory

DAYS_KEPT = 30
_SECONDS_A_DAY = 86_400
_RUN_NAME = re.compile(r"[^.].*-[0-9]+")


def scratch_folder() -> Path:
    """The folder of the cache that scratch runs are in."""
    return cache_root() / "runs"


def is_scratch(directory: Path) -> bool:
    """Whether a run's directory is one that is deleted after a month without use."""
    return directory.absolute().parent == scratch_folder().absolute()


def scratch_directory(name: str, *, resume: bool = False) -> Path:
    """Return a new directory for a scratch run called ``name``, or with ``resume`` that of the latest one.

    Old runs are deleted first. Raises ResultsError when there is nothing to resume.
    """
    root = scratch_folder()
    # Names come from users; here they are single folders of ours.
    name = re.sub(r"[^\w.+=@-]+", "_", name).lstrip(".") or "run"
    if resume:
        return default_directory(name, resume=True, root=root)
    prune_runs(root)
    while True:
        directory = default_directory(name, root=root)
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            continue  # another process took this number at the same moment
        except OSError as problem:
            raise ResultsError(
                f"{directory}: scratch runs cannot be kept there ({problem.strerror}): give the run a directory by out="
            ) from None
        return directory


def note_use(directory: Path) -> None:
    """Note that a scratch run was used now."""
    if is_scratch(directory):
        with contextlib.suppress(OSError):
            os.utime(directory / MANIFEST_NAME)


def prune_runs(root: Path, *, now: float | None = None) -> list[Path]:
    """Delete the runs in ``root`` that nobody has used for a month; returns what went. `now` is in seconds."""
    oldest = (time.time() if now is None else now) - DAYS_KEPT * _SECONDS_A_DAY
    gone: list[Path] = []
    if not root.is_dir():
        return gone
    for directory in sorted(root.iterdir()):
        if not _RUN_NAME.fullmatch(directory.name) or directory.is_symlink() or not directory.is_dir():
            continue
        manifest = directory / MANIFEST_NAME
        with contextlib.suppress(OSError, ResultsError):
            if (manifest if manifest.exists() else directory).stat().st_mtime >= oldest:
                continue
            lock = DirectoryLock(directory)  # refused where a run is being written
            try:
                # Out of the way at once: nobody finds half of one.
                doomed = directory.with_name(f".{directory.name}-{os.getpid()}")
                directory.rename(doomed)
            finally:
                lock.release()
            shutil.rmtree(doomed, ignore_errors=True)
            gone.append(directory)
    return gone


def copy_run(source: Path, target: Path) -> None:
    """Copy a finished run to a directory that is new or empty; it is there whole, or not at all.

    Raises ResultsError when something is there already, or the run has not finished.
    """
    RunDirectory.open(source).stored()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ResultsError(f"{target}: is there already; expected a new or empty directory to save the run to")
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        beside = [name for name in (PERIODS_NAME, NULL_NAME) if (source / name).exists()]
        for name in (RESULTS_NAME, MANIFEST_NAME, *beside):
            shutil.copyfile(source / name, partial / name)
        if target.exists():
            target.rmdir()
        partial.rename(target)
    except OSError as problem:
        raise ResultsError(f"{target}: the run cannot be saved there ({problem.strerror})") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
