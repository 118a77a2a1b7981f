"""What a sweep runs: a search proposes containers of the grid, block by block, and is told their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from admf_jit import registry
from admf_jit.config import Config
from admf_jit.config.optimization import OptimizationConfig
from admf_jit.parameter_grid import Grid
from admf_jit.parameter_grid.open_grid import OpenGrid
from admf_jit.workflow.designs import design_facts
from admf_jit.workflow.optuna_search import optuna_facts
from admf_jit.workflow.prepared import Prepared

if TYPE_CHECKING:
    import pyarrow as pa

#: Reads the rows of a block, sorted by their index.
Rows = Callable[[], "pa.Table"]


class Search(Protocol):
    """Proposes containers of a grid. ``registry.SEARCHES`` names what makes one of a grid and `optimization`.

    What it proposes depends on these and on the rows that it was told, and on nothing else. Then a sweep has the same
    rows over any executor, number of workers and size of batches, and an interrupted one goes on where it was.
    """

    def propose(self) -> NDArray[np.int64]:
        """Indices of the containers of the next block, int64 (n,): none proposed before, and none at the end."""

    def tell(self, rows: Rows) -> None:
        """Be told the rows of the last block, which ``rows()`` reads."""


class GridSearch:
    """All containers of the grid, in one block: combinations, or points that were drawn ahead."""

    def __init__(self, grid: Grid, optimization: OptimizationConfig) -> None:
        self._left = len(grid)

    def propose(self) -> NDArray[np.int64]:
        """All containers, once."""
        proposed = np.arange(self._left)
        self._left = 0
        return proposed

    def tell(self, rows: Rows) -> None:
        """Nothing depends on rows."""


def load_search(prepared: Prepared) -> Search:
    """The search that `optimization.method` names."""
    config = prepared.config
    method = config.optimization.method
    if isinstance(prepared.grid, OpenGrid):
        search: Search = registry.load(registry.PROPOSERS[method])(prepared.grid, config)
    else:
        search = registry.load(registry.SEARCHES.get(method, GridSearch))(prepared.grid, config.optimization)
    return search


def search_facts(config: Config) -> dict[str, Any]:
    """What decides the proposals of a search besides seed, space and data, for the manifest; nothing for a grid."""
    if config.optimization.method in registry.DESIGNS:
        return {"search": design_facts(config)}
    return {"search": optuna_facts(config)} if config.optimization.method == "optuna" else {}
