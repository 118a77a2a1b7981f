"""The examples in configs/: they load, and explain themselves in their first line."""

import math
from pathlib import Path

import pytest

from admf_jit.config import load_config, load_run

EXAMPLES = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_loads_and_says_what_it_is(path):
    run = load_run(path)
    config = run.common
    assert config.name == path.stem.replace("_", "-")
    assert config.data.source == "sample"
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", ["quickstart", "minute_grid"])
def test_the_two_grids_of_the_isolation_page_have_1188_containers(name):
    path = next(path for path in EXAMPLES if path.stem == name)
    parameters = load_config(path).optimization.parameters
    assert [len(values) for values in parameters.values()] == [11, 9, 4, 3]
    assert math.prod(len(values) for values in parameters.values()) == 1188
