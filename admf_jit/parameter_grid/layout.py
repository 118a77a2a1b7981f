"""Which combinations of values a grid has, and in which order: all of them, some of them, or those of a list."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Codes of combinations are int64.
_MAX_CODES = 2**62


@dataclass(frozen=True, eq=False)
class Layout:
    """The combinations of a grid over axes of some lengths, the last fastest.

    ``positions`` int64 (n,) are those of the full grid that it keeps, None for all. Where combinations were listed one
    by one, ``listed`` int64 (n_axes, n) has the position of their value on each axis instead: the full grid of those
    may be larger than any number.
    """

    lengths: tuple[int, ...]
    positions: NDArray[np.int64] | None = None
    listed: NDArray[np.int64] | None = None

    @classmethod
    def of_columns(cls, lengths: Sequence[int], columns: Mapping[str, Sequence[int]], names: Sequence[str]) -> Layout:
        """Return the layout of combinations that are listed as a column of positions for each name, if they are."""
        if not columns:
            return cls(tuple(lengths))
        return cls(tuple(lengths), listed=np.array([columns[name] for name in names], np.int64))

    def __len__(self) -> int:
        if self.listed is not None:
            return int(self.listed.shape[1])
        return math.prod(self.lengths) if self.positions is None else len(self.positions)

    def of(self, index: int) -> list[int]:
        """Return which value of each axis the combination at an index has."""
        if self.listed is not None:
            return [int(digit) for digit in self.listed[:, index]]
        position = index if self.positions is None else int(self.positions[index])
        digits = []
        for length in reversed(self.lengths):
            position, digit = divmod(position, length)
            digits.append(digit)
        digits.reverse()
        return digits

    def digits(self, indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return which value of each axis the combinations at some indices have: int64 (n,) for each axis."""
        if self.listed is not None:
            return list(self.listed[:, indices])
        positions = indices if self.positions is None else self.positions[indices]
        digits: list[NDArray[np.int64]] = []
        for length in reversed(self.lengths):
            positions, digit = np.divmod(positions, length)
            digits.append(digit)
        digits.reverse()
        return digits

    def different(self, axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield which values the combinations have on some axes, each tuple once, in the order of the axes' values."""
        if self.positions is None and self.listed is None:
            yield from itertools.product(*(range(self.lengths[axis]) for axis in axes))
            return
        digits = self.digits(np.arange(len(self), dtype=np.int64))
        _, first = np.unique(self.codes(digits, axes, len(self)), return_index=True)
        for place in first.tolist():
            yield tuple([int(digits[axis][place]) for axis in axes])

    def codes(self, digits: Sequence[NDArray[np.int64]], axes: Sequence[int], n: int) -> NDArray[np.int64]:
        """Return a number for each of n combinations, equal and ordered as their values on some axes, int64 (n,)."""
        codes = np.zeros(n, np.int64)
        size = 1
        for axis in axes:
            if size * self.lengths[axis] > _MAX_CODES:
                different, codes = np.unique(codes, return_inverse=True)
                size = len(different)
            codes = codes * self.lengths[axis] + digits[axis]
            size *= self.lengths[axis]
        return codes

    def kept(self, indices: NDArray[np.int64]) -> Layout:
        """Return the layout of some of the combinations, by their indices, which rise."""
        if self.listed is not None:
            return Layout(self.lengths, listed=self.listed[:, indices])
        return Layout(self.lengths, indices if self.positions is None else self.positions[indices])
