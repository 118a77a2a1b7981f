"""Accounts for the gallery's rules, in plain Python and NumPy, from docs/trading-model.md; nothing of the package.

All trade at the next open from 100,000 in cash, and pay 0.05 % of what they trade. A rule answers for a bar; an account
gives its fills, (bar, symbol, quantity), and equity at each close.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

CASH = 100_000.0
RATE = 0.0005
#: A quantity that is so small a part of what was asked for is rounding.
NOTHING = 1e-9


class Traded(NamedTuple):
    """What an account did."""

    fills: list[tuple[int, int, float]]
    equity: np.ndarray[Any, Any]


class Account:
    """Cash and units of some symbols."""

    def __init__(self, n_symbols: int = 1) -> None:
        self.cash = CASH
        self.held = [0.0] * n_symbols
        self.fills: list[tuple[int, int, float]] = []

    def fill(self, bar: int, quantity: float, price: float, symbol: int = 0) -> None:
        """Trade as much of it as cash pays for."""
        bought = quantity
        if quantity * price * (1 + RATE) > self.cash:
            bought = self.cash / (price * (1 + RATE))
        if abs(bought) <= NOTHING * abs(quantity):
            return
        self.cash -= bought * price + abs(bought) * price * RATE
        self.held[symbol] += bought
        if abs(self.held[symbol]) <= NOTHING * abs(bought):
            self.held[symbol] = 0.0
        self.fills.append((bar, symbol, bought))

    def worth(self, prices: Sequence[float]) -> float:
        return self.cash + sum(held * price for held, price in zip(self.held, prices, strict=True))


def follow(bars: pd.DataFrame, rule: Callable[[int, float], int | None]) -> Traded:
    """Hold all of equity on the side that ``rule(bar, quantity)`` answers; None leaves the position alone."""

    def orders(bar: int, account: Account) -> float:
        held = account.held[0]
        side = rule(bar, held)
        if side is None or side == np.sign(held):
            return 0.0
        close = closes[bar]
        return side * account.worth([close]) / close - held

    closes = bars["close"].to_numpy()
    return send(bars, orders)


def send(bars: pd.DataFrame, orders: Callable[[int, Account], float]) -> Traded:
    """Send a market order of the quantity that ``orders(bar, account)`` answers, to be filled at the next open."""
    opens, closes = bars["open"].to_numpy(), bars["close"].to_numpy()
    account, equity, ordered = Account(), [], 0.0
    for bar, close in enumerate(closes):
        if ordered:
            account.fill(bar, ordered, opens[bar])
        ordered = orders(bar, account)
        equity.append(account.worth([close]))
    return Traded(account.fills, np.array(equity))


def weigh(opens: pd.DataFrame, closes: pd.DataFrame, rule: Callable[[int], Sequence[float] | None]) -> Traded:
    """Hold the weights that ``rule(bar)`` answers, sales first; None leaves positions alone. A column is a symbol."""
    account, equity, wanted = Account(closes.shape[1]), [], None
    for bar in range(len(closes)):
        prices = closes.iloc[bar].tolist()
        if wanted is not None:
            changes = [target - held for target, held in zip(wanted, account.held, strict=True)]
            sizes = [max(abs(target), abs(held)) for target, held in zip(wanted, account.held, strict=True)]
            for symbol in sorted(range(len(changes)), key=lambda symbol: changes[symbol] > 0):
                if abs(changes[symbol]) > NOTHING * sizes[symbol]:
                    account.fill(bar, changes[symbol], opens.iloc[bar, symbol], symbol)
        worth = account.worth(prices)
        equity.append(worth)
        weights = rule(bar)
        wanted = None
        if weights is not None:
            wanted = [weight * worth / price for weight, price in zip(weights, prices, strict=True)]
    return Traded(account.fills, np.array(equity))


def rest(bars: pd.DataFrame, limits: Callable[[int, float], list[tuple[float, float]]]) -> Traded:
    """Have the limit orders (quantity, price) that ``limits(bar, quantity held)`` answers in the market for a bar."""
    account, equity = Account(), []
    working: list[tuple[float, float]] = []
    for bar, (opened, high, low, close) in enumerate(bars[["open", "high", "low", "close"]].to_numpy()):
        for quantity, price in working:
            if quantity > 0 and low <= price:
                account.fill(bar, quantity, min(opened, price))
            if quantity < 0 and high >= price:
                account.fill(bar, quantity, max(opened, price))
        working = limits(bar, account.held[0])
        equity.append(account.worth([close]))
    return Traded(account.fills, np.array(equity))
