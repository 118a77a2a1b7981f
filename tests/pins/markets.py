"""The markets of the pins: bars made of whole numbers, by arithmetic that every processor does alike."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

import admf_jit as aj
from admf_jit.data import MarketData
from tests.pins.draw import Draw

Row = tuple[float, float, float, float, float]

SHAPES = ("trend", "range", "gaps", "rests", "coarse", "crash", "rocket", "unrounded", "quiet")
#: Price steps in one unit of currency.
DENOMINATORS = (1, 4, 20, 100, 1000)
NAMES = ("ALFA", "BETA", "CETA", "DELTA")
NEW_YORK, UTC = "America/New_York", "UTC"
_NONPOSITIVE = "nonpositive"


@dataclass(frozen=True)
class Market:
    """The recipe of a market, and what drawing settings for it has to know.

    ``step`` is the length of a bar in minutes, ``per_day`` how many of them a session has, from ``opening`` minutes
    after midnight. ``ragged`` markets lack bars, and their second symbol ends before the others, ``delisted`` at that
    share of the usual price, or at its last close. ``history`` bars are before the start, ``kept`` is how many
    of them warm indicators up.
    """

    name: str
    shape: str
    bars: int
    step: int
    per_day: int
    opening: int
    zone: str
    denominator: int
    symbols: tuple[str, ...] = NAMES[:1]
    ragged: bool = False
    delisted: float | None = None
    history: int = 0
    kept: str | int = "all"

    @property
    def level(self) -> float:
        """About the first price."""
        return 300 / self.denominator

    @property
    def tick(self) -> float:
        """The step of its prices."""
        return 1 / self.denominator

    @property
    def is_small(self) -> bool:
        """Whether plain Python is through with it at once."""
        return self.bars * len(self.symbols) <= 130

    @property
    def has_higher_bars(self) -> bool:
        """Whether hours and sessions are longer than its bars, and there are many of them."""
        return self.step < 60 and self.bars >= 300

    def frames(self) -> dict[str, pd.DataFrame]:
        """The bars of each symbol."""
        draw = Draw("market", self.name)
        times = _times(draw, self)
        frames = {}
        for number, symbol in enumerate(self.symbols):
            rows = _rows(draw, self)
            keep = _kept(draw, self, number)
            there = [t for t in range(self.bars) if keep[t]]
            index = pd.DatetimeIndex([times[t] for t in there], name="time")
            columns = ["open", "high", "low", "close", "volume"]
            frames[symbol] = pd.DataFrame([rows[t] for t in there], columns=columns, index=index)
        return frames

    def load(self) -> MarketData:
        """The bars as the package loads them."""
        frames = self.frames()
        source: Any = frames if len(frames) > 1 else frames[self.symbols[0]]
        stated = 250.0 * self.per_day if self.kept == "none" else None
        allowed = self.shape == _NONPOSITIVE
        worth = None if self.delisted is None else {self.symbols[1]: self.delisted * self.level}
        data = aj.load(source, timezone=self.zone, allow_nonpositive=allowed, bars_per_year=stated, delisted=worth)
        if self.history:
            start = pd.Timestamp(int(data.time[self.history]), tz="UTC").isoformat()
            data = data.select(start=start, history=self.kept)
        return data


def _times(draw: Draw, market: Market) -> list[pd.Timestamp]:
    """Sessions from Monday to Friday; now and then a bar or a day is missing, in summer time and in winter time."""
    day, times = pd.Timestamp("2024-02-26"), []
    while len(times) < market.bars:
        if day.dayofweek < 5 and not draw.chance(0.03):
            for number in range(market.per_day):
                minutes = market.opening + number * market.step
                moment = day + pd.Timedelta(minutes=minutes)
                # Two neighbours tell how long a bar is.
                if len(times) < 3 or not draw.chance(0.01):
                    times.append(moment.tz_localize(market.zone))
        day += pd.Timedelta(days=1)
    return times[: market.bars]


def _kept(draw: Draw, market: Market, number: int) -> list[bool]:
    """Which bars a symbol has."""
    n = market.bars
    if not market.ragged:
        return [True] * n
    density = draw.pick((1.0, 0.95, 0.8, 0.6))
    first = draw.whole(0, n // 4) if number == 2 else 0
    last = draw.whole(n // 2, n - n // 8) if number == 1 else n
    keep = [first <= t < last and draw.chance(density) for t in range(n)]
    for t in (first + 2, first + 3, last - 1):
        keep[t] = True
    return keep


def _rows(draw: Draw, market: Market) -> list[Row]:
    shape, denominator = market.shape, market.denominator
    level = 8 if shape == _NONPOSITIVE else 300
    floor = -60 if shape == _NONPOSITIVE else 3
    stride = 12 if shape == "coarse" else 1 if shape in ("quiet", _NONPOSITIVE) else 3
    drift, rest, rows, close = 0, 0, [], level
    for t in range(market.bars):
        if t % 20 == 0:
            drift = draw.whole(-1, 1)
        if shape not in ("crash", "rocket", _NONPOSITIVE) and not level // 3 <= close <= 3 * level:
            drift = 1 if close < level else -1  # back to where a step is about a hundredth
        gap = draw.whole(-6, 6) * stride if draw.chance(0.05) else draw.whole(-1, 1)
        if shape == "gaps" and draw.chance(0.05):
            gap = close * draw.pick((-30, -10, 10, 40) if close > level // 3 else (10, 40)) // 100
        if shape == "rests":
            rest = rest - 1 if rest else draw.whole(3, 25) * draw.chance(0.1)
        open_ = max(floor, close + (0 if rest else gap))
        move = draw.whole(-2, 2) * stride
        if shape in ("trend", "unrounded") or not level // 3 <= close <= 3 * level:
            move += drift * stride
        elif shape == "range":
            move += (level - close) // 10
        elif shape == "crash" and t > market.bars // 2:
            move -= close // 12
        elif shape == "rocket" and t > market.bars // 3:
            move += close // 15 if close < 400_000 else -close // 3
        close = open_ if rest else max(floor, open_ + move)
        high = max(open_, close) + (0 if rest else draw.whole(0, 2) * stride)
        low = max(floor - 2, min(open_, close) - (0 if rest else draw.whole(0, 2) * stride))
        lack = {"quiet": 0.4, "rests": 0.1}.get(shape, 0.04)
        volume = 0.0 if draw.chance(lack) else float(draw.whole(1, 900))
        # A factor of no meaning, so that no price is on any grid.
        scale = 1.0000713 if shape == "unrounded" else 1.0
        rows.append((*(scale * (ticks / denominator) for ticks in (open_, high, low, close)), volume))
    return rows


_CALENDARS = {
    "minutes": (1, 390, 570, NEW_YORK),
    "quarters": (15, 26, 570, NEW_YORK),
    "hours": (60, 7, 570, NEW_YORK),
    "clock": (60, 24, 0, UTC),
    "days": (1440, 1, 0, UTC),
}


def _market(name: str, shape: str, bars: int, calendar: str, denominator: int, **more: Any) -> Market:
    step, per_day, opening, zone = _CALENDARS[calendar]
    return Market(f"{name}-{shape}-{calendar}", shape, bars, step, per_day, opening, zone, denominator, **more)


@cache
def markets() -> dict[str, Market]:
    """All markets of the pins, by name."""
    draw, found = Draw("markets"), []
    calendars = ("quarters", "hours", "clock", "days")
    for number, shape in enumerate((*SHAPES, *SHAPES)):
        bars = draw.whole(60, 130)
        found.append(_market(f"small{number}", shape, bars, calendars[number % 4], DENOMINATORS[number % 5]))
    for number, shape in enumerate((*SHAPES, *SHAPES)):
        bars = draw.whole(300, 1500)
        kept = ("all", "none", 15)[number % 3]
        history = draw.whole(20, 120) if number % 2 else 0
        found.append(
            _market(
                f"middle{number}", shape, bars, calendars[(number + 1) % 4], DENOMINATORS[number % 5],
                history=history, kept=kept,
            )
        )  # fmt: skip
    for number, shape in enumerate(("trend", "range", "unrounded")):
        found.append(_market(f"long{number}", shape, 3000 + 1111 * number, "minutes", 100))
    found.append(_market("longest", "range", 21_000, "minutes", 100))
    for number in range(2):
        found.append(_market(f"{('small', 'middle')[number]}oil", _NONPOSITIVE, (100, 500)[number], "hours", 4))
    for number in range(4):
        symbols = NAMES[: 2 + number % 2]
        bars, shape = (40, 60, 400, 700)[number], SHAPES[number]
        found.append(_market(f"several{number}", shape, bars, calendars[number], DENOMINATORS[number], symbols=symbols))
    for number in range(10):
        symbols = NAMES[: 2 + number % 3]
        bars, shape = (30, 42, 60)[number % 3] if number < 5 else draw.whole(150, 600), SHAPES[number % len(SHAPES)]
        denominator, calendar = DENOMINATORS[number % 5], calendars[number % 4]
        more = {"history": 30 if number in (6, 8) else 0, "delisted": {1: 0.5, 4: 0.0, 6: 0.0, 7: 1.25}.get(number)}
        name = f"ragged{number}"
        found.append(_market(name, shape, bars, calendar, denominator, symbols=symbols, ragged=True, **more))
    return {market.name: market for market in found}
