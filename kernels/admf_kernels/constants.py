"""Every code, record layout and column order that crosses between Python and the kernels."""

from enum import IntEnum

import numpy as np


class EventKind(IntEnum):
    """What an event says; the number is what the ring stores."""

    BAR = 0
    FEATURES = 1
    SIGNAL = 2
    ORDER = 3
    FILL = 4
    REJECT = 5
    POSITION_OPEN = 6
    POSITION_CLOSE = 7
    PORTFOLIO_UPDATE = 8
    RISK_BREACH = 9
    CANCEL = 10
    FINANCING = 11
    SPLIT = 12


class Reason(IntEnum):
    """Why an order was sent or refused; stored in an event's ``reason``."""

    NONE = 0
    CLOSE_AT_END = 1
    BELOW_LOT_SIZE = 2
    INSUFFICIENT_CASH = 3
    NO_POSITIVE_PRICE = 4
    EQUITY_EXHAUSTED = 5
    MODIFIED = 6
    CANCELLED = 7
    EXPIRED = 8
    OCO = 9
    REPLACED = 10
    POSITION_CLOSED = 11
    NOTHING_TO_REDUCE = 12
    NOT_FILLED = 13
    END_OF_DATA = 14
    BAD_PRICE = 15
    INSUFFICIENT_MARGIN = 16
    AFTER_EXIT_TIME = 17
    STOP_LOSS = 18
    TAKE_PROFIT = 19
    TRAILING_STOP = 20
    MAX_HOLDING = 21
    EXIT_TIME = 22
    MAINTENANCE_MARGIN = 23
    MAX_POSITION = 24
    MAX_GROSS_EXPOSURE = 25
    MAX_NET_EXPOSURE = 26
    MAX_ORDERS_PER_DAY = 27
    MAX_DAILY_LOSS = 28
    MAX_DRAWDOWN = 29
    HALTED = 30
    BAD_SIZE = 31
    NOT_WORKING = 32
    NO_SUCH_PRICE = 33
    FOLLOWS_POSITION = 34
    WRONG_SIDE = 35
    DELISTED = 36
    FUNDING = 37
    DIVIDEND = 38
    SPLIT = 39


#: Limits of section 15 of the trading model: each has a setting of the same name, which is infinity without it.
LIMITS = (
    Reason.MAX_POSITION,
    Reason.MAX_GROSS_EXPOSURE,
    Reason.MAX_NET_EXPOSURE,
    Reason.MAX_ORDERS_PER_DAY,
    Reason.MAX_DAILY_LOSS,
    Reason.MAX_DRAWDOWN,
)
#: Exits of section 10 that count bars, and the setting of each, which is 0 without it.
BAR_EXITS = {Reason.MAX_HOLDING: "max_holding_bars"}


class Outcome(IntEnum):
    """How a container ended."""

    DONE = 0
    STRATEGY_RAISED = 1
    UNKNOWN_DIRECTION = 2
    BUS_OVERFLOW = 3
    EQUITY_EXHAUSTED = 4
    NOT_FINITE = 5
    ORDER_BOOK_OVERFLOW = 6
    SHORT_WITHOUT_SIZE = 7
    UNKNOWN_CODE = 8


class CommissionKind(IntEnum):
    """Commission models of ``docs/trading-model.md`` section 4."""

    NONE = 0
    PERCENT = 1
    FIXED = 2
    PER_SHARE = 3
    TIERED = 4
    MAKER_TAKER = 5


class SlippageKind(IntEnum):
    """Slippage models of ``docs/trading-model.md`` section 4."""

    NONE = 0
    PERCENT = 1
    FIXED = 2
    SPREAD = 3
    VOLUME_IMPACT = 4
    RANDOM = 5


class FillRule(IntEnum):
    """When a market order is matched."""

    NEXT_OPEN = 0
    SAME_CLOSE = 1


class Intrabar(IntEnum):
    """What is taken to have come first inside a bar: ``docs/trading-model.md`` section 12."""

    STOP_FIRST = 0
    TARGET_FIRST = 1
    OHLC_PATH = 2


class TimeInForce(IntEnum):
    """How long an order works: ``docs/trading-model.md`` section 11."""

    GTC = 0
    DAY = 1
    GTD = 2
    IOC = 3
    FOK = 4


class TrailingKind(IntEnum):
    """The distance of a trailing stop: ``docs/trading-model.md`` section 10."""

    NONE = 0
    AMOUNT = 1
    PERCENT = 2
    ATR = 3


class SizingKind(IntEnum):
    """Size of a unit: ``docs/trading-model.md`` section 13."""

    FRACTION = 0
    QUANTITY = 1
    CASH = 2
    WEIGHT = 3
    RISK = 4
    VOLATILITY = 5
    KELLY = 6


class OnBreach(IntEnum):
    """What a limit on losses does: ``docs/trading-model.md`` section 15."""

    HALT = 0
    FLATTEN = 1


class StopExitPrice(IntEnum):
    """Price at which preset ``vectorbt`` fills a stop that hits: ``docs/trading-model.md`` section 17."""

    STOPLIMIT = 0
    STOPMARKET = 1
    CLOSE = 2
    PRICE = 3


class StopEntryPrice(IntEnum):
    """Price from which preset ``vectorbt`` measures the stops of a position: ``docs/trading-model.md`` section 17."""

    CLOSE = 0
    PRICE = 1
    FILLPRICE = 2
    VALPRICE = 3


