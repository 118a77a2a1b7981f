"""A grid whose points a search makes as it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.combinations import why_order_engine
from admf_jit.parameter_grid.container import ContainerSpec
from admf_jit.parameter_grid.drawing import Point, columns_of, count, of_points
from admf_jit.parameter_grid.grid import Grid, GridBase
from admf_jit.parameter_grid.layout import Layout


class OpenGrid(Grid):
    """Containers of the points that were added so far, ``n_trials`` at the most, in their order."""

    def __init__(self, base: GridBase, axes: Sequence[Axis], n_trials: int, accepts: Callable[[Point], bool]) -> None:
        self.dimensions = tuple(axes)
        self.accepts = accepts
        counts = [count(axis) for axis in axes]
        size = math.inf if None in counts else math.prod(n for n in counts if n is not None)
        self._n_trials = int(min(n_trials, size))
        self._points: list[Point] = []
        self._start(base)

    def _start(self, base: GridBase) -> None:
        axes, layout = of_points(self.dimensions, columns_of(self.dimensions, self._points))
        super().__init__(base, axes, layout, {axis.name: axis.values for axis in self.dimensions})

    @property
    def most(self) -> int:
        """How many containers there may come to be."""
        return self._n_trials

    @property
    def why_order_engine(self) -> str | None:
        """The setting that needs the order engine in any container that may come, or None."""
        layout = Layout(tuple(len(axis.values) for axis in self.dimensions))
        return why_order_engine(self._base.settings, self.dimensions, layout)

    def extremes(self) -> list[ContainerSpec]:
        """Containers of the first and the last value of every name."""
        points = [tuple(axis.values[place] for axis in self.dimensions) for place in (0, -1)]
        axes, layout = of_points(self.dimensions, columns_of(self.dimensions, points))
        return list(Grid(self._base, axes, layout))

    def add(self, points: Sequence[Point]) -> NDArray[np.int64]:
        """Add points, which are new, and return their indices, int64 (n,)."""
        first = len(self)
        self._points += points
        self._start(self._base)
        return np.arange(first, len(self))
