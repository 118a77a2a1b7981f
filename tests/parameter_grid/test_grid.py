import itertools
import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit.errors import ConfigError
from tests.parameter_grid.builders import DEFAULTS, make_grid

PERCENT = {"account": {"commission": {"type": "percent", "rate": 0.001}}}


def rows(grid):
    return [tuple(container.swept.values()) for container in grid]


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True), max_size=5))
def test_order_is_that_of_itertools_product(lists):
    names = [f"p{number}" for number in range(len(lists))]
    grid = make_grid(dict(zip(names, lists, strict=True)), defaults=dict.fromkeys(names, 0))
    expected = list(itertools.product(*lists))
    assert len(grid) == len(expected)
    assert rows(grid) == expected
    assert [container.index for container in grid] == list(range(len(expected)))
    assert all(tuple(container.swept) == grid.swept == tuple(names) for container in grid)


def test_a_grid_without_swept_names_is_one_container():
    (container,) = make_grid(strategy={"type": "sma_crossover", "parameters": {"fast_period": 3}})
    assert container.swept == {}
    assert container.parameters == {**DEFAULTS, "fast_period": 3}
    assert container.symbol == "SPY"


@given(st.data())
def test_containers_with_equal_parameters_become_neighbours(data):
    names = ("position_size", "fast_period", "execution.fill", "symbol", "slow_period", "account.commission.rate")
    values = ([1, 0.5], [3, 4, 5], ["next_open", "same_close"], ["B", "A"], [9], [0, 0.01])
    order = data.draw(st.permutations(range(len(names))))
    kept = data.draw(st.sampled_from([[], ["fast_period != 4 or position_size > 0.7"]]))
    swept = {names[place]: values[place] for place in order}
    grid = make_grid(swept, constraints=kept, symbols=("A", "B"), **PERCENT)
    given = np.array(sorted(data.draw(st.sets(st.integers(0, len(grid) - 1), min_size=1))), np.int64)
    found = grid.side_by_side(given)
    assert sorted(found.tolist()) == given.tolist(), "each once"
    containers = [grid.container(index) for index in found.tolist()]
    groups = [
        (key, [container.index for container in group])
        for key, group in itertools.groupby(containers, lambda c: (c.symbol, *c.parameters.values()))
    ]
    assert len({key for key, _ in groups}) == len(groups), "one group of each"
    assert all(indices == sorted(indices) for _, indices in groups)


def test_swept_settings_reach_account_execution_and_symbol():
    grid = make_grid(
        {
            "symbol": ["B", "A"],
            "position_size": [1, 0.5],
            "account.commission.rate": [0, 0.01],
            "account.lot_size": [2],
            "execution.fill": ["same_close"],
            "execution.event_capacity": [128],
            "fast_period": [7],
        },
        symbols=("A", "B"),
        **PERCENT,
    )
    assert len(grid) == 8
    container = grid.container(3)
    assert container.symbol == "B"
    assert container.account.position_size == 0.5
    assert container.account.commission.rate == 0.01
    assert container.account.lot_size == 2.0
    assert container.execution.fill == "same_close"
    assert container.execution.event_capacity == 128
    assert container.parameters == {**DEFAULTS, "fast_period": 7}
    assert list(container.swept) == list(grid.swept)
    assert container.swept["position_size"] == 0.5


def test_many_settings_stay_right_when_the_cache_of_blocks_is_full():
    grid = make_grid({"account.cash": {"start": 1, "stop": 5000, "step": 1}})
    assert [container.account.cash for container in grid] == [float(cash) for cash in range(1, 5001)]
    assert grid.container(0).account.cash == 1.0


def test_indices_outside_the_grid_are_refused():
    grid = make_grid({"fast_period": [1, 2]})
    for index in (-1, 2):
        with pytest.raises(IndexError, match="expected 0 to 1"):
            grid.container(index)


def test_values_take_the_type_of_the_parameter():
    container = make_grid({"fast_period": [5.0], "signal_threshold": [1], "allow_short": [True]}).container(0)
    assert [type(value) for value in container.swept.values()] == [int, float, bool]
    assert container.parameters == {
        **DEFAULTS,
        "fast_period": 5,
        "signal_threshold": 1.0,
        "allow_short": True,
    }


