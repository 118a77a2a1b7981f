"""Checks of what the statistics are given: each refuses by name, with what was found and what was expected."""

from typing import Any

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError, closest

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def numbers(name: str, value: npt.ArrayLike) -> Floats:
    """Return a number or an array of numbers as float64; raise StatisticsError unless all are finite."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"{name}: expected a number or an array of numbers, found {value!r}") from error
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        where = f" at index {place[0] if len(place) == 1 else place}" if place else ""
        raise StatisticsError(
            f"{name}: expected finite numbers, found {array[place]}{where} ({int(bad.sum())} of {array.size}); "
            "leave out rows without a value"
        )
    return array


def at_least(name: str, value: npt.ArrayLike, least: float) -> Floats:
    """Return numbers none of which is below `least`; raise StatisticsError otherwise."""
    array = numbers(name, value)
    if array.size and array.min() < least:
        raise StatisticsError(f"{name}: expected at least {least:g}, found {array.min():g}")
    return array


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return a whole number between two limits; raise StatisticsError otherwise."""
    limits = f"of at least {least}" if most is None else f"from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise StatisticsError(f"{name}: expected a whole number {limits}, found {value!r}")
    if value < least or (most is not None and value > most):
        raise StatisticsError(f"{name}: expected a whole number {limits}, found {value}")
    return int(value)


def scalar(name: str, value: Any, least: float) -> float:
    """Return one number of at least `least`; raise StatisticsError otherwise."""
    number = at_least(name, value, least)
    if number.ndim:
        raise StatisticsError(f"{name}: expected one number, found the shape {number.shape}")
    return float(number)


def fraction(name: str, value: Any, least: float = 0.0) -> float:
    """Return a number between `least` and 1, both excluded; raise StatisticsError otherwise."""
    number = numbers(name, value)
    if number.ndim or not least < number < 1.0:
        raise StatisticsError(f"{name}: expected a number above {least:g} and below 1, found {value!r}")
    return float(number)


def one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    """Return a name that is known; raise StatisticsError with the nearest one otherwise."""
    if value not in known:
        near = closest(str(value), known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise StatisticsError(f"{name}: unknown {value!r}; expected one of {', '.join(map(repr, known))}{hint}")
    return str(value)


def p_values(value: npt.ArrayLike) -> Floats:
    """Return a vector of probabilities; raise StatisticsError otherwise."""
    array = numbers("p_values", value)
    if array.ndim != 1 or not array.size:
        raise StatisticsError(f"p_values: expected a vector of at least one number, found the shape {array.shape}")
    if array.min() < 0.0 or array.max() > 1.0:
        raise StatisticsError(f"p_values: expected numbers from 0 to 1, found {array.min():g} to {array.max():g}")
    return array


def table(name: str, value: npt.ArrayLike, rows: int, columns: int) -> Floats:
    """Return a table of returns, one row a period; raise StatisticsError if it is not one, or too small."""
    array = numbers(name, value)
    if array.ndim != 2:
        raise StatisticsError(
            f"{name}: expected a table [period, container], found the shape {array.shape}; "
            "a single series is series[:, None]"
        )
    if array.shape[0] < rows or array.shape[1] < columns:
        raise StatisticsError(
            f"{name}: expected at least {rows} periods (rows) and {columns} containers (columns), "
            f"found {array.shape[0]} and {array.shape[1]}"
        )
    return array


def given_back(array: Floats) -> Any:
    """Return a float for a number, and the array for an array."""
    return array.item() if array.ndim == 0 else array
