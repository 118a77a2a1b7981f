"""Market data as a notebook shows it: ranges of bars and prices, and no arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from admf_jit import markup

if TYPE_CHECKING:
    from admf_jit.data.market_data import MarketData

#: Symbols that have a row, and notes.
_ROWS, _NOTES = 20, 8
_HEADINGS = ("symbol", "bars", "first", "last", "prices", "missing bars")


def shown_as_html(data: MarketData) -> str:
    """Return a table with a row for each symbol: its period and the range of its prices. Then the notes."""
    rows = [_row(data, number) for number in range(min(data.n_symbols, _ROWS))]
    more = f"; {data.n_symbols - _ROWS} more symbols" * (data.n_symbols > _ROWS)
    whole = f"{data.name}: {data.n_bars:,} bars of {data.timeframe}, sessions in {data.timezone}{more}"
    told = "".join(markup.paragraph(f"note: {note}") for note in data.notes[:_NOTES])
    return markup.paragraph(whole) + markup.table(_HEADINGS, rows) + told


def _row(data: MarketData, number: int) -> list[str]:
    there = np.flatnonzero(~np.isnan(data.close[number]))
    if not len(there):
        return [data.symbols[number], "0", "", "", "", ""]
    period = [str(np.datetime64(int(data.time[bar]), "ns").astype("datetime64[s]")) + "Z" for bar in there[[0, -1]]]
    low, high = data.low[number][there].min(), data.high[number][there].max()
    missing = f"{data.missing_bars[number]:,}"
    return [data.symbols[number], f"{len(there):,}", *period, f"{low:g} to {high:g}", missing]
