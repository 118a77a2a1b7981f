"""What the close of a bar and the end of the data bring: ``docs/trading-model.md`` section 18."""

import numpy as np

from admf_kernels.compilation import ALL, NOTHING, YES, kernel
from admf_kernels.constants import EventKind, Reason

from .backtesting_py_account import close_trade, entry_cost, equity, units
from .backtesting_py_matching import process_orders
from .backtesting_py_queue import NO_LEVELS, emit, new_order

_ORDER = np.int64(EventKind.ORDER)
_PORTFOLIO_UPDATE = np.int64(EventKind.PORTFOLIO_UPDATE)
_RISK_BREACH = np.int64(EventKind.RISK_BREACH)
_NONE = np.int64(Reason.NONE)
_CLOSE_AT_END = np.int64(Reason.CLOSE_AT_END)
_EXHAUSTED = np.int64(Reason.EQUITY_EXHAUSTED)
_NO_ROW = ALL


@kernel
def finish(s, cause):
    """Queue an order to close each trade, and run the last bar a second time: every working order may fill on it."""
    for i in range(s.ledger.n_held - 1, -1, -1):
        trade = s.held[i]
        size = -s.trades[trade]["size"]
        new_order(s, YES, size, NO_LEVELS, trade, cause, _CLOSE_AT_END)
    process_orders(s)


@kernel
def update(s, cause, value):
    """Tell the equity; what the account holds in cash is what it would be had the units been paid for."""
    cash = s.ledger.cash - entry_cost(s)
    return emit(s, _PORTFOLIO_UPDATE, s.ledger.bar, cause, _NONE, NOTHING, (s.ledger.close, units(s), value, cash))


@kernel
def _ruin(s, cause, value):
    """Equity is used up, and the account is over: every other trade is closed at the close, and nothing follows."""
    ledger = s.ledger
    breach = emit(s, _RISK_BREACH, ledger.bar, cause, _EXHAUSTED, NOTHING, (ledger.close, units(s), value, 0.0))
    index = 0
    while index < ledger.n_held:
        size = -s.trades[s.held[index]]["size"]
        number = ledger.next_order()
        order = emit(s, _ORDER, ledger.bar, breach, _EXHAUSTED, number, (ledger.close, size, 0.0, 0.0))
        close_trade(s, index, ledger.close, ledger.bar, number, order, _NO_ROW)
        # The next one has moved up into the index of the closed one, and is passed over.
        index += 1
    ledger.ruined = 1


@kernel
def mark(s, cause):
    """Equity at the close; at 0 or below the account is ruined."""
    value = equity(s)
    if value > 0.0:
        return value
    _ruin(s, cause, value)
    return 0.0
