import time as clock
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.order import Arranged, arrange
from admf_jit.data.times import NOT_A_TIME


def arranged(time: Any, row_symbol: Any = None, keep: Any = None, **given: Any) -> Arranged:
    table: Any = SimpleNamespace(row=np.arange(len(time)) + 2)
    codes = np.zeros(len(time), np.int64) if row_symbol is None else np.array(row_symbol, np.int64)
    symbols = [f"S{code}" for code in range(codes.max() + 1)]
    options = ReadingOptions.model_validate(given)
    return arrange(table, np.array(time, np.int64), codes, symbols, "Date", options, keep)


def positions(found: Arranged, n: int) -> list[list[int]]:
    return [np.arange(n)[rows].tolist() for rows in found.rows]


def test_rising_rows_of_one_symbol_are_a_slice() -> None:
    assert arranged([1, 2, 5]) == ([slice(0, 3)], (), [])


def test_new_to_old_is_turned_round_and_said() -> None:
    found = arranged([5, 3, 1, 9, 8], [0, 0, 0, 1, 1])
    assert positions(found, 5) == [[2, 1, 0], [4, 3]]
    assert (found.notes, found.problems) == (("rows run from new to old: they were turned round",), [])


def test_rows_in_no_order_are_refused_or_sorted() -> None:
    time = [4, 1, 3, 2, 3]
    refused = arranged(time, duplicates="last")
    assert [p.position for p in refused.problems] == [1, 3]
    assert refused.problems[0].rule == (
        "earlier than row 2 (1970-01-01T00:00:00.000000004Z); times must rise; 2 rows of 5 come too early, "
        "sort: true sorts them"
    )
    sorted_ = arranged(time, duplicates="last", sort=True)
    assert positions(sorted_, 5) == [[1, 3, 4, 0]]
    assert sorted_.notes == (
        "4 rows in another order were sorted by time (sort: true)",
        "1 row of a time that another row has left out (duplicates: last)",
    )


@pytest.mark.parametrize(("keep", "expected"), [("first", [0, 1, 4]), ("last", [0, 3, 4])])
@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_rows_of_a_time_the_first_or_the_last_of_the_file_stays(
    keep: str, expected: list[int], backwards: bool
) -> None:
    time = [1, 2, 2, 2, 3]
    found = arranged(time[::-1] if backwards else time, duplicates=keep)
    assert positions(found, 5) == [
        expected[::-1] if backwards and keep == "first" else sorted(expected, reverse=backwards)
    ]
    assert "2 rows of a time that another row has left out" in found.notes[-1]


def test_duplicates_are_refused_by_name() -> None:
    (problem,) = arranged([1, 2, 2, 3]).problems
    assert problem.position == 2
    assert "the same time as row 3" in problem.rule and "duplicates: first or last" in problem.rule


def test_rows_that_are_left_out_or_have_no_time_do_not_count() -> None:
    keep = np.array([True, True, False, True, True])
    found = arranged([1, NOT_A_TIME, 0, 3, 4], keep=keep)
    assert (positions(found, 5), found.problems) == ([[0, 3, 4]], [])


@pytest.mark.parametrize("given", [{}, {"sort": True}])
@pytest.mark.parametrize("kind", ["new to old", "shuffled", "equal"])
def test_it_takes_a_time_that_grows_with_the_rows(kind: str, given: dict[str, bool]) -> None:
    def seconds(n: int) -> float:
        time = {
            "new to old": np.arange(n)[::-1],
            "shuffled": np.random.default_rng(1).permutation(n),
            "equal": np.zeros(n, np.int64),
        }[kind]
        begin = clock.process_time()
        arranged(time, **given)
        return clock.process_time() - begin

    assert seconds(500_000) < 5.0
