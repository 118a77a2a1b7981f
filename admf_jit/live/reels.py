"""Columns that grow at one end and are given back at the other, at addresses that stay.

An engine reads bar t at place t of a column, however long it has been running. So a column has a place for every bar
that may ever come, in memory that the system gives only where something is written, and takes back where it is told to.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bars that there are places for: 31 years of minutes around the clock.
CAPACITY = 1 << 24
#: Bars are given back so many at a time.
_AT_A_TIME = 4_096
_FLAGS = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
_UNRESERVED = getattr(mmap, "MAP_NORESERVE", 0x4000) if hasattr(mmap, "MADV_DONTNEED") else 0


class Reel:
    """An array (*rows, capacity) of which the newest places of each row are in memory."""

    def __init__(self, rows: Sequence[int], dtype: Any, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        itemsize = np.dtype(dtype).itemsize
        self._itemsize = itemsize
        n_rows = int(np.prod(rows, dtype=np.int64))
        size = max(n_rows * capacity * itemsize, mmap.PAGESIZE)
        self._memory = mmap.mmap(-1, size, flags=_FLAGS | _UNRESERVED) if _FLAGS else mmap.mmap(-1, size)
        self.array: NDArray[Any] = np.frombuffer(self._memory, dtype, n_rows * capacity).reshape(*rows, capacity)
        self._released = [0] * n_rows

    @property
    def view(self) -> NDArray[Any]:
        """The array as compiled code takes it: read-only."""
        found = self.array[...]
        found.flags.writeable = False
        return found

    def release(self, before: int, rows: range | None = None) -> None:
        """Give the memory of places before ``before`` of some rows back; what stood there is gone. None: of all."""
        rows = range(len(self._released)) if rows is None else rows
        if before - self._released[rows[0]] < _AT_A_TIME or not hasattr(mmap, "MADV_DONTNEED"):
            return
        for row in rows:
            begin = row * self.capacity
            self._give_back(begin, begin + self._released[row], begin + before)
            self._released[row] = before

    def release_part(self, begin: int, released: int, before: int) -> bool:
        """Give the places of a part that begins at ``begin`` back, from ``released`` to ``before``; whether it did."""
        if before - released < _AT_A_TIME or not hasattr(mmap, "MADV_DONTNEED"):
            return False
        self._give_back(begin, begin + released, begin + before)
        return True

    def _give_back(self, begin: int, released: int, before: int) -> None:
        # What is not a whole page is given back with the pages that follow, or with what stands before the part.
        first = max(_page_at(released * self._itemsize), _page_at(begin * self._itemsize + mmap.PAGESIZE - 1))
        last = _page_at(before * self._itemsize)
        if last > first:
            self._memory.madvise(mmap.MADV_DONTNEED, first, last - first)


def _page_at(place: int) -> int:
    return place // mmap.PAGESIZE * mmap.PAGESIZE
