"""The gallery's rules a second time, from their sources, in pandas and NumPy; nothing of the package.

Each is given bars as a frame with open, high, low, close and volume, by times of the exchange (or opens and closes, a
column a symbol), and gives what `accounts` made of it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tests.gallery.accounts import Account, Traded, follow, rest, send, weigh


def wilder(values: pd.Series, period: int) -> pd.Series:
    """Wilder's mean, begun with the mean of the first values that are there."""
    there = values.dropna()
    begun = there.iloc[period - 1 :].copy()
    begun.iloc[0] = there.iloc[:period].mean()
    return begun.ewm(alpha=1 / period, adjust=False).mean().reindex(values.index)


def true_range(bars: pd.DataFrame) -> pd.Series:
    before = bars["close"].shift()
    spans = [bars["high"] - bars["low"], (bars["high"] - before).abs(), (bars["low"] - before).abs()]
    return pd.concat(spans, axis=1).max(axis=1).where(before.notna())


def minutes(bars: pd.DataFrame) -> Any:
    """Of the exchange's clock since midnight."""
    times = pd.DatetimeIndex(bars.index)
    return times.hour * 60 + times.minute


def rsi2(bars: pd.DataFrame) -> Traded:
    close = bars["close"]
    moves = close.diff()
    up, down = wilder(moves.clip(lower=0), 2), wilder(-moves.clip(upper=0), 2)
    rsi = 100 * up / (up + down)
    enter = ((close > close.rolling(200).mean()) & (rsi < 10)).to_numpy()
    leave = (close > close.rolling(5).mean()).to_numpy()

    def rule(bar: int, held: float) -> int | None:
        return 1 if not held and enter[bar] else 0 if held and leave[bar] else None

    return follow(bars, rule)


def turtle(bars: pd.DataFrame) -> Traded:
    close = bars["close"]
    n = wilder(true_range(bars), 20)
    top, bottom = bars["high"].rolling(20).max().shift(), bars["low"].rolling(10).min().shift()
    units: list[tuple[float, float]] = []  # price and ATR of each

    def orders(bar: int, account: Account) -> float:
        price = close.iloc[bar]
        if np.isnan(n.iloc[bar]):
            return 0.0
        if units and (price < bottom.iloc[bar] or price < units[-1][0] - 2 * units[-1][1]):
            units.clear()
            return -account.held[0]
        adds = price > top.iloc[bar] if not units else len(units) < 4 and price >= units[-1][0] + units[-1][1] / 2
        if not adds:
            return 0.0
        units.append((price, n.iloc[bar]))
        return 0.005 * account.worth([price]) / n.iloc[bar]

    return send(bars, orders)


def opening_range(bars: pd.DataFrame) -> Traded:
    wanted = pd.Series(np.nan, index=bars.index)
    wanted[minutes(bars) >= 15 * 60 + 45] = 0
    for _, day in bars.groupby(pd.DatetimeIndex(bars.index).date):
        first, later = day.iloc[:6], day.iloc[6:].between_time("00:00", "15:44")
        broken = later[(later["close"] > first["high"].max()) | (later["close"] < first["low"].min())]
        if len(broken):
            wanted[broken.index[0]] = 1 if broken["close"].iloc[0] > first["high"].max() else -1
    sides = wanted.to_numpy()
    return follow(bars, lambda bar, held: None if np.isnan(sides[bar]) else int(sides[bar]))


def squeeze(bars: pd.DataFrame) -> Traded:
    close = bars["close"]
    middle = close.rolling(20).mean()
    band, channel = middle + 2 * close.rolling(20).std(ddof=0), middle + 1.5 * wilder(true_range(bars), 20)
    inside = band < channel
    released = (inside.shift(fill_value=False) & (band >= channel)).to_numpy()
    momentum = np.sign(close.diff(12)).to_numpy()

    def rule(bar: int, held: float) -> int | None:
        if released[bar]:
            return 1 if momentum[bar] > 0 else -1
        return 0 if held * momentum[bar] < 0 else None

    return follow(bars, rule)


def supertrend(bars: pd.DataFrame) -> Traded:
    """As in the reference manual of Pine."""
    close, atr = bars["close"].to_numpy(), wilder(true_range(bars), 10).to_numpy()
    source = ((bars["high"] + bars["low"]) / 2).to_numpy()
    sides: list[int | None] = []
    upper = lower = line = np.nan
    for bar, around in enumerate(source):
        if np.isnan(atr[bar]):
            sides.append(None)
            continue
        top, bottom = around + 3 * atr[bar], around - 3 * atr[bar]
        previous_upper, previous_lower, previous_line = upper, lower, line
        lower = previous_lower if bottom <= previous_lower and close[bar - 1] >= previous_lower else bottom
        upper = previous_upper if top >= previous_upper and close[bar - 1] <= previous_upper else top
        if np.isnan(previous_line):
            falling = True
        elif previous_line == previous_upper:
            falling = not close[bar] > upper
        else:
            falling = bool(close[bar] < lower)
        line = upper if falling else lower
        sides.append(-1 if falling else 1)
    return follow(bars, lambda bar, held: sides[bar])


