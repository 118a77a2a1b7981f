"""Lines of bars: one JSON object a line, from a pipe or a file that grows."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from admf_jit.data.checks import check_values
from admf_jit.data.local_time import to_utc
from admf_jit.data.number_times import read_numbers
from admf_jit.errors import AdmfError, ConfigError, DataError
from admf_jit.live.bars import PRICES, Bar

STDIN = "-"
#: What a line may say of a bar besides one's own columns.
FIELDS = ("time", "symbol", *PRICES, "timeframe", "last_of_session")
#: A line that is longer is no bar.
LONGEST_LINE = 1 << 16
_CHUNK = 1 << 16
_SECONDS_BETWEEN_LOOKS = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_NANOSECONDS = 10**17
_LARGEST_TIME = 2**62
_SHOWN = 80


class Line(NamedTuple):
    """A line of a feed, without its end, and the place behind it: bytes from the beginning of the feed."""

    content: bytes
    behind: int


class Said(NamedTuple):
    """What a feed has to say of itself: the kind of a notice, and what it tells."""

    kind: str
    fields: dict[str, Any]


class Feed(Protocol):
    """Where lines come from."""

    def lines(self) -> Iterator[Line | Said | None]:
        """The lines as they come; None where there is none at the moment. It ends where the feed does."""

    def close(self) -> None:
        """Give the feed up."""


class StreamFeed:
    """A pipe, or what else is read from a descriptor to its end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def lines(self) -> Iterator[Line | None]:
        """The lines as they come."""
        cut = LineCutter()
        while chunk := os.read(self._descriptor, _CHUNK):
            yield from cut.add(chunk)
        yield from cut.rest()

    def close(self) -> None:
        """Nothing: the descriptor is somebody else's."""


class FileFeed:
    """A file, read from byte ``start`` on. It is waited for at its end, or with ``to_end`` read so far and no more."""

    def __init__(self, path: Path, start: int = 0, *, to_end: bool = False) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as problem:
            raise DataError(f"--feed {path}: cannot be read ({problem.strerror})") from None
        self._file.seek(start)
        self._start = start
        self._to_end = to_end

    def lines(self) -> Iterator[Line | None]:
        """The lines as they come."""
        cut = LineCutter(self._start)
        while True:
            chunk = self._file.read(_CHUNK)
            if chunk:
                yield from cut.add(chunk)
            elif self._to_end:
                yield from cut.rest()
                return
            else:
                yield None
                time.sleep(_SECONDS_BETWEEN_LOOKS)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class LineCutter:
    """Cuts what is read into lines. One longer than ``LONGEST_LINE`` comes as its beginning."""

    def __init__(self, start: int = 0) -> None:
        self._place = start
        self._begun = b""
        self._dropped = 0

    def add(self, chunk: bytes) -> Iterator[Line]:
        """The lines that a chunk completes."""
        *whole, last = chunk.split(b"\n")
        for part in whole:
            yield self._line(part, 1)
        self._begin(last)

    def rest(self) -> Iterator[Line]:
        """The last line, which has no end."""
        if self._begun:
            yield self._line(b"", 0)

    def _begin(self, part: bytes) -> None:
        room = LONGEST_LINE + 1 - len(self._begun)
        self._begun += part[:room]
        self._dropped += max(len(part) - room, 0)

    def _line(self, part: bytes, end: int) -> Line:
        self._begin(part)
        content, dropped = self._begun, self._dropped
        self._begun, self._dropped = b"", 0
        self._place += len(content) + dropped + end
        return Line(content, self._place)


