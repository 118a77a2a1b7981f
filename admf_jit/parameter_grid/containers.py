"""Many containers of a grid, column by column: one object for each would take longer than some of them run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.blocks import Blocks


@dataclass(frozen=True, eq=False)
class Environment:
    """Settings and symbol that containers have in common, and their identity's JSON around the parameters."""

    settings: Blocks
    symbol: str
    head: str
    tail: str


@dataclass(frozen=True, eq=False)
class Containers:
    """n containers: what ``ContainerSpec`` says of one, a column each.

    index and seed int64 (n,); container_id n texts; swept by name, n values each: int64, float64 or bool (n,), or a
    list of texts or of mixed numbers; parameters float64 (n, n_parameters) in the order of the strategy's declaration;
    environment int64 (n,), the place of each container's settings in ``environments``.
    """

    index: NDArray[np.int64]
    container_id: Sequence[str]
    seed: NDArray[np.int64]
    swept: Mapping[str, Sequence[Scalar] | NDArray[np.generic]]
    parameters: NDArray[np.float64]
    environment: NDArray[np.int64]
    environments: Sequence[Environment]

    def __len__(self) -> int:
        return len(self.index)

    def part(self, places: NDArray[np.int64]) -> Containers:
        """Some of the containers."""
        chosen = places.tolist()
        return Containers(
            self.index[places],
            [self.container_id[place] for place in chosen],
            self.seed[places],
            {
                name: values[places] if isinstance(values, np.ndarray) else [values[place] for place in chosen]
                for name, values in self.swept.items()
            },
            self.parameters[places],
            self.environment[places],
            self.environments,
        )
