"""Columns of one's own: predictions, features, funding or whatever else a table has a number of for every bar."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.header import Header
from admf_jit.data.numbers import Style, is_null, looks_like_number, to_numbers
from admf_jit.data.spellings import is_unnamed
from admf_jit.data.table import Problem
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd


def own_columns(header: Header, used: set[int], reserved: set[int]) -> dict[str, int]:
    """Return the places of the columns that `extra` names, by the names that strategies know them by.

    "all" are those of numbers that nothing else is `used` for. Columns that are `reserved`, those of times and symbols,
    are refused.
    """
    asked = header.options.extra
    if asked is None:
        return {}
    if asked == "all":
        left = [place for place in range(len(header.names)) if place not in used | reserved]
        found = [place for place in left if not is_unnamed(header.names[place]) and _holds_numbers(header, place)]
        twice = next((place for place in found if header.names.count(header.names[place]) > 1), None)
        if twice is not None:
            raise header.refusal(
                f"extra: several columns are called {header.names[twice]!r}; give all columns names: [...]"
            )
        return {header.names[place]: place for place in found}
    places = {name: header.place_of(column, "extra") for name, column in asked.items()}
    for name, place in places.items():
        if place in reserved:
            raise header.refusal(f"extra: {name}: column {header.names[place]!r} tells times or symbols")
    return places


def _holds_numbers(header: Header, place: int) -> bool:
    cells = [cell for cell in header.samples(place) if cell is not None]
    texts = [cell for cell in cells if isinstance(cell, str)]
    if texts:
        if _truths(texts):
            return True
        return all(is_null(cell) or looks_like_number(cell) for cell in texts) and not all(map(is_null, texts))
    return bool(cells) and all(isinstance(cell, bool | int | float | np.number | np.bool_) for cell in cells)


def own_values(
    columns: "Mapping[int, pd.Series[Any]]", places: Mapping[str, int], header: Sequence[str], style: Style | None
) -> tuple[dict[str, NDArray[np.float64]], list[Problem]]:
    """Return the columns as numbers, (n_rows,) each, NaN for a cell that holds nothing, and each bad cell."""
    values: dict[str, NDArray[np.float64]] = {}
    problems: list[Problem] = []
    for name, place in places.items():
        numbers, unread = to_numbers(_without_bools(columns[place]), header[place], style)
        # Of the many bits that are no number these alone, so that the same data have one digest.
        values[name] = np.where(np.isnan(numbers), np.nan, numbers)
        problems += unread
        problems += [
            Problem(int(row), header[place], repr(float(values[name][row])), "expected a finite number, or nothing")
            for row in np.flatnonzero(np.isinf(values[name]))
        ]
    return values, problems


def _without_bools(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same column, 1 for true and 0 for false; also where these are words, in a column of nothing else."""
    import pandas as pd

    if pd.api.types.is_string_dtype(column.dtype) and (words := _truths(column.dropna().unique().tolist())):
        return column.map(words).astype("Float64")
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("Float64" if column.isna().any() else "float64")
    known = column.dropna() if column.dtype == object else ()
    return column.astype("Float64") if len(known) and all(isinstance(one, bool | np.bool_) for one in known) else column


def _truths(cells: Sequence[object]) -> dict[str, float]:
    """Return 1 or 0 for each of the cells, if all of them that hold anything are true or false."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    words = {text: text.strip().lower() == "true" for text in texts if not is_null(text)}
    known = len(texts) == len(cells) and all(text.strip().lower() in ("true", "false") for text in words)
    return {text: float(value) for text, value in words.items()} if known else {}


def own_note(name: str, values: NDArray[np.float64], how: str = "taken") -> str:
    """Return what is said of a column that was taken: how many of its values are missing."""
    missing = int(np.isnan(values).sum())
    said = f"{missing:,} of {counted(values.size, 'value')} missing (NaN)" if missing else "no value missing"
    return f"column {name!r} {how}: {said}"
