"""Markets that might have been: the same bars in another order, or upside down. Their trends are chance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import DataError, closest

if TYPE_CHECKING:
    from admf_jit.data.market_data import MarketData

#: How the bars of a surrogate are made.
METHODS = ("blocks", "signs")
_PRICES = ("open", "high", "low", "close")


def surrogate(data: MarketData, method: str, seed: int, block_length: float) -> MarketData:
    """A market with the bars of ``data`` in another order ("blocks"), or with the signs of some turned round ("signs").

    A bar is its prices over the close before it, and its volume. "blocks" draws bars by the stationary bootstrap, in
    blocks of the mean ``block_length``, so what a bar looks like inside is kept, and so is the dependence of near ones.
    "signs" turns each bar round with probability one half, high and low changing places: how much bars move stays where
    it was, and which way is chance. All symbols are drawn alike. The first bar, times and sessions stay. Bars of the
    history are drawn too. The same ``seed`` gives the same market.

    Raises
    ------
    DataError : missing bars, prices of zero or below, or columns of one's own, which have no meaning then
    """
    whole = data.with_history
    if method not in METHODS:
        hint = closest(method, METHODS)
        raise DataError(
            f"null: unknown method {method!r}; expected one of {', '.join(METHODS)}"
            + (f"; did you mean {hint!r}?" if hint else "")
        )
    if whole.has_missing_bars or not all((getattr(whole, name) > 0.0).all() for name in _PRICES):
        raise DataError(f"{data.name}: a surrogate market needs every bar of every symbol, and prices above 0")
    if data.extra or data.given is not None:
        raise DataError(f"{data.name}: has columns of its own, which say nothing of a surrogate market")
    generator = np.random.default_rng(seed)
    before = whole.close[:, :-1]
    moves = {name: np.log(getattr(whole, name)[:, 1:] / before) for name in _PRICES}
    volume = whole.volume.copy()
    if method == "blocks":
        drawn = _drawn(whole.n_bars - 1, block_length, generator)
        moves = {name: move[:, drawn] for name, move in moves.items()}
        volume[:, 1:] = volume[:, 1:][:, drawn]
    else:
        turned = generator.random(whole.n_bars - 1) < 0.5
        highs, lows = np.where(turned, -moves["low"], moves["high"]), np.where(turned, -moves["high"], moves["low"])
        moves = {name: np.where(turned, -moves[name], moves[name]) for name in ("open", "close")}
        moves |= {"high": highs, "low": lows}
    start = whole.close[:, :1]
    close = np.hstack([start, start * np.exp(np.cumsum(moves["close"], axis=1))])
    columns: dict[str, Any] = {"close": close, "volume": volume}
    for name in ("open", "high", "low"):
        columns[name] = np.hstack([getattr(whole, name)[:, :1], close[:, :-1] * np.exp(moves[name])])
    # Rounding may leave a high a last bit below the close that it was.
    columns["high"] = np.maximum.reduce([columns["high"], columns["open"], close])
    columns["low"] = np.minimum.reduce([columns["low"], columns["open"], close])
    for column in columns.values():
        column.flags.writeable = False
    made = replace(whole, **columns, known_digest=None, directory=None)
    return made.evaluated_from(data.n_history)


def _drawn(n: int, block_length: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """Numbers from 0 to n - 1 in blocks of random start and length, around the end."""
    begins = generator.random(n) < 1.0 / max(block_length, 1.0)
    begins[0] = True
    starts, places = generator.integers(n, size=n), np.arange(n)
    began = np.maximum.accumulate(np.where(begins, places, 0))
    return (starts[began] + places - began) % n
