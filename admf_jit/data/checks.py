"""Checks: the rules of a bar, each on whole columns; a broken one is told with the way out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.bar_columns import PRICE_COLUMNS
from admf_jit.data.table import Problem
from admf_jit.data.times import NOT_A_TIME, Times
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Labels = dict[str, str]
Values = dict[str, NDArray[np.float64]]
#: High and low may be this many units in the last place inside the body: adjusted prices are rounded one by one.
LAST_PLACES = 4
#: Rows that are named for each rule; a bad file may have as many as there are rows.
MOST_TOLD = 5_000
_ROWS_AT_A_TIME = 65_536


def check_values(
    values: Values, labels: Labels, sound: NDArray[np.bool_], allow_nonpositive: bool = False
) -> tuple[list[Problem], tuple[str, ...]]:
    """Check prices and volume of n rows; `labels` are the columns' own names, `sound` the rows that hold numbers.

    Prices are finite, and positive unless `allow_nonpositive`; low <= min(open, close), high >= max(open, close);
    volume is finite and not negative. A high or low that is a few units in the last place inside the body becomes the
    body's end, in `values` and with a note. A price that is NaN is left to `policies`; a row whose prices are not
    finite is not compared as well, so that one fault is told once.
    """
    problems: list[Problem] = []
    moved = {"high": 0, "low": 0}
    for piece in _pieces(len(sound)):
        part = {column: numbers[piece] for column, numbers in values.items()}
        found = _check_piece(part, labels, sound[piece], allow_nonpositive)
        if found is None:
            continue
        more, ends = found
        more = more[: max(0, MOST_TOLD - len(problems))]
        problems += [Problem(p.position + piece.start, p.column, p.value, p.rule) for p in more]
        for column, rows in ends.items():
            if len(rows):
                moved[column] += len(rows)
                _writable(values, column)[piece.start + rows] = _body(part, column)[rows]
    body = {"high": "the larger", "low": "the smaller"}
    notes = tuple(
        f"{column} of {counted(count, 'bar')} became {body[column]} of open and close: it was within "
        f"{LAST_PLACES} units in the last place of it"
        for column, count in moved.items()
        if count
    )
    return problems, notes


def are_clean(values: Values, allow_nonpositive: bool = False) -> bool:
    """Tell whether no row lacks a number or breaks a rule: most files are so, and then nothing is left to find out."""
    return all(
        _good({column: numbers[piece] for column, numbers in values.items()}, allow_nonpositive).all()
        for piece in _pieces(len(values["close"]))
    )


def _good(values: Values, allow_nonpositive: bool) -> NDArray[np.bool_]:
    """Tell the rows that have all numbers and break no rule; no comparison holds with NaN."""
    low, high, volume = values["low"], values["high"], values["volume"]
    with np.errstate(invalid="ignore"):
        good = (low > (-np.inf if allow_nonpositive else 0.0)) & (low <= _body(values, "low"))
        good &= (high >= _body(values, "high")) & (high < np.inf)
        good &= (volume >= 0) & (volume < np.inf)
    return np.asarray(good, np.bool_)


def _check_piece(
    values: Values, labels: Labels, sound: NDArray[np.bool_], allow_nonpositive: bool
) -> tuple[list[Problem], dict[str, NDArray[np.int64]]] | None:
    """Return the problems of some rows, and the rows whose high or low is to be moved; None where all is well."""
    if _good(values, allow_nonpositive).all():
        return None
    low, high, volume = values["low"], values["high"], values["volume"]
    above = -np.inf if allow_nonpositive else 0.0
    body_low, body_high = _body(values, "low"), _body(values, "high")
    problems: list[Problem] = []
    known = sound.copy()
    rule = "a price must be finite" if allow_nonpositive else "a price must be positive and finite"
    for column in PRICE_COLUMNS:
        price = values[column]
        known &= ~np.isnan(price)
        with np.errstate(invalid="ignore"):
            bad = sound & ((price <= above) | np.isinf(price))
        negative = not allow_nonpositive and bool(np.isfinite(price[bad]).any())
        way_out = "; allow_nonpositive: true takes what is zero or negative" if negative else ""
        problems += told(bad, price, labels[column], rule + way_out)
        known &= ~bad
    ends = {}
    for column, price, body, rule in (
        ("low", low, body_low, "low must be <= min(open, close)"),
        ("high", high, body_high, "high must be >= max(open, close)"),
    ):
        with np.errstate(invalid="ignore"):
            inside = known & ((price > body) if column == "low" else (price < body))
            close = inside & (np.abs(price - body) <= LAST_PLACES * np.spacing(np.abs(body)))
        ends[column] = np.flatnonzero(close)
        problems += told(inside & ~close, price, labels[column], rule, body)
    with np.errstate(invalid="ignore"):
        bad = sound & ((volume < 0) | np.isinf(volume))
    return problems + told(bad, volume, labels["volume"], "volume must be finite and not negative"), ends


def _body(values: Values, column: str) -> NDArray[np.float64]:
    end = np.maximum if column == "high" else np.minimum
    return np.asarray(end(values["open"], values["close"]))


def _writable(values: Values, column: str) -> NDArray[np.float64]:
    if not values[column].flags.writeable:
        values[column] = values[column].copy()
    return values[column]


def _pieces(n_rows: int) -> Iterator[slice]:
    for begin in range(0, n_rows, _ROWS_AT_A_TIME):
        yield slice(begin, min(begin + _ROWS_AT_A_TIME, n_rows))


def told(
    bad: NDArray[np.bool_],
    values: NDArray[np.float64],
    label: str,
    rule: str,
    bound: NDArray[np.float64] | None = None,
) -> list[Problem]:
    """Return a problem for each row that is `bad`, with its value and the bound that it broke, to the last digit."""
    return [
        Problem(int(p), label, digits(values[p]), rule if bound is None else f"{rule}, which is {digits(bound[p])}")
        for p in np.flatnonzero(bad)[:MOST_TOLD]
    ]


def digits(number: float | np.float64) -> str:
    """Return a number with as many digits as tell it from every other one."""
    return repr(float(number)).removesuffix(".0")


def check_readable(series: "pd.Series[Any]", times: Times, label: str) -> list[Problem]:
    """Return a problem for each cell of the time column that is no moment."""
    unread = np.flatnonzero(times.nanoseconds == NOT_A_TIME)[:MOST_TOLD]
    cells = series.iloc[unread]
    empty = (cells.isna() | (cells.astype("string").str.strip() == "")).fillna(True).to_numpy()
    return [
        Problem(
            int(position),
            label,
            "empty" if gone else repr(str(cell)),
            times.unclear.get(int(position), "expected a date or time"),
        )
        for position, cell, gone in zip(unread, cells, empty, strict=True)
    ]