def adx_filter(bars: pd.DataFrame) -> Traded:
    up, down = bars["high"].diff(), -bars["low"].diff()
    plus = up.where((up > down) & (up > 0), 0.0).where(up.notna())
    minus = down.where((down > up) & (down > 0), 0.0).where(up.notna())
    atr = wilder(true_range(bars), 14)
    plus_di, minus_di = 100 * wilder(plus, 14) / atr, 100 * wilder(minus, 14) / atr
    adx = wilder(100 * (plus_di - minus_di).abs() / (plus_di + minus_di), 14)
    side = np.where(plus_di > minus_di, 1, -1)
    wanted = np.where(adx >= 25, side, np.where(adx < 20, 0, np.nan))
    return follow(bars, lambda bar, held: None if np.isnan(wanted[bar]) else int(wanted[bar]))


def vwap_reversion(bars: pd.DataFrame) -> Traded:
    days = pd.DatetimeIndex(bars.index).date
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    vwap = (typical * bars["volume"]).groupby(days).cumsum() / bars["volume"].groupby(days).cumsum()
    away = (bars["close"] - vwap).to_numpy()
    far = np.abs(away) >= (3 * wilder(true_range(bars), 14)).to_numpy()
    late = minutes(bars) >= 15 * 60 + 30

    def rule(bar: int, held: float) -> int | None:
        if late[bar] or (held > 0 and away[bar] > 0) or (held < 0 and away[bar] < 0):
            return 0
        return int(-np.sign(away[bar])) if not held and far[bar] else None

    return follow(bars, rule)


def pairs(opens: pd.DataFrame, closes: pd.DataFrame) -> Traded:
    ratio = closes.iloc[:, 0] / closes.iloc[:, 1]
    moving = ratio.ewm(span=60, adjust=False)
    z = ((ratio - moving.mean().shift()) / moving.var(bias=True).shift() ** 0.5).to_numpy()
    wanted: list[Sequence[float] | None] = []
    side = 0
    for bar, score in enumerate(z):
        before = side
        if bar >= 60:
            side = side if side * score <= -0.5 else 0
            if before == 0 and abs(score) > 2:
                side = int(-np.sign(score))
        wanted.append((side / 2, -side / 2) if side != before else None)
    return weigh(opens, closes, lambda bar: wanted[bar])


def dual_momentum(opens: pd.DataFrame, closes: pd.DataFrame) -> Traded:
    year = closes.pct_change(252)
    months = pd.Series(pd.DatetimeIndex(closes.index).strftime("%Y-%m"))
    first = (months != months.shift()).to_numpy()

    def rule(bar: int) -> Sequence[float] | None:
        changes = year.iloc[bar]
        if not first[bar] or changes.isna().all():
            return None
        return [float(symbol == changes.idxmax() and changes.max() > 0) for symbol in changes.index]

    return weigh(opens, closes, rule)


def predictions(bars: pd.DataFrame) -> Traded:
    values = bars["prediction"].to_numpy()

    def rule(bar: int, held: float) -> int | None:
        if abs(values[bar]) > 1:
            return int(np.sign(values[bar]))
        return None if np.sign(held) * values[bar] > 0 else 0

    return follow(bars, rule)


def array_indicator(bars: pd.DataFrame) -> Traded:
    line = pd.Series(np.arange(len(bars), dtype=float), index=bars.index)
    prices = np.log(bars["close"])
    slope = prices.rolling(90).cov(line) / line.rolling(90).var()
    score = (slope * prices.rolling(90).corr(line) ** 2).to_numpy()
    return follow(bars, lambda bar, held: None if np.isnan(score[bar]) else int(score[bar] > 0.0005))


def grid_trading(bars: pd.DataFrame) -> Traded:
    close = bars["close"].to_numpy()
    lines: list[float] = []

    def limits(bar: int, held: float) -> list[tuple[float, float]]:
        units = int(held / 100 + 0.5)
        if units == 0:
            lines[:] = [close[bar] * (1 - 0.02 * line) for line in range(6)]
        sales = [(-100.0, lines[units - 1])] if units else []
        return sales + ([(100.0, lines[units + 1])] if units < 5 else [])

    return rest(bars, limits)
