"""From a configuration to the containers of its grid: expansion, constraints, ids and seeds."""

from admf_jit.parameter_grid.container import ALL_SYMBOLS, ContainerSpec
from admf_jit.parameter_grid.containers import Containers, Environment
from admf_jit.parameter_grid.grid import Grid, build_grid

__all__ = ["ALL_SYMBOLS", "ContainerSpec", "Containers", "Environment", "Grid", "build_grid"]
