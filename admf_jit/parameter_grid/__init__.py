"""From a configuration to the containers of its grid: expansion, constraints, ids and seeds."""

from admf_jit.parameter_grid.build import build_grid
from admf_jit.parameter_grid.container import ALL_SYMBOLS, ContainerSpec
from admf_jit.parameter_grid.containers import Containers, Environment
from admf_jit.parameter_grid.grid import Grid

__all__ = ["ALL_SYMBOLS", "ContainerSpec", "Containers", "Environment", "Grid", "build_grid"]
