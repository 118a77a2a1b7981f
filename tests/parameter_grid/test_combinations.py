"""Grids whose combinations are listed one by one, and constraints that Python functions decide."""

import random

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.layout import Layout
from tests.parameter_grid.builders import make_config, make_grid

PAIRS = [
    {"fast_period": 5, "slow_period": 20},
    {"fast_period": 3, "slow_period": 50},
    {"fast_period": 5, "slow_period": 10},
]


def swept(grid):
    return [container.swept for container in grid]


def test_listed_combinations_are_the_containers_in_their_order():
    grid = make_grid(PAIRS)
    assert swept(grid) == PAIRS
    some = grid.select(np.arange(3))
    assert some.swept["fast_period"].tolist() == [5, 3, 5]
    assert some.swept["slow_period"].tolist() == [20, 50, 10]


def test_a_listed_container_has_the_id_that_it_has_in_any_grid():
    product = {
        tuple(one.swept.values()): one for one in make_grid({"fast_period": [3, 5], "slow_period": [10, 20, 50]})
    }
    for one in make_grid(PAIRS):
        other = product[tuple(one.swept.values())]
        assert (one.container_id, one.seed) == (other.container_id, other.seed)


def test_an_entry_of_lists_is_a_small_grid():
    grid = make_grid([
        {"fast_period": {"start": 2, "stop": 4, "step": 1}, "slow_period": 10},
        {"fast_period": [7, 8], "slow_period": [20, 30]},
    ])  # fmt: skip
    pairs = [(one["fast_period"], one["slow_period"]) for one in swept(grid)]
    assert pairs == [(2, 10), (3, 10), (4, 10), (7, 20), (7, 30), (8, 20), (8, 30)]


def test_texts_leave_listed_combinations_out():
    assert swept(make_grid(PAIRS, ["slow_period >= 20", "fast_period < 5"])) == [PAIRS[1]]
    with pytest.raises(ConfigError, match=r"removes all of the 3 containers"):
        make_grid(PAIRS, ["fast_period > slow_period"])


def test_the_resolved_form_loads_again_as_the_same_grid():
    config = make_config(PAIRS)
    resolved = config.model_dump(mode="json")
    assert resolved["optimization"]["parameters"] == {"fast_period": [5, 3], "slow_period": [20, 50, 10]}
    assert resolved["optimization"]["combinations"] == {"fast_period": "0 1 0", "slow_period": "0 1 2"}
    assert load_config(resolved) == config


def test_a_product_says_nothing_of_combinations():
    assert "combinations" not in make_config({"fast_period": [5, 6]}).model_dump(mode="json")["optimization"]


def test_random_searches_over_many_settings_have_no_largest_size():
    chance = random.Random(5)
    names = ["position_size", "exits.stop_loss", "exits.take_profit", "risk.max_drawdown", "risk.max_daily_loss"]
    names += [f"account.{name}" for name in ("commission.rate", "slippage.rate", "interest_rate", "borrow_rate")]
    blocks = {
        "account": {
            "commission": {"type": "percent", "rate": 0.0},
            "slippage": {"type": "percent", "rate": 0.0},
            "margin": {"leverage": 2},
        }
    }
    rows = [{name: chance.uniform(0.001, 0.5) for name in names} for _ in range(300)]  # 300 ** 9 > 2 ** 63
    grid = make_grid(rows, **blocks)
    assert swept(grid) == rows
    some = grid.select(np.arange(300))
    assert some.container_id == [one.container_id for one in grid]
    assert len(set(some.environment.tolist())) == 300


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([], "optimization.parameters: is an empty list"),
        ([{}], r"optimization.parameters\[0\]: is \{\}; expected a mapping of names to values"),
        ([5], r"optimization.parameters\[0\]: is 5; expected a mapping of names to values"),
        ([{"fast_period": 5}, {"slow_period": 5}], r"\[1\]: has other names than \[0\] \(fast_period, slow_period\)"),
        ([*PAIRS, PAIRS[1]], r"parameters\[3\]: fast_period = 3, slow_period = 50: is there already, from \[1\]"),
        ([{"fast_period": []}], r"parameters\[0\].fast_period: is \[\]; expected at least one value"),
        ([{"fast_period": {"start": 5, "stop": 3, "step": 1}}], r"parameters\[0\].fast_period: .*start <= stop"),
        ([{"fast_perid": 5}], "fast_perid: unknown name; did you mean 'fast_period'"),
        ([{"fast_period": 2.5}], r"optimization.parameters.fast_period\[0\]: is 2.5; expected a whole number"),
    ],
)  # fmt: skip
def test_refuses_a_list_with_path_and_expectation(parameters, message):
    with pytest.raises(ConfigError, match=message):
        make_grid(parameters)


