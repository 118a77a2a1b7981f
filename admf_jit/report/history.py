"""What a page shows of one replayed container: its equity, returns by month, fills with their causes, and trades."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.report.clock import local_times
from admf_jit.report.packing import Packing
from admf_jit.results import BacktestResult
from admf_jit.results.causes import cause_of
from admf_jit.results.trades import closed_trades
from admf_kernels.constants import EventKind, Reason

#: A curve is drawn with so many points at most, the lowest and highest of each stretch among them.
MOST_POINTS = 800
#: Trades and fills of a container that a page holds, the last of them.
MOST_TRADES = 1_000
_DAY = 86_400 * 10**9
_SECOND = 10**9
_LEVELS = (Reason.STOP_LOSS, Reason.TAKE_PROFIT, Reason.TRAILING_STOP)


def history_of(result: BacktestResult, packing: Packing) -> dict[str, Any]:
    """The history of one container, as its section of a page shows it. Times are seconds since the epoch, UTC."""
    said = {"container_id": result.container_id, "parameters": dict(result.parameters), "error": result.error}
    bars, equity = result.equity_at_bars
    if not len(bars):
        return said
    initial = result.initial_equity
    peak = np.maximum(np.maximum.accumulate(equity), initial)
    drawdown = np.divide(equity, peak, out=np.ones_like(equity), where=peak > 0.0) - 1.0
    drawn = thinned(equity)
    return said | {
        "initial": initial,
        "time": packing.add(result.data.time[bars[drawn]] / _SECOND),
        "equity": packing.add(equity[drawn]),
        "drawdown": packing.add(drawdown[drawn].astype(np.float32)),
        "points": [len(drawn), len(bars)],
        "months": _months(result.data, bars, equity, initial),
        "trades": _trades(result, packing),
        "fills": _fills(result, packing),
        "levels": _levels(result, packing),
    }


def curve_of(time: NDArray[np.int64], values: NDArray[np.float64], packing: Packing) -> dict[str, Any]:
    """A curve of a page: its times in seconds and its values, thinned."""
    drawn = thinned(values)
    return {"time": packing.add(time[drawn] / _SECOND), "equity": packing.add(values[drawn])}


def thinned(values: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Places of a curve that are drawn: the first, and of each stretch the lowest, the highest and the last."""
    n = len(values)
    if n <= most:
        return np.arange(n)
    edges = np.linspace(0, n, most // 3 + 1).astype(np.int64)
    chosen = [0]
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = values[begin:end]
        chosen += [begin + int(np.argmin(part)), begin + int(np.argmax(part)), end - 1]
    return np.unique(np.array(chosen, np.int64))


def _months(data: MarketData, bars: NDArray[np.int64], equity: NDArray[np.float64], initial: float) -> list[list[Any]]:
    """Year, month and return of each month, by the calendar of the data's zone; None where equity was not above 0."""
    months = local_times(data, bars).astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    last = np.append(np.flatnonzero(np.diff(months)), len(months) - 1)
    ends = equity[last]
    begins = np.append(initial, ends[:-1])
    return [
        [1970 + month // 12, 1 + month % 12, end / begin - 1.0 if begin > 0.0 else None]
        for month, begin, end in zip(months[last].tolist(), begins.tolist(), ends.tolist(), strict=True)
    ]


def _trades(result: BacktestResult, packing: Packing) -> dict[str, Any]:
    data = result.data
    every = list(closed_trades(result.records, data.symbols, result.multipliers))
    rows = every[-MOST_TRADES:]
    symbols = {symbol: number for number, symbol in enumerate(data.symbols)}
    numbers = {
        name: np.array([trade[name] for trade in rows], np.float64)
        for name in ("quantity", "entry_price", "exit_price", "profit", "return", "commission")
    }
    entry = np.array([trade["entry_bar"] for trade in rows], np.int64)
    leave = np.array([trade["exit_bar"] for trade in rows], np.int64)
    local = local_times(data, entry)
    return {
        "total": len(every),
        "symbol": packing.add(np.array([symbols[trade["symbol"]] for trade in rows], np.int16)),
        "direction": packing.add(np.array([trade["direction"] for trade in rows], np.int16)),
        "holding": packing.add((leave - entry).astype(np.int32)),
        "entry_time": packing.add(data.time[entry] / _SECOND),
        "exit_time": packing.add(data.time[leave] / _SECOND),
        "hour": packing.add((local % _DAY // (_DAY // 24)).astype(np.int16)),
        "weekday": packing.add(((local // _DAY + 3) % 7).astype(np.int16)),
        **{name: packing.add(values) for name, values in numbers.items()},
    }


def _fills(result: BacktestResult, packing: Packing) -> dict[str, Any]:
    """The last fills, each with the reason or the kind of event that its order came from."""
    records = result.records
    every = np.flatnonzero(records["kind"] == EventKind.FILL)
    places = every[-MOST_TRADES:]
    causes = [cause_of(records, int(place)) for place in places]
    known = sorted(set(causes))
    fills = records[places]
    return {
        "total": len(every),
        "causes": known,
        "cause": packing.add(np.array([known.index(cause) for cause in causes], np.int16)),
        "symbol": packing.add(fills["symbol"]),
        "sequence": packing.add(fills["sequence"].astype(np.float64)),
        "time": packing.add(result.data.time[fills["bar"]] / _SECOND),
        "price": packing.add(fills["price"].copy()),
        "quantity": packing.add(fills["quantity"].copy()),
    }


def _levels(result: BacktestResult, packing: Packing) -> dict[str, Any]:
    """Prices of stops and targets, as ordered, and the bars from which to which they worked."""
    records = result.records
    kinds, orders = records["kind"], records["order"]
    sent = np.flatnonzero((kinds == EventKind.ORDER) & np.isin(records["reason"], _LEVELS))[-MOST_TRADES:]
    ended: dict[int, int] = {}
    for place in np.flatnonzero(np.isin(kinds, (EventKind.FILL, EventKind.CANCEL)) & np.isin(orders, orders[sent])):
        ended.setdefault(int(orders[place]), int(records["bar"][place]))
    last = int(records["bar"][-1])
    until = np.array([ended.get(int(orders[place]), last) for place in sent], np.int64)
    time = result.data.time
    return {
        "kinds": [reason.name.lower().replace("_", " ") for reason in _LEVELS],
        "kind": packing.add(np.array([_LEVELS.index(records["reason"][place]) for place in sent], np.int16)),
        "symbol": packing.add(records["symbol"][sent]),
        "price": packing.add(records["price"][sent]),
        "begin": packing.add(time[records["bar"][sent]] / _SECOND),
        "end": packing.add(time[until] / _SECOND),
    }
