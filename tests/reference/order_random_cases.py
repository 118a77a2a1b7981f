"""Random bars and settings for the order engine: levels are touched exactly, sessions change, every key is drawn.

The same seed gives the same case. Prices are whole numbers of a coarse grid, so that limits, stops, opens and extremes
meet each other; bars gap, rest, and come without volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.reference.order_settings import OrderSettings

Row = tuple[float, float, float, float, float]
GRIDS = (1.0, 0.5, 0.25, 0.1, 0.01)
DAY_HOURS = 24
MARGINS = tuple(
    {"leverage": leverage, "maintenance": maintenance}
    for leverage, maintenance in ((2.0, 0.25), (4.0, 0.2), (1.0, 0.5), (3.0, 0.0))
)


@dataclass(frozen=True)
class RandomCase:
    """Rows of (open, high, low, close, volume), the hours of the bars since a Tuesday's midnight, settings, numbers."""

    rows: list[Row]
    hours: list[int]
    grid: float
    settings: OrderSettings
    stream: int  # where the strategy's own stream of whole numbers starts
    busyness: int  # calls of the strategy for 100 bars, about
    before: Before


@dataclass(frozen=True)
class Before:
    """What comes before bar 0: hours and, for each symbol, rows. `history` says what of it is taken (section 1).

    `period` is that of the strategy's average, `begin` the first bar that may be evaluated.
    """

    hours: list[int]
    rows: list[list[Row | None]]
    history: str | int
    period: int
    begin: int


def random_case(seed: int) -> RandomCase:
    """Draw a case."""
    g = np.random.default_rng(seed)
    grid = _pick(g, GRIDS)
    rows = _rows(g, int(g.integers(30, 90)), grid)
    level = rows[0][0]
    hours = _hours(g, len(rows))
    settings = _settings(g, level, grid)
    stream, busyness = int(g.integers(1, 2**31)), int(g.integers(5, 90))
    return RandomCase(rows, hours, grid, settings, stream, busyness, before(seed, hours, grid, 1))


