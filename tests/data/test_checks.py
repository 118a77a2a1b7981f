import numpy as np
import pytest

from admf_jit.data.checks import LAST_PLACES, check_values
from admf_jit.data.table import Problem

LABELS = {name: name.title() for name in ("open", "high", "low", "close", "volume")}


def bars(n: int, **columns: object) -> dict[str, np.ndarray]:
    values = {"open": np.full(n, 10.0), "high": np.full(n, 12.0), "low": np.full(n, 9.0), "close": np.full(n, 11.0)}
    values["volume"] = np.full(n, 5.0)
    for name, cells in columns.items():
        values[name] = np.array(cells, np.float64)
    return values


def checked(values: dict[str, np.ndarray], **how: bool) -> tuple[list[Problem], tuple[str, ...]]:
    return check_values(values, LABELS, np.ones(len(values["open"]), np.bool_), **how)


@pytest.mark.parametrize("places", range(1, LAST_PLACES + 1))
@pytest.mark.parametrize("price", [0.1, 11.0, 174.32019, 98_765.4321, 1e-9])
def test_the_last_bits_of_high_and_low_are_tolerance(places: int, price: float) -> None:
    inside, outside = price, price
    for _ in range(places):
        inside, outside = np.nextafter(inside, 0), np.nextafter(outside, np.inf)
    values = bars(2, open=[price] * 2, high=[inside, 2 * price], low=[inside / 2, outside], close=[price] * 2)
    problems, notes = checked(values)
    assert problems == []
    assert (values["high"][0], values["low"][1]) == (price, price)
    assert notes == (
        f"high of 1 bar became the larger of open and close: it was within {LAST_PLACES} units in the last place of it",
        f"low of 1 bar became the smaller of open and close: it was within {LAST_PLACES} units in the last place of it",
    )


def test_more_than_the_last_bits_is_refused_with_all_digits() -> None:
    high = 11.0
    for _ in range(LAST_PLACES + 4):
        high = np.nextafter(high, 0)
    values = bars(3, high=[12, high, 12])
    (problem,), notes = checked(values)
    assert problem == Problem(1, "High", repr(float(high)), "high must be >= max(open, close), which is 11")
    assert float(problem.value) != 11.0
    assert notes == () and values["high"][1] == high


def test_rules_hold_in_every_piece_of_a_long_table() -> None:
    n = 200_000
    values = bars(n)
    values["close"][[0, 70_000, n - 1]] = [13.0, np.inf, 8.0]
    values["volume"][131_072] = -2.0
    problems, _ = checked(values)
    assert [(p.position, p.column, p.value) for p in problems] == [
        (0, "High", "12"), (70_000, "Close", "inf"), (131_072, "Volume", "-2"), (n - 1, "Low", "9")
    ]  # fmt: skip


def test_prices_of_zero_and_below_are_taken_where_they_are_allowed() -> None:
    values = bars(3, open=[10, -37.63, 0], low=[9, -40.32, 0], close=[11, -37.63, 0])
    problems, _ = checked(values)
    assert {(p.position, p.column) for p in problems} == {
        (row, column) for row in (1, 2) for column in ("Open", "Low", "Close")
    }
    assert all(
        p.rule == "a price must be positive and finite; allow_nonpositive: true takes what is zero or negative"
        for p in problems
    )
    assert checked(values, allow_nonpositive=True) == ([], ())
    values["close"][1] = np.inf
    assert [p.rule for p in checked(values, allow_nonpositive=True)[0]] == ["a price must be finite"]


def test_read_only_columns_are_left_alone() -> None:
    values = bars(1, high=[np.nextafter(11.0, 0)])
    original = values["high"]
    original.flags.writeable = False
    checked(values)
    assert (original[0], values["high"][0]) == (np.nextafter(11.0, 0), 11.0)
