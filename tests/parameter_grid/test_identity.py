import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit.parameter_grid.identity import canonical_json, container_id, container_seed
from tests.parameter_grid.builders import make_grid

ROOT = Path(__file__).parents[2]
SWEEP = {"fast_period": [5, 6], "signal_threshold": [0, 0.1], "position_size": [0.5, 1]}

PINNED_FIRST = ("cb7902fbafc4e557", 7908523521075404667)
PINNED_LAST = ("b8619662ce0a250b", 1516493015063249543)


def by_sweep(grid):
    return {json.dumps(container.swept, sort_keys=True): container for container in grid}


def test_pinned_ids_and_seeds():
    """These may change only with a deliberate break: they name the rows of runs that people keep."""
    grid = make_grid(SWEEP, workflow={"reproducibility": {"master_seed": 42}})
    first, last = grid.container(0), grid.container(7)
    assert (first.container_id, first.seed) == PINNED_FIRST
    assert (last.container_id, last.seed) == PINNED_LAST


def test_an_id_is_the_hash_of_the_canonical_json_of_what_decides_the_result():
    container = make_grid(SWEEP).container(3)
    fields = {
        "strategy": "strategy-digest",
        "data": "data-digest",
        "symbol": "SPY",
        "master_seed": 0,
        "parameters": container.parameters,
        "account": container.account.model_dump(),
        "execution": {"fill": "next_open", "close_at_end": False, "event_capacity": 64},
    }
    assert container.container_id == container_id(canonical_json(fields))


def test_the_same_container_has_the_same_id_and_seed_in_any_grid():
    grid = by_sweep(make_grid(SWEEP))
    other = by_sweep(
        make_grid(
            {"position_size": [1], "signal_threshold": [0.2, 0.1], "fast_period": [7, 6, 5]},
            ["fast_period < 7"],
        )
    )
    shared = grid.keys() & other.keys()
    assert len(shared) == 2
    assert all(grid[key].container_id == other[key].container_id for key in shared)
    assert all(grid[key].seed == other[key].seed for key in shared)
    alone = make_grid(
        strategy={"type": "other_name", "parameters": {"fast_period": 6, "signal_threshold": 0.1}}
    ).container(0)
    assert alone.container_id in {container.container_id for container in grid.values()}


def test_what_only_schedules_containers_does_not_enter_the_id():
    plain = make_grid().container(0).container_id
    blocks = [
        {"execution": {"optimization_phase": {"containers": 3}}},
        {"containers": {"defaults": {"resources": {"cpu_limit": 1}}}},
        {"name": "another"},
        {"workflow": {"reproducibility": {"deterministic_ordering": False}}},
        {"optimization": {"batch_size": 3, "parallel_containers": 3, "objective": "cagr"}},
    ]
    assert all(make_grid(**block).container(0).container_id == plain for block in blocks)


@pytest.mark.parametrize(
    "block",
    [
        {"account": {"cash": 1}},
        {"account": {"position_size": 0.5}},
        {"account": {"lot_size": 1}},
        {"account": {"commission": {"type": "percent", "rate": 0}}},
        {"account": {"slippage": {"type": "fixed", "amount": 0}}},
        {"execution": {"fill": "same_close"}},
        {"execution": {"close_at_end": True}},
        {"execution": {"event_capacity": 32}},
        {"workflow": {"reproducibility": {"master_seed": 1}}},
        {"strategy": {"type": "x", "parameters": {"allow_short": True}}},
        {"symbols": ("QQQ",)},
    ],
)
def test_what_decides_the_result_enters_the_id(block):
    assert make_grid(**block).container(0).container_id != make_grid().container(0).container_id


def test_ids_and_seeds_of_a_grid_are_distinct_and_in_range():
    containers = list(make_grid({"fast_period": list(range(1, 2001))}))
    assert len({container.container_id for container in containers}) == 2000
    assert len({container.seed for container in containers}) == 2000
    assert all(0 <= container.seed < 2**63 for container in containers)
    assert all(len(container.container_id) == 16 for container in containers)


def test_the_seed_depends_on_the_master_seed_and_the_id():
    seeds = {container_seed(master, name) for master in (0, 1) for name in ("a", "b")}
    assert len(seeds) == 4


def test_canonical_json_refuses_what_json_cannot_say():
    assert canonical_json({"b": 0.1, "a": [True, 1e-7]}) == '{"a":[true,1e-07],"b":0.1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_ids_do_not_depend_on_the_hash_seed_of_the_process():
    code = (
        "from tests.parameter_grid.test_identity import SWEEP; from tests.parameter_grid.builders import make_grid;"
        "print([(c.container_id, c.seed, list(c.swept.items())) for c in make_grid(SWEEP)])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "kernels")]),
            },
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