class BarReader:
    """Reads bars of some symbols; ``timezone`` is that of times without one of their own.

    A line has ``time``, ``open``, ``high``, ``low``, ``close``, ``volume``, and ``symbol`` where there are several; the
    ``timeframe`` may be said, and ``last_of_session``. Each of the ``columns`` of one's own has to be there, null where
    there is no value. The time is text of ISO 8601, or a whole number as
    ``data.number_times`` reads one.
    """

    def __init__(
        self,
        symbols: tuple[str, ...],
        timezone: str,
        timeframe: str,
        *,
        allow_nonpositive: bool,
        columns: tuple[str, ...] = (),
    ) -> None:
        taken = [name for name in columns if name in FIELDS]
        if taken:
            raise ConfigError(
                f"live: the column {taken[0]!r} has the name of a field of a bar; expected another name, which "
                "data.format.extra can give it"
            )
        self._columns = columns
        self._symbols = symbols
        self._timezone = timezone
        self._timeframe = timeframe
        self._allow_nonpositive = allow_nonpositive

    def read(self, content: bytes) -> Bar:
        """The bar of a line. Raises DataError that says what is wrong with it."""
        if len(content) > LONGEST_LINE:
            raise DataError(f"longer than {LONGEST_LINE:,} bytes")
        try:
            fields = json.loads(content)
        except (ValueError, RecursionError) as problem:
            raise DataError(f"no JSON ({problem})") from None
        if not isinstance(fields, dict):
            raise DataError(f"{_shown(fields)}; expected an object with time, open, high, low, close and volume")
        symbol = self._symbol(fields.get("symbol"))
        timeframe = fields.get("timeframe", self._timeframe)
        if timeframe != self._timeframe:
            raise DataError(f"timeframe {_shown(timeframe)}; expected {self._timeframe}, that of the history")
        values = tuple(_number(fields, name) for name in PRICES)
        closes = fields.get("last_of_session", False)
        if not isinstance(closes, bool):
            raise DataError(f"last_of_session {_shown(closes)}; expected true or false")
        own = tuple(_own_number(fields, name) for name in self._columns)
        bar = Bar._make((self._time(fields.get("time")), symbol, *values, closes, own))
        if self._is_sound(bar):
            return bar
        return Bar._make((bar.time, symbol, *self._checked(values), closes, own))

    def _symbol(self, symbol: Any) -> str:
        if symbol is None and len(self._symbols) == 1:
            return self._symbols[0]
        if symbol not in self._symbols:
            said = "no symbol" if symbol is None else f"symbol {_shown(symbol)}"
            raise DataError(f"{said}; expected {' or '.join(self._symbols)}")
        return str(symbol)

    def _time(self, given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, str | int):
            raise DataError(f"time {_shown(given)}; expected text such as 2024-01-02T14:30:00Z, or a whole number")
        if isinstance(given, int):
            return self._number_time(given)
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise DataError(f"time {_shown(given)}; expected text such as 2024-01-02T14:30:00Z") from None
        is_local = moment.tzinfo is None
        since = (moment.replace(tzinfo=UTC) if is_local else moment) - _EPOCH
        nanoseconds = since // timedelta(microseconds=1) * 1_000
        return self._from_local(nanoseconds, given) if is_local else nanoseconds

    def _number_time(self, given: int) -> int:
        if _LEAST_NANOSECONDS <= given < _LARGEST_TIME:
            return given
        if not 0 < given < _LARGEST_TIME:
            raise DataError(f"time {_shown(given)}; expected s, ms, us or ns since the epoch")
        try:
            found = read_numbers(np.array([given]), "time", "")
        except AdmfError:
            raise DataError(f"time {given}; expected s, ms, us or ns since the epoch") from None
        moment = int(found.nanoseconds[0])
        if moment <= 0:
            raise DataError(f"time {given}; expected s, ms, us or ns since the epoch")
        return self._from_local(moment, given) if found.are_dates else moment

    def _from_local(self, wall: int, given: Any) -> int:
        found = to_utc(np.array([wall]), self._timezone)
        if found.unclear:
            raise DataError(f"time {_shown(given)}: {found.unclear[0]}; write it with its offset from UTC")
        return int(found.nanoseconds[0])

    def _is_sound(self, bar: Bar) -> bool:
        _, _, open_, high, low, close, volume, _, _ = bar
        is_positive = self._allow_nonpositive or low > 0.0
        return is_positive and low <= min(open_, close) and high >= max(open_, close) and volume >= 0.0

    def _checked(self, values: tuple[float, ...]) -> list[float]:
        """The prices of a bar that breaks a rule, by no more than ``data.checks`` puts right."""
        columns = {name: np.array([value]) for name, value in zip(PRICES, values, strict=True)}
        labels = {name: name for name in PRICES}
        problems, _ = check_values(columns, labels, np.ones(1, np.bool_), self._allow_nonpositive)
        if problems:
            raise DataError(f"{problems[0].column} {problems[0].value}: {problems[0].rule}")
        return [float(column[0]) for column in columns.values()]


def _own_number(fields: dict[str, Any], name: str) -> float | None:
    if name not in fields:
        raise DataError(f"{name} is missing, which the strategy reads; expected a number, or null for no value")
    value = fields[name]
    return None if value is None else float(value) if isinstance(value, bool) else _number(fields, name)


def _number(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{name} {_shown(value)}; expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DataError(f"{name} {_shown(value)}; expected a finite number")
    return number


def _shown(value: Any) -> str:
    if value is None:
        return "is missing"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