def before(seed: int, hours: list[int], grid: float, n_symbols: int) -> Before:
    """Draw what comes before the bars at these hours, for half of the cases nothing.

    It has numbers of its own, so that all else of a case is the same with it and without.
    """
    g = np.random.default_rng([seed, 15])
    period, begin = int(_maybe(g, 0.5, (2, 5, 12), 1)), int(_maybe(g, 0.2, (1, 4, 17), 0))
    n = int(g.integers(8, 40))
    if g.random() < 0.5:
        return Before([], [[] for _ in range(n_symbols)], "all", period, begin)
    # The night and the day before, up to the hour before bar 0; or days that end some days before it.
    earlier = list(range(hours[0] - n, hours[0]))
    if g.random() < 0.5:
        drawn = _hours(g, n)
        earlier = [hour - DAY_HOURS * (drawn[-1] // DAY_HOURS + 1) for hour in drawn]
    rows = [with_gaps(g, _rows(g, n, grid)) if n_symbols > 1 else list(_rows(g, n, grid)) for _ in range(n_symbols)]
    there = [t for t in range(n) if any(series[t] is not None for series in rows)]
    history = _pick(g, ("all", "all", "none", 1, 3, 6, 100))
    return Before([earlier[t] for t in there], [[series[t] for t in there] for series in rows], history, period, begin)


def with_gaps(g: np.random.Generator, rows: list[Row]) -> list[Row | None]:
    """Take bars away: some at random, sometimes all before a symbol begins or after it ends."""
    n, density = len(rows), _pick(g, (1.0, 0.95, 0.8, 0.5))
    first = int(g.integers(0, n // 2)) if g.random() < 0.3 else 0
    last = int(g.integers(first + 6, n)) if g.random() < 0.2 and first + 6 < n else n
    keep = [first <= t < last and g.random() < density for t in range(n)]
    # Two bars side by side tell the length of its bars.
    keep[first + 2] = keep[first + 3] = True
    return [row if kept else None for row, kept in zip(rows, keep, strict=True)]


def _pick(g: np.random.Generator, choices: Any) -> Any:
    """One of several things, any of them as likely."""
    return choices[int(g.integers(len(choices)))]


def _maybe(g: np.random.Generator, chance: float, choices: Any, otherwise: Any = None) -> Any:
    """One of several things with a chance, else another."""
    return _pick(g, choices) if g.random() < chance else otherwise


def _rows(g: np.random.Generator, n: int, grid: float) -> list[Row]:
    """Walk on the grid: steps of about a hundredth, gaps of up to a tenth, rests, bars without volume."""
    level = int(g.integers(60, 400))
    step = max(1, level // _pick(g, (25, 50, 100)))
    rows, close = [], level
    for _ in range(n):
        gap = int(g.integers(-8, 9)) * step if g.random() < 0.08 else int(g.integers(-1, 2))
        open_ = max(10, close + gap * (g.random() < 0.6))
        close = max(10, open_ + int(g.integers(-3, 4)) * step)
        high = max(open_, close) + int(g.integers(0, 3)) * step
        low = max(5, min(open_, close) - int(g.integers(0, 3)) * step)
        if g.random() < 0.08:
            high = low = close = open_
        volume = 0.0 if g.random() < 0.07 else float(g.integers(1, 400))
        rows.append((open_ * grid, high * grid, low * grid, close * grid, volume))
    return rows


def _hours(g: np.random.Generator, n: int) -> list[int]:
    """Times of the bars: a few hours of a day, sometimes a day or more without any."""
    hours: list[int] = []
    day = 0
    while len(hours) < n:
        first, last = int(g.integers(7, 12)), int(g.integers(13, 20))
        hours += [day * DAY_HOURS + hour for hour in range(first, last) if g.random() < 0.9]
        day += int(_pick(g, (1, 1, 1, 3)))
    return hours[:n]


def _settings(g: np.random.Generator, level: float, grid: float) -> OrderSettings:
    margin = _maybe(g, 0.35, MARGINS)
    exits = _exits(g, level, grid)
    sizing = _sizing(g, level, exits, margin)
    free = sizing is None or sizing["type"] == "kelly"
    return OrderSettings(
        cash=_pick(g, (30.0, 100.0, 1000.0)) * level,
        position_size=_pick(g, (1.0, 0.5, 0.2)) if free else 1.0,
        lot_size=_pick(g, (0.0, 0.0, 1.0, 0.1, 5.0)),
        tick_size=_pick(g, (0.0, 0.0, grid, 2 * grid)),
        commission=_commission(g, level),
        slippage=_slippage(g, grid),
        sizing=sizing,
        pyramiding=1 if (sizing or {}).get("type") == "weight" else _maybe(g, 0.3, (2, 3), 1),
        margin=margin,
        interest_rate=_maybe(g, 0.5, (0.05, 0.5), 0.0) if margin else 0.0,
        borrow_rate=_maybe(g, 0.3, (0.03, 0.4), 0.0),
        fill=_pick(g, ("next_open", "next_open", "same_close")),
        close_at_end=bool(g.random() < 0.4),
        intrabar=_pick(g, ("stop_first", "target_first", "ohlc_path")),
        max_volume_share=_maybe(g, 0.35, (0.05, 0.25, 1.0)),
        order_capacity=_maybe(g, 0.05, (3, 8), 256),
        exits=exits,
        risk=_risk(g),
    )


def _exits(g: np.random.Generator, level: float, grid: float) -> dict[str, Any]:
    trailing = _maybe(g, 0.25, (
        0.03125, {"type": "percent", "rate": 0.06}, {"type": "amount", "amount": 6 * grid},
        {"type": "atr", "multiple": 1.5, "period": 3}, {"type": "atr", "multiple": 2.0, "period": 7},
    ))  # fmt: skip
    drawn = {
        "stop_loss": _maybe(g, 0.3, (0.01, 0.03125, 0.0625, 0.1)),
        "take_profit": _maybe(g, 0.3, (0.01, 0.03125, 0.0625, 1.25)),
        "trailing_stop": trailing,
        "max_holding_bars": _maybe(g, 0.15, (1, 3, 9)),
        "exit_at": _maybe(g, 0.15, ("12:30", "15:00", "17:00:30")),
    }
    return {key: value for key, value in drawn.items() if value is not None}


def _sizing(
    g: np.random.Generator, level: float, exits: dict[str, Any], margin: dict[str, float] | None
) -> dict[str, Any] | None:
    choices: list[dict[str, Any]] = [
        {"type": "fraction", "fraction": 0.4},
        {"type": "quantity", "quantity": 12.5},
        {"type": "cash", "amount": 7.0 * level},
        {"type": "weight", "weight": 1.5 if margin else 0.75, "band": 0.05},
        {"type": "weight", "weight": 0.3, "band": 0.0},
        {"type": "volatility", "target": 2.0, "period": 5},
        {"type": "kelly", "fraction": 0.7, "minimum_trades": 3},
    ]
    if "stop_loss" in exits or "trailing_stop" in exits:
        choices += [{"type": "risk", "risk": 0.01}, {"type": "risk", "risk": 0.03}]
    return _maybe(g, 0.6, choices)


def _commission(g: np.random.Generator, level: float) -> dict[str, Any] | None:
    unit = 10 * level
    tiers = [{"up_to": 5 * unit, "rate": 0.01}, {"up_to": 40 * unit, "rate": 0.004}, {"rate": 0.001}]
    return _maybe(g, 0.7, (
        {"type": "percent", "rate": 0.002},
        {"type": "percent", "rate": 0.002, "amount": 0.001 * unit, "minimum": 0.01 * unit, "maximum": 0.05 * unit},
        {"type": "percent", "rate": 0.03, "maximum": 0.1 * unit},
        {"type": "fixed", "amount": 0.02 * unit},
        {"type": "per_share", "rate": 0.001 * level, "minimum": 0.01 * unit},
        {"type": "per_share", "rate": 0.004 * level, "minimum": 0.0, "maximum": 0.05 * unit},
        {"type": "tiered", "tiers": tiers},
        {"type": "maker_taker", "maker": 0.0005, "taker": 0.003},
    ))  # fmt: skip


def _slippage(g: np.random.Generator, grid: float) -> dict[str, Any] | None:
    return _maybe(g, 0.6, (
        {"type": "percent", "rate": 0.001},
        {"type": "fixed", "amount": 0.3 * grid},
        {"type": "spread", "spread": 0.004},
        {"type": "volume_impact", "coefficient": 0.0217, "exponent": 0.5},
        {"type": "volume_impact", "coefficient": 0.0531, "exponent": 1.0},
        {"type": "random", "rate": 0.01},
    ))  # fmt: skip


def _risk(g: np.random.Generator) -> dict[str, Any]:
    drawn = {
        "max_position": _maybe(g, 0.12, (0.5, 1.5)),
        "max_gross_exposure": _maybe(g, 0.12, (0.6, 2.0)),
        "max_net_exposure": _maybe(g, 0.12, (0.4, 1.2)),
        "max_orders_per_day": _maybe(g, 0.12, (1, 3)),
        "max_daily_loss": _maybe(g, 0.15, (0.005, 0.02, 0.1)),
        "max_drawdown": _maybe(g, 0.15, (0.01, 0.05, 0.2)),
    }
    risk = {key: value for key, value in drawn.items() if value is not None}
    if ("max_daily_loss" in risk or "max_drawdown" in risk) and g.random() < 0.5:
        risk["on_breach"] = "flatten"
    return risk
