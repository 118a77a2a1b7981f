"""What backtesting_py_model.py works on: the settings, the present bar, and flat tables of orders and trades.

Prices and cash are in account currency, sizes in signed whole units, bars are counted from 0, an absent level is NaN.
Orders and trades are rows of the tables, named by their row number. Rows are never reused: a pass over the orders works
on a copy of the queue, so whoever reuses rows must wait until the pass is over.
"""

from dataclasses import dataclass, field

NAN = float("nan")


@dataclass
class State:
    """`leverage` is 1 / margin, `fixed` account currency a fill, `relative` and `spread` fractions of a price."""

    cash: float
    fixed: float
    relative: float
    spread: float
    leverage: float
    trade_on_close: bool
    exclusive_orders: bool

    # The present bar, and the close of the one before.
    bar: int = -1
    open: float = NAN
    high: float = NAN
    low: float = NAN
    close: float = NAN
    previous_close: float = NAN
    ruined: bool = False

    # Orders: `queue` has the rows that are working, in the order of processing; `order_trade` is -1 for an entry.
    order_size: list[float] = field(default_factory=list)
    order_limit: list[float] = field(default_factory=list)
    order_stop: list[float] = field(default_factory=list)
    order_sl: list[float] = field(default_factory=list)
    order_tp: list[float] = field(default_factory=list)
    order_trade: list[int] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)

    # Trades: `held` has the rows that are open, oldest first; the rows of their contingent orders, or -1.
    trade_size: list[float] = field(default_factory=list)
    trade_price: list[float] = field(default_factory=list)
    trade_bar: list[int] = field(default_factory=list)
    trade_sl_order: list[int] = field(default_factory=list)
    trade_tp_order: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    # Closed trades: entry bar, exit bar, size, entry price, exit price, profit after commission, commission.
    closed: list[tuple[int, int, float, float, float, float, float]] = field(default_factory=list)