REFUSED = [
    ({"fast_perod": 1}, "optimization.parameters.fast_perod: unknown name; did you mean 'fast_period'?"),
    ({"positon_size": 1}, "did you mean 'position_size'?"),
    (
        {"account.lotsize": 1},
        "optimization.parameters.account.lotsize: unknown name; did you mean 'account.lot_s",
    ),
    ({"execution.optimization_phase.containers": 1}, "containers: unknown name"),
    ({"account.slippage.rate": 0.1}, "optimization.parameters.account.slippage.rate: unknown name"),
    ({"account.commission.type": "none"}, "a type cannot be swept"),
    ({"fast_period": [5, 5.5]}, "fast_period[1]: is 5.5; expected a whole number, as the default 10 is"),
    ({"fast_period": [True]}, "fast_period[0]: is True; expected a number, as the default 10 is"),
    ({"fast_period": ["5"]}, "fast_period[0]: is '5'; expected a number, as the default 10 is"),
    ({"fast_period": [2**63]}, "expected a whole number of 64 bits"),
    ({"signal_threshold": [10**400]}, "expected a number of double precision"),
    ({"allow_short": [0]}, "allow_short[0]: is 0; expected true or false"),
    ({"fast_period": [5, 6, 5.0]}, "fast_period[2]: is 5.0 again, as at [0]; expected it once"),
    (
        {"account.commission.rate": [0, -1]},
        "parameters.account.commission.rate[1]: is -1; expected a fraction",
    ),
    ({"position_size": [-2]}, "position_size[0]: is -2; expected the fraction f of equity"),
    ({"position_size": [2]}, "position_size[0]: position_size is 2.0 with leverage 1; expected at most 1"),
    (
        {"execution.fill": ["next_opn"]},
        "execution.fill[0]: is 'next_opn'; expected one of next_open, same_clo",
    ),
    ({"execution.event_capacity": [3]}, "execution.event_capacity[0]: is 3; expected a power of two"),
    ({"symbol": ["SPX"]}, "symbol[0]: is 'SPX'; unknown symbol of the data; did you mean 'SPY'?"),
    ({"symbol": [1]}, "symbol[0]: is 1; unknown symbol of the data; expected one of SPY"),
    (
        {"position_size": 0.5, "account.position_size": 0.1},
        "optimization.parameters.account.position_size: sweeps the same setting as 'position_size'",
    ),
]


@pytest.mark.parametrize(("parameters", "message"), REFUSED)
def test_refuses_with_path_value_and_expectation(parameters, message):
    with pytest.raises(ConfigError) as caught:
        make_grid(parameters, **PERCENT)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_fixed_parameters_are_checked_against_the_strategy():
    with pytest.raises(ConfigError) as caught:
        make_grid(
            {"slow_period": [1]},
            strategy={
                "type": "x",
                "parameters": {"fst_period": 1, "fast_period": 0.5, "slow_period": 2},
            },
        )
    assert str(caught.value).splitlines() == [
        "strategy.parameters.fst_period: unknown parameter of the strategy; did you mean 'fast_period'?",
        "strategy.parameters.fast_period: is 0.5; expected a whole number, as the default 10 is",
        "optimization.parameters.slow_period: is also fixed in strategy.parameters; expected one of the two",
    ]


def test_a_parameter_cannot_have_the_name_of_a_setting():
    with pytest.raises(ConfigError, match="parameter 'symbol', which is a setting's name"):
        make_grid(defaults={"symbol": 1})


def test_several_symbols_ask_for_a_choice_except_in_the_sample():
    assert make_grid(symbols=("A", "B")).container(0).symbol == "A"
    with pytest.raises(ConfigError, match=r"data.symbols: the data holds 2 symbols \(A, B\)"):
        make_grid(symbols=("A", "B"), data={"source": "sample", "symbols": ["A", "B"]})


def test_a_grid_that_is_too_large_is_refused_with_its_size():
    thousand = {"start": 1, "stop": 1000, "step": 1}
    with pytest.raises(ConfigError, match="1,000 x 1,000 x 51 = 51,000,000 containers; expected at most 50,000,000"):
        make_grid({"fast_period": thousand, "slow_period": thousand, "signal_threshold": list(range(51))})


def test_a_large_grid_is_not_held_in_memory_and_is_fast():
    thousand = {"start": 1, "stop": 1000, "step": 1}
    grid = make_grid({"fast_period": thousand, "slow_period": thousand, "signal_threshold": list(range(50))})
    assert len(grid) == 50_000_000
    assert tuple(grid.container(49_999_999).swept.values()) == (1000, 1000, 49.0)
    start = time.process_time()
    for index in range(2_000):
        grid.container(index)
    # Ten times slower than measured: this finds a container that is checked in full, not a slow day.
    assert time.process_time() - start < 0.4


