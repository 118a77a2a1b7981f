"""What the model of vectorbt's rules takes and returns. All numbers are Python floats; None is an absent setting."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bars:
    """Prices of each bar; NaN in open, high or low where a price is missing."""

    open: Sequence[float]
    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]


@dataclass(frozen=True)
class Signals:
    """What the strategy wants at each bar: one flag a bar."""

    entries: Sequence[bool]
    exits: Sequence[bool]
    short_entries: Sequence[bool]
    short_exits: Sequence[bool]


@dataclass(frozen=True)
class Rules:
    """Settings of the account and of its orders.

    `size` is a quantity (infinite: all that cash pays for); `fees`, `slippage`, `stop_loss` and `take_profit` are
    fractions of a price, `fixed_fees` is money for each order. `trailing` makes the stop-loss follow the price. `fill`
    is "same_close" (a signal of bar i fills at close[i]) or "next_open" (at open[i + 1]). `stop_exit_price` is
    "stoplimit", "stopmarket", "close" or "price", `stop_entry_price` "close", "price", "fillprice" or "valprice", as in
    vectorbt.
    """

    cash: float
    size: float
    fees: float = 0.0
    fixed_fees: float = 0.0
    slippage: float = 0.0
    size_granularity: float | None = None
    stop_loss: float | None = None
    trailing: bool = False
    take_profit: float | None = None
    fill: str = "next_open"
    stop_exit_price: str = "stoplimit"
    stop_entry_price: str = "close"


@dataclass(frozen=True)
class Order:
    """A fill: `side` is "buy" or "sell", `size` positive, `fees` money."""

    bar: int
    side: str
    size: float
    price: float
    fees: float


@dataclass
class Outcome:
    """Orders in the order of filling, equity at the close of each bar, and how often each rule decided.

    `final_equity` is the last equity, but for rounding: vectorbt adds up what was earned, and then the starting cash.
    """

    orders: list[Order] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    final_equity: float = math.nan
    decided: Counter[str] = field(default_factory=Counter)
