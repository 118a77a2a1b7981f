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


class Reason(IntEnum):
    """Why an order was sent or refused; stored in an event's ``reason``."""

    NONE = 0
    CLOSE_AT_END = 1
    BELOW_LOT_SIZE = 2
    INSUFFICIENT_CASH = 3
    NO_POSITIVE_PRICE = 4
    EQUITY_EXHAUSTED = 5


class Outcome(IntEnum):
    """How a container ended."""

    DONE = 0
    STRATEGY_RAISED = 1
    UNKNOWN_DIRECTION = 2
    BUS_OVERFLOW = 3
    EQUITY_EXHAUSTED = 4
    NOT_FINITE = 5


class CommissionKind(IntEnum):
    """Commission models of ``docs/trading-model.md`` section 4."""

    NONE = 0
    PERCENT = 1
    FIXED = 2
    PER_SHARE = 3


class SlippageKind(IntEnum):
    """Slippage models of ``docs/trading-model.md`` section 4."""

    NONE = 0
    PERCENT = 1
    FIXED = 2


class FillRule(IntEnum):
    """When a market order is matched."""

    NEXT_OPEN = 0
    SAME_CLOSE = 1


class Setting(IntEnum):
    """Columns of the settings matrix: float64 (n_containers, len(Setting))."""

    CASH = 0
    POSITION_SIZE = 1
    LOT_SIZE = 2
    COMMISSION_KIND = 3
    COMMISSION_RATE = 4
    COMMISSION_AMOUNT = 5
    COMMISSION_MINIMUM = 6
    SLIPPAGE_KIND = 7
    SLIPPAGE_RATE = 8
    SLIPPAGE_AMOUNT = 9
    FILL_RULE = 10
    CLOSE_AT_END = 11
    EVENT_CAPACITY = 12
    BARS_PER_YEAR = 13


#: What a strategy's ``on_bar`` may answer.
LONG = 1
FLAT = 0
SHORT = -1
KEEP = 127

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
)

#: Columns of the integer result matrix: outcome, last bar reached, events emitted.
OUTCOME_COLUMNS = ("outcome", "last_bar", "n_events")