def test_constraints_keep_the_order_and_renumber():
    grid = make_grid(
        {"fast_period": [5, 20, 30], "position_size": [0.5, 1], "slow_period": [10, 25]},
        ["fast_period < slow_period", "position_size > 0.5 or fast_period == 5"],
    )
    assert rows(grid) == [(5, 0.5, 10), (5, 0.5, 25), (5, 1.0, 10), (5, 1.0, 25), (20, 1.0, 25)]
    assert [container.index for container in grid] == [0, 1, 2, 3, 4]


def test_constraints_see_fixed_parameters_and_settings():
    grid = make_grid(
        {"fast_period": [5, 40], "account.commission.rate": [0, 0.01], "account.position_size": [0.2, 0.4]},
        [
            "fast_period < slow_period",
            "not allow_short",
            "account.commission.rate * account.cash <= 500",
            "position_size > 0.3",
            "account.position_size > position_size - 1",
        ],
        **PERCENT,
    )
    assert rows(grid) == [(5, 0.0, 0.4)]


def test_a_grid_left_empty_says_which_constraint_emptied_it():
    with pytest.raises(ConfigError) as caught:
        make_grid({"fast_period": [5, 50]}, ["fast_period < slow_period", "fast_period > 40", "fast_period > 1"])
    assert str(caught.value).startswith(
        "optimization.constraints[1]: 'fast_period > 40' removes the one container that was left"
    )


def test_a_constraint_that_cannot_be_computed_names_the_values():
    with pytest.raises(ConfigError) as caught:
        make_grid({"fast_period": [5, 0]}, ["slow_period / fast_period > 2"])
    text = str(caught.value)
    assert text.startswith("optimization.constraints[0]: 'slow_period / fast_period > 2': ")
    assert "zero" in text
    assert text.endswith("at slow_period = 30, fast_period = 0")


def test_unknown_names_in_constraints_come_with_the_nearest():
    with pytest.raises(ConfigError) as caught:
        make_grid({"fast_period": [5]}, ["fast_period < slow_perod"])
    assert str(caught.value) == (
        "optimization.constraints[0]: 'fast_period < slow_perod': column 15: 'slow_perod': unknown name; "
        "did you mean 'slow_period'?"
    )


UNKNOWN = [
    # what is written, the settings, what the answer names; all of that can be swept
    ("commission", {}, ["account.commission"]),
    ("comission", {}, ["account.commission"]),
    ("account.commission.rate", {}, ["account.commission"]),
    ("commission.rate", {}, ["account.commission"]),
    ("commission", PERCENT, ["account.commission.rate"]),
    ("commission", {"account": {"commission": {"type": "per_share", "rate": 0.01}}}, ["account.commission.rate"]),
    ("commission.type", {}, ["account.commission"]),
    ("account.commission.type", {}, ["account.commission"]),
    ("account.commission.type", PERCENT, ["account.commission.rate"]),
    ("account.commission.type", {"account": {"commission": {"type": "fixed", "amount": 1}}},
     ["account.commission.amount"]),
    ("slippage", {}, ["account.slippage"]),
    ("leverage", {}, ["account.margin.leverage"]),
    ("margin", {}, ["account.margin.leverage"]),
    ("stop_loss", {}, ["exits.stop_loss"]),
    ("exits", {}, ["exits.stop_loss", "exits.take_profit"]),
    ("risk", {}, ["risk.max_drawdown"]),
    ("nothing_like_it", {}, ["fast_period", "position_size", "account.commission", "exits.stop_loss"]),
]  # fmt: skip


#: A value that each setting takes; all others take a thousandth.
TAKEN = {"account.margin.leverage": 2, "fast_period": 5}


@pytest.mark.parametrize(("name", "settings", "expected"), UNKNOWN)
def test_an_unknown_name_is_answered_with_names_that_can_be_swept(name, settings, expected):
    with pytest.raises(ConfigError) as caught:
        make_grid({name: [0.001]}, **settings)
    text = str(caught.value).removeprefix(f"optimization.parameters.{name}: ")
    assert ".type" not in text and "execution.preset" not in text
    for other in expected:
        assert re.search(rf"(?<![\w.]){re.escape(other)}(?![\w.])", text), text
        make_grid({other: [TAKEN.get(other, 0.001)]}, **settings)
