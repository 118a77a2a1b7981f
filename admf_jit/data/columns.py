"""Column spellings: which column of a table is which field of a bar.

Names are compared without case, spaces, punctuation and angle brackets, and always as a whole: 'Adj Close' is
not a close, and 'Volume USD' is not the volume.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from admf_jit.errors import DataError, closest

_SPELLINGS = {
    "open": ("open", "o", "openprice", "priceopen"),
    "high": ("high", "h", "highprice", "pricehigh"),
    "low": ("low", "l", "lowprice", "pricelow"),
    "close": ("close", "c", "closeprice", "priceclose", "closelast"),
    "volume": ("volume", "vol", "v", "tradevolume", "tradedvolume"),
    "symbol": ("symbol", "ticker", "sym", "instrument"),
}
#: In the order of preference: a table may have several, for instance `unix` beside `date`.
_TIME_SPELLINGS = (
    "datetime", "timestamp", "opentime", "bartime", "gmttime", "utctime", "localtime", "datetimeutc",
    "dateutc", "timestamputc", "timeutc", "date", "time", "day", "tradingday", "tradedate", "unix",
    "unixtime", "unixtimestamp", "epoch", "ts", "dt", "t",
)  # fmt: skip
_UNNAMED = re.compile(r"|unnamed:?\d*|index|level\d+|indexlevel\d+|none")


@dataclass(frozen=True)
class Columns:
    """Positions of the fields in a table; `time` has two for a date and a time of day; `ignored` are names
    left out.
    """

    time: tuple[int, ...]
    prices: dict[str, int]
    volume: int | None
    symbol: int | None
    ignored: tuple[str, ...]


def identify(names: Sequence[object], origin: str) -> Columns:
    """Find the fields among the column `names` of the table `origin`.

    A missing price or time column, or two columns for one field, raise DataError.
    """
    plain = [_plain(name) for name in names]
    found = {field: _only(field, spellings, names, plain, origin) for field, spellings in _SPELLINGS.items()}
    missing = [field for field in ("open", "high", "low", "close") if found[field] is None]
    if missing:
        raise DataError(_missing(missing, names, plain, origin))
    time = _time(names, plain, origin)
    used = {*time, *(position for position in found.values() if position is not None)}
    return Columns(
        time=time,
        prices={
            field: position
            for field, position in found.items()
            if field in ("open", "high", "low", "close") and position is not None
        },
        volume=found["volume"],
        symbol=found["symbol"],
        ignored=tuple(
            str(name)
            for position, name in enumerate(names)
            if position not in used and not _UNNAMED.fullmatch(plain[position])
        ),
    )


def _plain(name: object) -> str:
    return re.sub(r"[^0-9a-z:]", "", str(name).lower())


def _only(
    field: str, spellings: Sequence[str], names: Sequence[object], plain: Sequence[str], origin: str
) -> int | None:
    positions = [position for position, name in enumerate(plain) if name in spellings]
    if len(positions) > 1:
        several = " and ".join(repr(str(names[position])) for position in positions)
        raise DataError(f"{origin}: columns {several} both mean {field}; leave one of them")
    return positions[0] if positions else None


def _missing(missing: list[str], names: Sequence[object], plain: Sequence[str], origin: str) -> str:
    present = ", ".join(repr(str(name)) for name in names) or "none"
    if len(names) > 1 and not any(re.search("[a-z]", name) for name in plain):
        return f"{origin}: the first line must name the columns, but it is {present}"
    hint = closest(missing[0], [str(name) for name in names if str(name)])
    return f"{origin}: no column for {', '.join(missing)}; columns are {present}" + (
        f"; is {hint!r} meant for {missing[0]}?" if hint else ""
    )


def _time(names: Sequence[object], plain: Sequence[str], origin: str) -> tuple[int, ...]:
    """Return the position of the time column; of the date and the time-of-day column where there are both."""
    by_name: dict[str, list[int]] = {}
    for position, name in enumerate(plain):
        if name in _TIME_SPELLINGS:
            by_name.setdefault(name, []).append(position)
    for positions in by_name.values():
        if len(positions) > 1:
            several = " and ".join(repr(str(names[position])) for position in positions)
            raise DataError(f"{origin}: columns {several} both mean the time; leave one of them")
    chosen = next((spelling for spelling in _TIME_SPELLINGS if spelling in by_name), None)
    if chosen == "date" and "time" in by_name:
        return by_name["date"][0], by_name["time"][0]
    if chosen is not None:
        return (by_name[chosen][0],)
    unnamed = [position for position, name in enumerate(plain) if _UNNAMED.fullmatch(name)]
    if unnamed:
        return (unnamed[0],)
    raise DataError(
        f"{origin}: no time column (date, datetime, timestamp, time, ... or an unnamed index); columns are "
        + ", ".join(repr(str(name)) for name in names)
    )
