"""Old folders of compiled strategies: those of other versions, that nobody has used for a month, are deleted.

A process holds a shared lock on every folder that it loads from, until it ends; whoever deletes a folder needs the only
lock on it. The operating system keeps these locks, so a killed process leaves none.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import IO

USED_NAME = ".used"
DAYS_KEPT = 30
_SECONDS_A_DAY = 86_400
_FOLDER_NAME = re.compile(r"[0-9a-f]{16}")

_held: dict[Path, IO[str]] = {}


def hold(folder: Path) -> None:
    """Keep ``folder`` from being deleted while this process lives, and note that it was used today.

    Where the system has no `flock` (Windows), or the folder is only read, nothing is locked or noted: nor is anything
    deleted there.
    """
    if folder in _held:
        return
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        file = open(folder / USED_NAME, "a", encoding="utf-8")  # noqa: SIM115
        fcntl.flock(file.fileno(), fcntl.LOCK_SH)
        os.utime(file.fileno())
        _held[folder] = file


def prune(root: Path, *, now: float | None = None) -> list[Path]:
    """Delete the folders of compiled strategies in ``root`` that nobody has used for a month; returns what went.

    A folder that some process holds stays, however old, and so does everything that is no folder of compiled
    strategies. `now` is a time in seconds since the epoch, by default the present one.
    """
    oldest = (time.time() if now is None else now) - DAYS_KEPT * _SECONDS_A_DAY
    gone = []
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        for folder in sorted(root.iterdir()):
            # A folder from before there was a note of its use has the time at which its last strategy was written.
            note = folder / USED_NAME
            if not _FOLDER_NAME.fullmatch(folder.name) or not folder.is_dir() or folder.is_symlink():
                continue
            if (note if note.exists() else folder).stat().st_mtime >= oldest:
                continue
            with contextlib.suppress(OSError), open(note, "a", encoding="utf-8") as file:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Out of the way at once: who comes now makes a new folder, and never finds half of one.
                doomed = folder.with_name(f".{folder.name}-{os.getpid()}")
                folder.rename(doomed)
                shutil.rmtree(doomed, ignore_errors=True)
                gone.append(folder)
    return gone
