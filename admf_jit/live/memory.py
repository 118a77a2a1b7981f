"""The memory of a container that goes on: one block, in which columns of what indicators read of others may grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.live.reels import Reel


class KeptMemory:
    """``n_words`` of 8 bytes, of which a column of ``length`` begins at each of the words ``begins``, in their order.

    Columns are in memory as those of a ``Reel`` are: only where something was written, and until it is given back.
    """

    def __init__(self, n_words: int, begins: Sequence[int] = (), length: int = 0) -> None:
        self._reel = Reel((), np.int64, n_words)
        self.words: NDArray[np.int64] = self._reel.array
        self._columns = [slice(begin, begin + length) for begin in begins]
        ends = [0, *(word for column in self._columns for word in (column.start, column.stop)), n_words]
        #: What lies around the columns.
        self._others = [slice(begin, end) for begin, end in list(pairwise(ends))[::2]]
        self._released = [0] * len(begins)

    def give_back(self, counts: Sequence[int], keep: int) -> None:
        """Let go of all but the last ``keep`` of so many values of each column."""
        for place, (column, count) in enumerate(zip(self._columns, counts, strict=True)):
            if self._reel.release_part(column.start, self._released[place], count - keep):
                self._released[place] = count - keep

    def state(self, counts: Sequence[int], keep: int) -> dict[str, NDArray[Any]]:
        """What has to be kept: all around the columns, and the last values of each."""
        state = {"block": np.concatenate([self.words[part] for part in self._others])}
        for place, (column, count) in enumerate(zip(self._columns, counts, strict=True)):
            if count:
                state[f"sources_{place}"] = self.words[column][max(0, count - keep) : count]
        return state

    def restore(self, state: Mapping[str, NDArray[Any]], counts: Sequence[int]) -> None:
        """Go on from what was kept. Raises ValueError where that is of another size."""
        sizes = [part.stop - part.start for part in self._others]
        if state["block"].shape != (sum(sizes),):
            raise ValueError("the state has another size")
        taken = 0
        for part, size in zip(self._others, sizes, strict=True):
            self.words[part] = state["block"][taken : taken + size]
            taken += size
        for place, (column, count) in enumerate(zip(self._columns, counts, strict=True)):
            if count:
                kept = state[f"sources_{place}"]
                self.words[column][count - len(kept) : count] = kept
