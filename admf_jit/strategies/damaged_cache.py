"""Machine code in the cache that cannot be read: Numba writes it in one step, but a power cut can empty it."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path

from numba.core.caching import IndexDataCacheFile

_READING = ("_load_index", "_load_data")


def remove_damaged(problem: BaseException) -> bool:
    """Delete the index of the machine code whose reading raised `problem`, so that it is compiled anew.

    Returns whether there was one. What the system refuses to read is no damage, and is left alone.
    """
    if isinstance(problem, OSError):
        return False
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        owner = frame.f_locals.get("self")
        if frame.f_code.co_name in _READING and isinstance(owner, IndexDataCacheFile):
            with contextlib.suppress(OSError):
                Path(owner._index_path).unlink()
                return True
    return False
