"""Streams: containers that differ in what their account is charged and holds alone have the same one."""

import itertools
from typing import Any

import numpy as np
import pytest

from admf_jit.parameter_grid import Grid
from tests.parameter_grid.builders import make_grid

PERCENT = {"account": {"commission": {"type": "percent", "rate": 0.001}}}
EXITS = {"exits": {"stop_loss": 0.05}}
#: Swept names, and whether another value is another stream.
SWEPT: dict[str, tuple[list[Any], bool]] = {
    "fast_period": ([3, 4], True),
    "signal_threshold": ([0.0, 0.1], True),
    "symbol": (["A", "B"], True),
    "execution.fill": (["next_open", "same_close"], True),
    "exits.stop_loss": ([0.02, 0.05], True),
    "account.pyramiding": ([1, 2], True),
    "position_size": ([0.5, 1.0], False),
    "account.cash": ([100.0, 200.0], False),
    "account.commission.rate": ([0.0, 0.01], False),
    "account.lot_size": ([0, 1], False),
}


def streams(grid: Grid) -> list[int]:
    found: list[int] = grid.streams_of(np.arange(len(grid))).tolist()
    return found


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SWEPT, 2)))
def test_what_decides_signals_and_exits_decides_the_stream(one: str, other: str) -> None:
    """Two names at a time: containers have the same stream where they differ in names of the account's scale alone."""
    grid = make_grid({name: SWEPT[name][0] for name in (one, other)}, symbols=("A", "B"), **PERCENT, **EXITS)
    keys = [tuple(c.swept[name] for name in (one, other) if SWEPT[name][1]) for c in grid]
    found = streams(grid)
    assert len(set(found)) == len(set(keys)) == len(set(zip(found, keys, strict=True)))


def test_a_stream_is_the_same_in_any_grid() -> None:
    whole = make_grid({"fast_period": [3, 4, 5], "position_size": [0.5, 1.0]})
    alone = make_grid({"position_size": [0.25]}, strategy={"type": "sma_crossover", "parameters": {"fast_period": 4}})
    assert streams(alone) == [streams(whole)[2]] == [streams(whole)[3]]
    assert whole.streams_of(np.array([5, 0])).tolist() == [streams(whole)[5], streams(whole)[0]]


def test_a_zero_without_its_sign_is_the_same_stream() -> None:
    grid = make_grid({"signal_threshold": [0.0, 0.5]})
    negative = make_grid({"signal_threshold": [-0.0, 0.5]})
    assert streams(grid) == streams(negative)


def test_neither_seed_nor_data_are_part_of_it() -> None:
    """The seed decides nothing of most strategies, and the ledger keeps sets of data apart."""
    one = make_grid({"fast_period": [3]}, workflow={"reproducibility": {"master_seed": 1}})
    other = make_grid({"fast_period": [3]}, workflow={"reproducibility": {"master_seed": 2}})
    assert one.container(0).container_id != other.container(0).container_id and streams(one) == streams(other)


def test_a_common_start_is_another_stream() -> None:
    grid = make_grid({"fast_period": [3]})
    assert streams(grid) != streams(grid.starting_at(9))


def test_many_parameters_have_streams_apart() -> None:
    grid = make_grid({"fast_period": list(range(2, 102)), "slow_period": list(range(200, 300))})
    assert len(set(streams(grid))) == len(grid) == 10_000
