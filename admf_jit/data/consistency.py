"""Consistency: whether columns that come from a disk can be those of checked bars, whoever wrote them.

Compiled code indexes and divides by these columns without looking. A store that was written here holds to every rule;
one that was edited, digest and all, need not.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import axis_pieces, pieces
from admf_jit.wording import counted

_PRICES = ("open", "high", "low", "close")
_RULES = (
    "prices must be positive and finite, low the lowest and high the highest",
    "volume must be finite and not negative",
    "no symbol has a bar at this time",
)


def inconsistency(
    columns: Mapping[str, NDArray[Any]],
    timezone: str,
    let_go: Callable[[], None] = lambda: None,
    *,
    allow_nonpositive: bool = False,
    begins: int = 0,
) -> str:
    """Return the first rule of market data that the columns break, or an empty text; see `MarketData` for shapes.

    ``let_go`` is called whenever what was read so far is not needed any more. With `allow_nonpositive` prices may be
    zero or negative; `begins` is that of `sessions.local_day`.
    """
    time, session, clock = columns["time"], columns["session"], columns["clock"]
    if len(time) < 2:
        return f"holds {counted(len(time), 'bar')}; expected at least 2"
    if not (time[1:] > time[:-1]).all():
        return f"bar {int(np.flatnonzero(time[1:] <= time[:-1])[0]) + 1}: times must rise"
    for piece, numbers, shown in axis_pieces(time, timezone, begins):
        if not np.array_equal(session[piece], numbers):
            return f"session is not that of {timezone} at the times of the bars"
        if not np.array_equal(clock[piece], shown):
            return f"clock is not that of {timezone} at the times of the bars"
    first: list[tuple[int, int] | None] = [None] * len(_RULES)
    for piece in pieces(len(time)):
        let_go()
        part = (columns[name][:, piece] for name in (*_PRICES, "volume"))
        for number, broken in enumerate(_broken(*part, above=-np.inf if allow_nonpositive else 0.0)):
            if broken.any():
                symbol, bar = (int(place[0]) for place in np.nonzero(np.atleast_2d(broken)))
                found = symbol, int(piece.start) + bar
                first[number] = min(first[number] or found, found)
    rules = (_RULES[0].replace("positive and finite", "finite") if allow_nonpositive else _RULES[0], *_RULES[1:])
    for rule, where in zip(rules, first, strict=True):
        if where is not None:
            return f"symbol {where[0]}, bar {where[1]}: {rule}"
    return ""


def _broken(
    start: NDArray[Any],
    high: NDArray[Any],
    low: NDArray[Any],
    close: NDArray[Any],
    volume: NDArray[Any],
    *,
    above: float,
) -> tuple[NDArray[np.bool_], ...]:
    """Return where each rule of a bar is broken; a symbol's missing bar is NaN in all prices, without volume."""
    missing = np.isnan(close)
    with np.errstate(invalid="ignore"):
        sound = (low > above) & (low <= np.minimum(start, close)) & (high >= np.maximum(start, close)) & (high < np.inf)
    absent = np.isnan(start) & np.isnan(high) & np.isnan(low) & (volume == 0)
    return ~np.where(missing, absent, sound), ~((volume >= 0) & (volume < np.inf)), missing.all(axis=0)
