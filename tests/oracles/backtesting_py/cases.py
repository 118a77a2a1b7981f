"""Random cases for backtesting.py: bars, account settings and a script of orders, all from one seed.

Only `random.Random.random` and correctly rounded arithmetic are used, so a seed means the same case, to the bit, on
every machine and Python version. Prices are positive and low <= open, close <= high.
"""

import json
import random
import sys
from dataclasses import asdict, dataclass

FULL_EQUITY = 1.0 - sys.float_info.epsilon
BUY, SELL, CLOSE, CANCEL = 0, 1, 2, 3


@dataclass(frozen=True)
class Action:
    """What the strategy does after the close of bar `bar` (counted from 0). An absent level is None.

    `size` is a fraction of equity below 1 or whole units for BUY and SELL, a portion for CLOSE, unused for CANCEL.
    """

    bar: int
    kind: int
    size: float
    limit: float | None = None
    stop: float | None = None
    sl: float | None = None
    tp: float | None = None


@dataclass(frozen=True)
class Case:
    """One backtest. `warmup` is the length of an indicator's NaN prefix; `margin` is 1 / leverage."""

    seed: int
    cash: float
    fixed: float
    relative: float
    spread: float
    margin: float
    trade_on_close: bool
    exclusive_orders: bool
    finalize_trades: bool
    warmup: int
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    actions: list[Action]


class Draw:
    """Choices made from one stream of random doubles."""

    def __init__(self, seed: int) -> None:
        self.stream = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.stream.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.stream.random()

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + int(self.stream.random() * (high - low + 1))

    def one_of(self, *options: float) -> float:
        return options[int(self.stream.random() * len(options))]


def on_grid(price: float, grid: float) -> float:
    """The positive multiple of `grid` nearest to `price`; `price` itself without a grid."""
    return price if grid == 0.0 else max(1.0, float(round(price / grid))) * grid


def random_bars(draw: Draw, count: int, grid: float) -> tuple[list[float], list[float], list[float], list[float]]:
    """A random walk with gaps at the open, flat bars, and at times jumps that can ruin a leveraged account."""
    price, swing = draw.one_of(4.0, 25.0, 100.0), draw.one_of(0.003, 0.01, 0.03)
    if grid:
        swing = max(swing, 2.0 * grid / price)
    gaps, jumps = draw.one_of(0.0, 0.3, 1.0), draw.one_of(0.0, 0.0, 0.02)
    columns: tuple[list[float], ...] = ([], [], [], [])
    for _ in range(count):
        if draw.chance(gaps):
            price *= 1.0 + swing * draw.between(-1.0, 1.0)
        if draw.chance(jumps):
            price *= draw.one_of(0.7, 0.85, 1.2, 1.5)
        first = on_grid(price, grid)
        last = first if draw.chance(0.08) else on_grid(first * (1.0 + swing * draw.between(-1.0, 1.0)), grid)
        if first == last and draw.chance(0.6):
            high = low = first
        else:
            high = max(first, last, on_grid(max(first, last) * (1.0 + swing * draw.between(0.0, 0.8)), grid))
            low = min(first, last, on_grid(min(first, last) * (1.0 - swing * draw.between(0.0, 0.8)), grid))
        for column, value in zip(columns, (first, high, low, last), strict=True):
            column.append(value)
        price = last
    return columns[0], columns[1], columns[2], columns[3]


def random_size(draw: Draw, cash: float, price: float, margin: float) -> float:
    """A fraction, or whole units from one to somewhat more than the account can pay for; at times not acceptable."""
    if draw.chance(0.4):
        return draw.one_of(0.05, 0.2, 0.5, 0.9, FULL_EQUITY, draw.between(0.01, 0.99))
    if draw.chance(0.03):
        return draw.between(1.01, 9.99)
    affordable = cash / price / margin
    return float(max(1, int(affordable * draw.one_of(0.01, 0.1, 0.3, 0.6, 1.2) * draw.between(0.3, 1.0))))


def random_entry(draw: Draw, bar: int, close: float, size: float, reach: float, grid: float) -> Action:
    """A market, limit, stop or stop-limit order, bracketed or not; its levels are in the right order mostly."""
    kind = BUY if draw.chance(0.5) else SELL
    side = 1.0 if kind == BUY else -1.0

    def level(distance: float) -> float:
        return max(on_grid(close * (1.0 + side * distance * reach), grid), 0.01)

    style, limit, stop, sl, tp = draw.stream.random(), None, None, None, None
    if 0.4 <= style < 0.6:
        limit = level(draw.between(-1.5, 0.3))
    elif 0.6 <= style < 0.8:
        stop = level(draw.between(-0.3, 1.5))
    elif style >= 0.8:
        stop, limit = level(draw.between(-0.5, 1.2)), level(draw.between(-1.2, 1.2))
    base = limit or stop or close
    shift, width = base / close - 1.0, draw.one_of(2.0, 2.0, 0.5)
    if draw.chance(0.45):
        sl = level(side * shift / reach - draw.between(-0.05, width))
    if draw.chance(0.45):
        tp = level(side * shift / reach + draw.between(-0.05, width))
    return Action(bar, kind, size, limit, stop, sl, tp)


def random_case(seed: int) -> Case:
    """The case of this seed: 30 to 120 bars."""
    draw = Draw(seed)
    count, grid = draw.whole(30, 120), draw.one_of(0.0, 0.0, 0.25, 0.5)
    columns = random_bars(draw, count, grid)
    cash, margin = draw.one_of(500.0, 10_000.0, 98_765.43), draw.one_of(1.0, 1.0, 0.5, 0.1, 0.03)
    fixed, relative = draw.one_of(0.0, 0.0, 1.0, 7.3), draw.one_of(0.0, 0.001, 0.0137)
    spread = draw.one_of(0.0, 0.0, 0.0007, 0.01)
    rate, reach = draw.one_of(0.1, 0.3, 0.6), draw.one_of(0.005, 0.02, 0.05)
    if grid:
        reach = max(reach, 3.0 * grid / columns[3][0])
    actions = []
    for bar in range(count):
        while draw.chance(rate):
            close, choice = columns[3][bar], draw.stream.random()
            if choice < 0.15:
                actions.append(Action(bar, CLOSE, draw.one_of(1.0, 1.0, 0.5, 0.25, 0.001, draw.between(0.01, 1.0))))
            elif choice < 0.2:
                actions.append(Action(bar, CANCEL, 0.0))
            else:
                size = random_size(draw, cash, close, margin)
                actions.append(random_entry(draw, bar, close, size, reach, grid))
    flags = [draw.chance(0.35), draw.chance(0.25), draw.chance(0.5)]
    warmup = draw.whole(1, 12) if draw.chance(0.2) else 0
    return Case(seed, cash, fixed, relative, spread, margin, *flags, warmup, *columns, actions)


def as_json(case: Case) -> str:
    """The case on one line; floats keep every bit."""
    return json.dumps(asdict(case), separators=(",", ":"))
