"""Containers column by column are the containers one by one."""

from typing import Any

import numpy as np
import pytest

from admf_jit.parameter_grid import Containers, Grid
from tests.parameter_grid.builders import DEFAULTS, make_grid

GRIDS: dict[str, dict[str, Any]] = {
    "nothing swept": {},
    "parameters": {"parameters": {"slow_period": [20, 30, 40], "fast_period": [5, 7], "allow_short": [True, False]}},
    "settings and symbols": {
        "parameters": {
            "symbol": ["B", "A"],
            "position_size": [1, 0.5],
            "fast_period": [3, 4],
            "account.cash": [1000, 2500.5],
            "execution.fill": ["same_close", "next_open"],
            "signal_threshold": [0, 0.25, 1e-9],
        },
        "symbols": ("A", "B"),
    },
    "constraints": {
        "parameters": {"fast_period": list(range(2, 30)), "slow_period": list(range(2, 30))},
        "constraints": ["fast_period < slow_period"],
    },
    "huge numbers": {"parameters": {"account.cash": [10**18, 10**25], "fast_period": [3]}},
}


def grid_of(name: str) -> Grid:
    grid: Grid = make_grid(**GRIDS[name])
    return grid


def rows(containers: Containers) -> list[Any]:
    """What ``ContainerSpec`` says of each, in plain values."""
    swept = {
        name: values.tolist() if isinstance(values, np.ndarray) else list(values)
        for name, values in containers.swept.items()
    }
    said = []
    for place, index in enumerate(containers.index.tolist()):
        environment = containers.environments[containers.environment[place]]
        said.append(
            (
                index,
                containers.container_id[place],
                containers.seed[place],
                environment.symbol,
                {name: values[place] for name, values in swept.items()},
                containers.parameters[place].tolist(),
                environment.settings,
            )
        )
    return said


def one_by_one(grid: Grid, indices: list[int]) -> list[Any]:
    said = []
    for container in map(grid.container, indices):
        settings = container.account, container.execution, container.exits, container.risk
        parameters = [float(container.parameters[name]) for name in DEFAULTS]
        identity = container.index, container.container_id, container.seed, container.symbol
        said.append((*identity, container.swept, parameters, settings))
    return said


@pytest.mark.parametrize("name", GRIDS)
def test_columns_are_the_containers_one_by_one(name: str) -> None:
    grid = grid_of(name)
    n = len(grid)
    for indices in (np.arange(n), np.random.default_rng(3).permutation(n)[: n // 2 + 1], np.zeros(0, np.int64)):
        found = grid.select(indices.astype(np.int64))
        assert len(found) == len(indices)
        plain = [(*row[:-1], (row[-1].account, row[-1].execution, row[-1].exits, row[-1].risk)) for row in rows(found)]
        expected = one_by_one(grid, indices.tolist())
        assert plain == expected
        assert [repr(row[4]) for row in plain] == [repr(row[4]) for row in expected], "in their types"


def test_a_part_is_some_of_the_containers() -> None:
    grid = grid_of("settings and symbols")
    everyone = grid.select(np.arange(len(grid), dtype=np.int64))
    places = np.array([5, 0, 17])
    assert rows(everyone.part(places)) == [rows(everyone)[place] for place in places]
