"""Times written as whole numbers: dates such as 20240102 and 202401020930, or s, ms, us or ns since the epoch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, NS_PER_SECOND
from admf_jit.errors import DataError

NOT_A_TIME = np.iinfo(np.int64).min
#: Digits of a date written as a number -> the digits after YYYYMMDD: of the hour, minute, second, millisecond.
_COMPACT = {8: (), 10: (2,), 12: (2, 2), 14: (2, 2, 2), 17: (2, 2, 2, 3)}
_CLOCK_UNITS = ((3600 * NS_PER_SECOND, 24), (60 * NS_PER_SECOND, 60), (NS_PER_SECOND, 60), (1_000_000, 1000))
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
#: An epoch is in the first unit in which it lies before the year 5138; the factor makes it nanoseconds.
_BOUNDS = np.array([10**11, 10**14, 10**17], np.int64)
_FACTORS = np.array([10**9, 10**6, 10**3, 1], np.int64)
_UNITS = ("s", "ms", "us", "ns")
#: Below this no column of epochs stays: the year 1973 in seconds.
_LEAST_EPOCH = 10**8
#: Numbers that are looked at to find out what a column of eight or more digits is.
_SAMPLE = 10_000
_TOO_LARGE = "which is no time in s, ms, us or ns"
_HOW_TO_SAY = "name what they are with date_format, such as %d%m%Y"


class NumberTimes(NamedTuple):
    """Times in ns, NOT_A_TIME where a number is none; `are_dates`: written on a clock, else since the epoch."""

    nanoseconds: NDArray[np.int64]
    are_dates: bool
    notes: tuple[str, ...] = ()


def read_numbers(values: NDArray[np.int64], column: str, origin: str) -> NumberTimes:
    """Read the whole numbers (n,) of a column of times; what cannot be one raises DataError."""
    if not len(values):
        return NumberTimes(values, are_dates=False)
    dates = _dates(values)
    if dates is not None:
        return NumberTimes(dates, are_dates=True)
    place = f"{origin}: column {column!r}"
    largest = max(int(values.max()), -int(values.min()))
    if largest < _LEAST_EPOCH and len(values) > 1:
        raise DataError(
            f"{place} holds row numbers or small integers such as {int(values[-1])}, expected times; if they are "
            f"times, {_HOW_TO_SAY}"
        )
    _refuse_other_orders(values, place)
    found = _epochs(values, place)
    return found._replace(nanoseconds=_without_blanks(found.nanoseconds))


def _dates(values: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the numbers as dates, if that is what most of them are; the others are NOT_A_TIME then."""
    for digits, clock in _COMPACT.items():
        after = 10 ** (digits - 8)
        if not _FIRST_YEAR * 10**4 * after <= values[0] < (_LAST_YEAR + 1) * 10**4 * after:
            continue
        sample = values[:: max(1, len(values) // _SAMPLE)]
        if np.mean(_read_dates(sample, clock, after) != NOT_A_TIME) > 0.5:
            return _read_dates(values, clock, after)
    return None


def _read_dates(values: NDArray[np.int64], clock: tuple[int, ...], after: int) -> NDArray[np.int64]:
    day_number, rest = np.divmod(values, after)
    month_number, day = np.divmod(day_number, 100)
    year, month = np.divmod(month_number, 100)
    valid = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12)
    begins = np.where(valid, (year - 1970) * 12 + month - 1, 0)
    first_day, next_month = (_first_days(begins), _first_days(begins + 1))
    valid &= (day >= 1) & (day <= next_month - first_day)
    found = (first_day + day - 1) * NS_PER_DAY
    for width, (unit, limit) in zip(clock, _CLOCK_UNITS, strict=False):
        after //= 10**width
        part, rest = np.divmod(rest, after)
        valid &= part < limit
        found += part * unit
    return np.where(valid, found, NOT_A_TIME)


def _first_days(months: NDArray[np.int64]) -> NDArray[np.int64]:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _refuse_other_orders(values: NDArray[np.int64], place: str) -> None:
    """Refuse DDMMYYYYhhmm and MMDDYYYYhhmm, which would be read as epochs of the years before 1981."""
    sample = values[:: max(1, len(values) // _SAMPLE)]
    head, clock = np.divmod(sample, 10**4)
    first, second, year = head // 10**6, head // 10**4 % 100, head % 10**4
    if len(sample) < 2 or not ((year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & _is_clock(clock)).all():
        return
    if any(((d >= 1) & (d <= 31) & (m >= 1) & (m <= 12)).all() for d, m in ((first, second), (second, first))):
        raise DataError(f"{place} holds {int(values[0])}, a date with the year last or an epoch; {_HOW_TO_SAY}%H%M")


def _without_blanks(moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the times with 0 as no time, where it is a blank: more than a year from every other time."""
    others = moments[moments != 0]
    if len(others) in (0, len(moments)) or np.abs(others).min() <= 366 * NS_PER_DAY:
        return moments
    return np.where(moments == 0, NOT_A_TIME, moments)


def _is_clock(value: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (value // 100 < 24) & (value % 100 < 60)


def _epochs(values: NDArray[np.int64], place: str) -> NumberTimes:
    """Read epochs in the unit of the largest, or each in its own where that makes the column hang together."""
    least, most = _unit(int(values.min())), _unit(int(values.max()))
    if values.min() > 0 and least == most:
        return NumberTimes(_scaled(values, int(_FACTORS[most]), place), are_dates=False)
    own = np.searchsorted(_BOUNDS, np.abs(values), "right")
    newest = int(own.max())
    # Floating point, because the wrong reading may be out of the range of nanoseconds.
    in_one, each = (values * factor for factor in (float(_FACTORS[newest]), _FACTORS[own].astype(np.float64)))
    if np.abs(np.diff(each)).sum() >= np.abs(np.diff(in_one)).sum():
        return NumberTimes(_scaled(values, int(_FACTORS[newest]), place), are_dates=False)
    found, units = np.empty_like(values), np.unique(own).tolist()
    for unit in units:
        rows = own == unit
        found[rows] = _scaled(values[rows], int(_FACTORS[unit]), place)
    names = " and ".join(_UNITS[unit] for unit in units)
    return NumberTimes(found, are_dates=False, notes=(f"times are epochs in {names}: each is read in its own unit",))


def _unit(value: int) -> int:
    return int(np.searchsorted(_BOUNDS, abs(value), "right"))


def _scaled(values: NDArray[np.int64], factor: int, place: str) -> NDArray[np.int64]:
    bound = (2**63 - 1) // factor
    worst = max(int(values.max()), int(values.min()), key=abs)
    if abs(worst) > bound:
        raise DataError(f"{place} holds {worst}, {_TOO_LARGE}")
    return values * factor if factor > 1 else values