@pytest.mark.parametrize(
    ("combinations", "message"),
    [
        ({"fast_period": "0 1"}, "other names than parameters"),
        ({"fast_period": "0 1", "slow_period": "0"}, "position of a value of every name"),
        ({"fast_period": "0 2", "slow_period": "0 1"}, "combinations.fast_period: expected the position"),
        ({"fast_period": "0 x", "slow_period": "0 1"}, "whole numbers"),
        ({"fast_period": "0 -1", "slow_period": "0 1"}, "whole numbers"),
        ({"fast_period": "", "slow_period": ""}, "expected"),
    ],
)
def test_positions_written_by_hand_are_checked(combinations, message):
    fields = {"parameters": {"fast_period": [3, 5], "slow_period": [10, 20]}, "combinations": combinations}
    with pytest.raises(ConfigError, match=message):
        load_config({"data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}, "optimization": fields})


def test_a_function_keeps_what_the_same_text_keeps():
    lists = {"fast_period": list(range(5, 30, 5)), "slow_period": list(range(10, 40, 10)), "position_size": [0.5, 1.0]}
    by_text = make_grid(lists, ["fast_period < slow_period * position_size"])
    by_function = make_grid(lists, conditions=[
        lambda row: row["fast_period"] < row["slow_period"] * row["account.position_size"]
    ])  # fmt: skip
    assert [one.container_id for one in by_function] == [one.container_id for one in by_text]
    assert swept(by_function) == swept(by_text)


def test_codes_are_distinct_however_many_values_there_are():
    lengths = (3_000_000_000,) * 4
    listed = np.array([[0, 2_999_999_999, 0], [1, 1, 1], [5, 7, 5], [9, 9, 8]])
    layout = Layout(lengths, listed=listed)
    assert len(set(layout.codes(layout.digits(np.arange(3)), range(4), 3).tolist())) == 3


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("exits.stop_loss", [None, 0.05]),
        ("exits.stop_loss", [0.05, None, 0.1]),
        ("exits.max_holding_bars", [5, None]),
        ("exits.trailing_stop", [None, 0.03]),
        ("risk.max_drawdown", [None, 0.2]),
        ("account.commission", [None, 0.001]),
        ("account.slippage", [0.001, None]),
        ("execution.max_volume_share", [None, 0.1]),
    ],
)
def test_a_setting_that_may_be_null_is_swept_with_null(name, values):
    grid = make_grid({name: values, "fast_period": [3, 5]})
    block, _, key = name.partition(".")
    for one in grid:
        (alone,) = make_grid({"fast_period": [one.swept["fast_period"]]}, **{block: {key: one.swept[name]}})
        assert one.container_id == alone.container_id
    assert [one.swept[name] for one in grid] == [value for value in values for _ in range(2)]
    some = grid.select(np.arange(len(grid)))
    assert list(some.swept[name]) == [value for value in values for _ in range(2)]


def test_constraints_tell_null_apart():
    lists = {"exits.stop_loss": [None, 0.05, 0.1], "fast_period": [3, 5]}
    kept = swept(make_grid(lists, ["exits.stop_loss is None or exits.stop_loss < 0.1"]))
    assert [one["exits.stop_loss"] for one in kept] == [None, None, 0.05, 0.05]
    with pytest.raises(ConfigError, match="'exits.stop_loss < 0.1': .*NoneType.*, at exits.stop_loss = None"):
        make_grid(lists, ["exits.stop_loss < 0.1"])


@pytest.mark.parametrize("name", ["fast_period", "allow_short", "account.cash", "symbol", "execution.fill"])
def test_what_cannot_be_null_refuses_it(name):
    with pytest.raises(ConfigError, match=rf"optimization.parameters.{name}\[0\]: is None; "):
        make_grid({name: [None]})
