"""The accounts of isolation ``minimal``: what a container keeps, as a row of an array."""

import numpy as np
from numba.extending import overload

from ..compilation import hot_kernel
from ..constants import Outcome, Setting
from ..costs import COSTS_FIELDS, keep_costs
from ..metrics import begin, begin_trades

_DONE = int(Outcome.DONE)
_CASH = int(Setting.CASH)
_POSITION_SIZE = int(Setting.POSITION_SIZE)
_LOT_SIZE = int(Setting.LOT_SIZE)

#: A container's portfolio, what trading has cost it, its closed trades and its equity so far, in fields that are named
#: as those of ``Portfolio``, ``Broker``, ``TradeMetrics`` and ``EquityMetrics``, whose functions work on them.
#: ``valued`` is the first bar whose equity is not yet taken; ``outcome`` what has stopped the container, at bar
#: ``end``. Rules and costs are there as well, named as in ``Rules`` and ``Costs``.
ACCOUNT_DTYPE = np.dtype(
    [
        ("cash", np.float64),
        ("quantity", np.float64),
        ("entry_price", np.float64),
        ("entry_bar", np.int64),
        ("entry_value", np.float64),
        ("trade_flow", np.float64),
        ("closed_profit", np.float64),
        ("closed_return", np.float64),
        ("closed_bars", np.int64),
        ("commission_paid", np.float64),
        ("slippage_paid", np.float64),
        ("traded_value", np.float64),
        ("count", np.int64),
        ("wins", np.int64),
        ("profit_sum", np.float64),
        ("loss_sum", np.float64),
        ("best", np.float64),
        ("worst", np.float64),
        ("bars_sum", np.int64),
        ("previous", np.float64),
        ("peak", np.float64),
        ("worst_equity", np.float64),
        ("worst_peak", np.float64),
        ("bars", np.int64),
        ("peak_bar", np.int64),
        ("longest_under_water", np.int64),
        ("valued", np.int64),
        ("outcome", np.int64),
        ("end", np.int64),
        ("position_size", np.float64),
        ("lot_size", np.float64),
        *COSTS_FIELDS,
    ]
)


def with_attributes(accounts):
    """``accounts`` so that ``accounts[k].cash`` is a field, as it is in compiled code anyway."""
    return accounts.view(np.recarray)


@overload(with_attributes, inline="always")
def _with_attributes(accounts):
    return lambda accounts: accounts


@hot_kernel
def open_account(account, lanes, settings):
    """Set a row to the account of ``settings`` before the first bar.

    ``lanes`` float64 (LANE_NUMBERS,), settings float64 (SETTINGS,).
    """
    cash = settings[_CASH]
    account.position_size = settings[_POSITION_SIZE]
    account.lot_size = settings[_LOT_SIZE]
    keep_costs(account, settings)
    account.cash = cash
    account.quantity = 0.0
    account.entry_price = 0.0
    account.entry_bar = -1
    account.entry_value = 0.0
    account.trade_flow = 0.0
    account.closed_profit = 0.0
    account.closed_return = 0.0
    account.closed_bars = 0
    account.commission_paid = 0.0
    account.slippage_paid = 0.0
    account.traded_value = 0.0
    begin_trades(account)
    account.valued = 0
    account.outcome = _DONE
    account.end = 0
    lanes[:] = 0.0
    begin(account, lanes, cash)
