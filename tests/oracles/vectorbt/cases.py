"""Random cases for the rules of vectorbt, each rebuilt from its seed alone.

Only uniform draws and + - * / are used: these give the same bits on every machine and under every NumPy.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np

from tests.reference.vectorbt_records import Bars, Rules, Signals

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Case:
    """Bars, the signals on them and the rules of the account."""

    seed: int
    bars: Bars
    signals: Signals
    rules: Rules

    def as_json(self) -> str:
        """Return the case as one line; numbers keep every bit."""
        return json.dumps(asdict(self))


class Draw:
    """A stream of uniform draws."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def between(self, low: float, high: float) -> float:
        """Return a number of [low, high)."""
        return low + (high - low) * float(self._generator.random())

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.between(0.0, 1.0) < probability

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        """Return one of some values, all equally likely."""
        return choices[int(self.between(0.0, len(choices)))]


def random_case(seed: int) -> Case:
    """Return the case of a seed; every tenth one (seed 9, 19, ...) has missing prices."""
    draw = Draw(seed)
    coarse = draw.chance(0.35)
    bars = _coarse_bars(draw) if coarse else _fine_bars(draw)
    n = len(bars.close)
    long_only = draw.chance(0.35)
    flags = [_flags(draw, n), _flags(draw, n), [False] * n if long_only else _flags(draw, n), _flags(draw, n)]
    rules = _rules(draw, bars, coarse, long_only, flags)
    if seed % 10 == 9:
        bars = _with_missing_prices(draw, bars)
    return Case(seed, bars, Signals(*flags), rules)


def _fine_bars(draw: Draw) -> Bars:
    """A random walk with gaps and flat bars."""
    price, step = draw.one_of((0.03, 1.0, 40.0, 100.0, 2500.0)), draw.one_of((0.002, 0.01, 0.03, 0.08))
    gap, flat, wick = draw.one_of((0.0, 0.1, 0.6)), draw.one_of((0.0, 0.05, 0.3)), draw.one_of((0.0, 0.5, 1.0))
    rows = []
    for _ in range(30 + int(draw.between(0, 91))):
        if draw.chance(gap):
            price *= 1 + draw.between(-3, 3) * step
        open_ = price
        if draw.chance(flat):
            rows.append((open_, open_, open_, open_))
            continue
        price *= 1 + draw.between(-1.7, 1.7) * step
        high = max(open_, price) * (1 + draw.between(0, step) * draw.chance(wick))
        low = min(open_, price) * (1 - draw.between(0, step) * draw.chance(wick))
        rows.append((open_, high, low, price))
    return Bars(*map(list, zip(*rows, strict=True)))


def _coarse_bars(draw: Draw) -> Bars:
    """Prices on a grid of powers of two, on which many stop levels lie exactly."""
    unit = draw.one_of((0.25, 1.0, 8.0))
    grid, wick = draw.one_of((1, 2, 4)), draw.one_of((1, 2, 3))
    rows, at = [], 16 + int(draw.between(0, 5)) * 8
    for _ in range(30 + int(draw.between(0, 91))):
        open_ = min(max(at + int(draw.between(-2, 3)) * grid * draw.chance(0.3), 12), 64)
        at = min(max(open_ + int(draw.between(-2, 3)) * grid, 12), 64)
        high, low = (
            max(open_, at) + int(draw.between(0, wick)) * grid,
            min(open_, at) - int(draw.between(0, wick)) * grid,
        )
        rows.append((open_ * unit, high * unit, low * unit, at * unit))
    return Bars(*map(list, zip(*rows, strict=True)))


def _with_missing_prices(draw: Draw, bars: Bars) -> Bars:
    share = draw.one_of((0.1, 0.4))
    open_, high, low = (
        [math.nan if draw.chance(share) else price for price in column] for column in (bars.open, bars.high, bars.low)
    )
    return Bars(open_, high, low, bars.close)


def _flags(draw: Draw, n: int) -> list[bool]:
    density = draw.one_of((0.03, 0.1, 0.3, 0.6))
    return [draw.chance(density) for _ in range(n)]


def _level(draw: Draw, coarse: bool) -> float:
    return draw.one_of((0.125, 0.25, 0.25)) if coarse else draw.one_of((0.005, 0.02, 0.1, draw.between(0.001, 0.2)))


def _rules(draw: Draw, bars: Bars, coarse: bool, long_only: bool, flags: list[list[bool]]) -> Rules:
    cash = draw.one_of((100.0, 1000.0, 100_000.0, draw.between(10, 10_000), 1e-6))
    fill = draw.one_of(("same_close", "next_open"))
    fees = draw.one_of((0.0, 0.0, 0.001, 0.01, 0.1, draw.between(0.0, 0.05), 1.5 if draw.chance(0.3) else 0.0))
    fixed_fees = draw.one_of((0.0, 0.0, 0.001, 0.01, 0.05, 0.4)) * cash
    slippage = draw.one_of((0.0, 0.0, 0.001, 0.05, draw.between(0.0, 0.02)))
    size = math.inf if long_only else cash / bars.close[0] * draw.one_of((0.05, 0.3, 0.9, 1.0, draw.between(0.01, 3.0)))
    granularity = draw.one_of((1.0, 0.1, 0.001, 7.0, cash / bars.close[0] / 10)) if draw.chance(0.3) else None
    if granularity is not None and not long_only and draw.chance(0.5):
        size = granularity * int(draw.between(1, 10))
    edge = draw.one_of(("cash", "size", "fees")) if draw.chance(0.2) else None
    if edge is not None:
        fees, fixed_fees, slippage, granularity = 0.0, 0.0, 0.0, None
    if edge == "cash":  # an order that costs the cash to within the tolerance, or just not
        size = cash / _first_fill(bars, flags, fill) * (1 + draw.one_of((-5e-10, 2e-10, 5e-10, 9.9e-10, 2e-9)))
    elif edge == "size":  # the smallest size to within the tolerance, or just not
        size = draw.one_of((1e-8, 0.99995e-8, 0.9998e-8))
    elif edge == "fees":  # fees that take all that a sale brings to within the tolerance, or just not
        fees, size = draw.one_of((1.0, 1 + 5e-10, 1 + 2e-9)), cash / bars.close[0] * 0.1
    has_stop = draw.chance(0.65)
    return Rules(
        cash=cash,
        size=size,
        fees=fees,
        fixed_fees=fixed_fees,
        slippage=slippage,
        size_granularity=granularity,
        stop_loss=_level(draw, coarse) if has_stop else None,
        trailing=has_stop and draw.chance(0.45),
        take_profit=_level(draw, coarse) if draw.chance(0.55) else None,
        fill=fill,
        stop_exit_price=draw.one_of(("stoplimit",) * 5 + ("stopmarket", "close", "price")),
        stop_entry_price=draw.one_of(("close",) * 5 + ("price", "fillprice", "valprice")),
    )


def _first_fill(bars: Bars, flags: list[list[bool]], fill: str) -> float:
    """Price of the first long entry that no other signal contradicts."""
    lone = (bar for bar, at in enumerate(zip(*flags, strict=True)) if at == (True, False, False, False))
    first = min(next(lone, 0), len(bars.close) - 2)
    return bars.close[first] if fill == "same_close" else bars.open[first + 1]