class Rebalance(IntEnum):
    """When target weights are asked for: ``docs/trading-model.md`` section 16."""

    BAR = 0
    SESSION = 1
    WEEK = 2
    MONTH = 3


class Exit(IntEnum):
    """Why the last trade was closed, as ``on_bar`` reads it: ``docs/trading-model.md`` section 5."""

    STRATEGY = int(Reason.NONE)
    STOP_LOSS = int(Reason.STOP_LOSS)
    TAKE_PROFIT = int(Reason.TAKE_PROFIT)
    TRAILING_STOP = int(Reason.TRAILING_STOP)
    MAX_HOLDING = int(Reason.MAX_HOLDING)
    EXIT_TIME = int(Reason.EXIT_TIME)
    MAINTENANCE_MARGIN = int(Reason.MAINTENANCE_MARGIN)
    MAX_DAILY_LOSS = int(Reason.MAX_DAILY_LOSS)
    MAX_DRAWDOWN = int(Reason.MAX_DRAWDOWN)
    DELISTED = int(Reason.DELISTED)


#: What a strategy's ``on_bar`` may return.
LONG = 1
FLAT = 0
SHORT = -1
KEEP = 127

#: How long the orders of ``on_bar`` work: members of `TimeInForce` as the plain numbers that a strategy writes.
GTC, DAY, GTD, IOC, FOK = (int(member) for member in TimeInForce)

#: Entry and exit signals side by side are a code: this, and a bit for each of the four.
SIGNALS = 16
#: As ``on_bar`` returns them they are this and the bits: no number that somebody comes to by chance ("signal").
SIGNALS_ANSWER = 0x7369676E616C00
LONG_ENTRY = 1
LONG_EXIT = 2
SHORT_ENTRY = 4
SHORT_EXIT = 8

#: Stands in ``cause`` of an event that nothing inside the container caused.
NO_CAUSE = -1

#: One event: 64 bytes, one cache line.
EVENT_DTYPE = np.dtype(
    [
        ("sequence", np.int64),
        ("cause", np.int64),
        ("bar", np.int32),
        ("kind", np.int16),
        ("symbol", np.int16),
        ("reason", np.int32),
        ("order", np.int32),
        ("price", np.float64),
        ("quantity", np.float64),
        ("value", np.float64),
        ("fee", np.float64),
    ],
    align=True,
)

#: A dated value that acts on positions (``order_engine.actions``): the bar, counted from the first evaluated one, the
#: row of its symbol in the bars, the column that has it, as in a container's settings, and the value.
ACTION_DTYPE = np.dtype(
    [("bar", np.int64), ("symbol", np.int64), ("column", np.int64), ("value", np.float64)], align=True
)

#: Reasons for which an order, or a change of one, is refused: each has a count in a container's row.
REFUSALS = (
    Reason.BELOW_LOT_SIZE,
    Reason.INSUFFICIENT_CASH,
    Reason.INSUFFICIENT_MARGIN,
    Reason.NO_POSITIVE_PRICE,
    Reason.BAD_PRICE,
    Reason.BAD_SIZE,
    Reason.REPLACED,
    Reason.AFTER_EXIT_TIME,
    Reason.HALTED,
    Reason.MAX_POSITION,
    Reason.MAX_GROSS_EXPOSURE,
    Reason.MAX_NET_EXPOSURE,
    Reason.MAX_ORDERS_PER_DAY,
    Reason.NOT_WORKING,
    Reason.NO_SUCH_PRICE,
    Reason.FOLLOWS_POSITION,
    Reason.WRONG_SIDE,
)
#: What is counted while a container runs: section 6 of the trading model.
COUNT_NAMES = (
    "first_evaluated_bar",
    "evaluated_bars",
    "orders",
    "cut_orders",
    "rejects",
    *(f"rejects_{reason.name.lower()}" for reason in REFUSALS),
)

#: Columns of the result matrix, in the order of the contract.
METRIC_NAMES = (
    "final_equity",
    "total_return",
    "cagr",
    "annual_volatility",
    "sharpe_ratio",
    "sortino_ratio",
    "calmar_ratio",
    "max_drawdown",
    "max_drawdown_duration",
    "skewness",
    "kurtosis",
    "exposure",
    "n_trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "best_trade",
    "worst_trade",
    "average_holding",
    "turnover",
    "commission_paid",
    "slippage_paid",
    "financing_paid",
    "risk_breaches",
    "liquidations",
    *COUNT_NAMES,
)

#: What is noted of each period of bars, where that is asked for (``periods``): bars; equity at the end, the lowest and
#: the highest at a close, by that before the period; sums of returns to the first four powers; trades closed; bars at
#: whose close a position was held.
PERIOD_FIELDS = (
    "bars",
    "growth",
    "lowest",
    "highest",
    "returns",
    "returns_2",
    "returns_3",
    "returns_4",
    "trades",
    "bars_held",
)

#: Columns of the integer result matrix: outcome, last bar reached, events emitted, and the counts.
OUTCOME_COLUMNS = ("outcome", "last_bar", "n_events", *COUNT_NAMES)
#: What the first of them says before a container has ended, and while it is at work, or the group that it is the first
#: of: from the bar on that the second one says.
NOT_FINISHED = -1
RUNNING = -2
