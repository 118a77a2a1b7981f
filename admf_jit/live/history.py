"""What a container has done, event by event: a row of a run, the log of a live run, or the backtest of its bars."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.data.market_data import build
from admf_jit.errors import ResultsError
from admf_jit.live.bars import PRICES, Bar
from admf_jit.live.given import load_history
from admf_jit.live.journal import BARS_NAME, EVENTS_NAME, LIVE_NAME, read_identity, taken_of
from admf_jit.live.lines import KINDS, record_of
from admf_jit.parameter_grid import ALL_SYMBOLS, ContainerSpec
from admf_jit.results.identity import Identity, identity_of
from admf_jit.results.run_directory import RunDirectory
from admf_jit.workflow.container_settings import settings_of
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.replay import find_row, reopen, replay, run_container
from admf_kernels.constants import EVENT_DTYPE, EventKind, Reason

#: What a live folder's containers are called: its log, and the backtest of the same bars.
LOG, BACKTEST = "live", "backtest"
_AMOUNTS = ("price", "quantity", "value", "fee")


@dataclass(frozen=True)
class History:
    """The events of a container: EVENT_DTYPE (n,), the opening time of the bar of each, and what it was run with.

    ``settings`` are values by their dotted names, and ``error`` why it ended, if not with its bars.
    """

    title: str
    identity: Identity
    records: NDArray[np.void]
    times: NDArray[np.int64]
    symbols: tuple[str, ...]
    settings: dict[str, Any]
    error: str | None

    def event(self, place: int) -> dict[str, Any]:
        """One event by the names that an export has."""
        record = self.records[place]
        moment = np.datetime64(int(self.times[place]), "ns")
        said: dict[str, Any] = {name: int(record[name]) for name in ("sequence", "cause", "bar", "order")}
        said |= {"kind": EventKind(int(record["kind"])).name, "time": f"{moment}".removesuffix(".000000000") + "Z"}
        reason = Reason(int(record["reason"]))
        said |= {"symbol": self.symbols[record["symbol"]], "reason": reason.name.lower() if reason else ""}
        return said | {name: float(record[name]) for name in _AMOUNTS}

    def chain(self, place: int) -> list[dict[str, Any]]:
        """An event, and below it what led to it, back to the bar."""
        found = [place]
        while (cause := int(self.records["cause"][found[-1]])) >= 0:
            found.append(int(np.searchsorted(self.records["sequence"], cause)))
        return [self.event(one) for one in found]


def history_of(source: Path, container: str) -> History:
    """The history of a container of ``source``, a run or the folder of a live one.

    Of a run, ``container`` is an index or a container_id. Of a live folder, it is ``live`` or ``backtest``.
    """
    if (source / LIVE_NAME).is_file():
        if container == LOG:
            return log_of(source)
        if container == BACKTEST:
            return backtest_of(source)
        raise ResultsError(f"{source}: is a live run, with no container {container!r}; expected {LOG} or {BACKTEST}")
    return row_of(source, container)


def row_of(directory: Path, row: str) -> History:
    """The history of a row of a stored run, which is replayed."""
    stored = RunDirectory.open(directory)
    result = replay(directory, row)
    prepared, spec = reopen(stored).container(find_row(stored, row)["index"])
    identity = identity_of(stored.manifest, spec.container_id)
    times = prepared.data.time[result.records["bar"]]
    settings = settings_of(prepared, spec)
    return History(f"{directory} {row}", identity, result.records, times, prepared.data.symbols, settings, result.error)


def log_of(directory: Path) -> History:
    """The history that a live run has written down."""
    said = read_identity(directory)
    rows: list[tuple[Any, ...]] = []
    times: list[str] = []
    symbols: dict[str, int] = {}
    error = None
    for number, fields in enumerate(_lines(directory / EVENTS_NAME), 1):
        try:
            if fields["type"] in KINDS:
                rows.append(record_of(fields, symbols))
                times.append(fields["time"].removesuffix("Z"))
            elif fields.get("kind") == "ended":
                error = fields["text"]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ResultsError(f"{directory / EVENTS_NAME}, line {number}: no event of a live run") from None
    identity = Identity(said["run"], said["container"]["container_id"], said["correlation"], said.get("phase"))
    moments = np.array(times, "datetime64[ns]").astype(np.int64)
    prepared, spec = _prepared(said, None)
    settings = settings_of(prepared, spec)
    return History(f"{directory} live", identity, np.array(rows, EVENT_DTYPE), moments, tuple(symbols), settings, error)


def backtest_of(directory: Path) -> History:
    """The history of a backtest of the bars that a live run has taken, over the history that it began with."""
    said = read_identity(directory)
    taken = [taken_of(fields).bars for fields in _lines(directory / BARS_NAME)]
    if len(taken) < 2:
        raise ResultsError(f"{directory}: has taken {len(taken)} bars; a backtest needs 2 at least")
    prepared, spec = _prepared(said, taken)
    result = run_container(prepared, spec)
    identity = Identity(said["run"], spec.container_id, said["correlation"], said.get("phase"))
    times = prepared.data.time[result.records["bar"]]
    title = f"{directory} backtest"
    settings = settings_of(prepared, spec)
    return History(title, identity, result.records, times, prepared.data.symbols, settings, result.error)


def _prepared(said: dict[str, Any], bars: list[tuple[Bar, ...]] | None) -> tuple[Prepared, ContainerSpec]:
    """The container of a live run, over its history, or over that and its bars."""
    config = load_config(said["config"])
    symbol = said["container"]["symbol"]
    history = load_history(config).select(end=said["history"]["last"]).with_history
    columns = said.get("columns", ())
    data = history if bars is None else _joined(history, symbol, bars, columns, config.data.history)
    prepared = prepare(config, data=data, more_follows=True)
    return prepared, replace(prepared.grid.container(0), seed=said["container"]["seed"])


def _joined(
    history: MarketData, symbol: str, taken: list[tuple[Bar, ...]], columns: Sequence[str], how_much: str | int
) -> MarketData:
    """The bars of a live run after its history, as data of their own."""
    own = history.with_bars_per_year(history.bars_per_year)
    own = own if symbol == ALL_SYMBOLS or own.symbols == (symbol,) else own.select(symbols=[symbol]).with_history
    rows = {name: row for row, name in enumerate(own.symbols)}
    values = {}
    for name in PRICES:
        column = np.full((own.n_symbols, len(taken)), 0.0 if name == "volume" else np.nan)
        for place, bars in enumerate(taken):
            for bar in bars:
                column[rows[bar.symbol], place] = getattr(bar, name)
        values[name] = np.concatenate([getattr(own, name), column], axis=1)
    for number, name in enumerate(columns):
        column = np.full((own.n_symbols, len(taken)), np.nan)
        for place, bars in enumerate(taken):
            for bar in bars:
                given = bar.own[number]
                column[rows[bar.symbol], place] = np.nan if given is None else given
        values[f"x.{name}"] = np.concatenate([own.extra[name], column], axis=1)
    time = np.concatenate([own.time, np.array([bars[0].time for bars in taken], np.int64)])
    whole = build(
        own.name,
        own.symbols,
        time,
        values,
        timezone=own.timezone,
        timeframe=own.timeframe,
        allow_nonpositive=own.allow_nonpositive,
        stated_bars_per_year=own.stated_bars_per_year,
        calendar=None if own.calendar is None else own.calendar.name,
    )
    first = str(np.datetime64(taken[0][0].time, "ns")) + "Z"
    return whole.select(start=first, history=how_much)


def _lines(path: Path) -> Iterator[Any]:
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)
    except (OSError, ValueError) as problem:
        raise ResultsError(f"{path}: cannot be read ({problem})") from None
