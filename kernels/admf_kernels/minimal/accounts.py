"""The accounts of isolation ``minimal``: of each field one number for every container that goes along, side by side.

What fills change stands in ``accounts``, float64 (ACCOUNT_NUMBERS,): field after field, ``SLOTS`` containers each, so
that one field of several containers is loaded at once. Counts of bars and trades are whole numbers all the same. What
bars change is a row of ``EQUITY_DTYPE`` for each container.
"""

from collections import namedtuple
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import register_default
from numba.core.datamodel.models import OpaqueModel
from numba.core.typing import templates
from numba.extending import intrinsic, lower_getattr_generic, lower_setattr_generic, overload

from ..arithmetic import Grid, grid_of
from ..compilation import hot_kernel, kernel
from ..constants import Outcome
from ..costs import Fees, fees_of, is_known_before, read_costs, slippage_of
from ..lanes import LANES, below
from ..metrics import begin, begin_trades

_DONE = int(Outcome.DONE)
#: Containers that there is room for.
SLOTS = 512
#: Numbers from one field to the next: not a power of two, or the fields of a container would get into each other's way
#: in the cache; and lanes may look behind the last container.
STRIDE = SLOTS + LANES
#: The account, what trading has cost it, its closed trades and what became of its orders, in fields that are named as
#: those of ``Portfolio``, ``Broker`` and ``TradeMetrics``, whose functions work on them; then the terms on which it
#: trades (``open_account``).
ACCOUNT_FIELDS = (
    "cash",
    "quantity",
    "largest",
    "entry_price",
    "entry_bar",
    "entry_value",
    "trade_flow",
    "closed_profit",
    "closed_return",
    "closed_bars",
    "commission_paid",
    "slippage_paid",
    "traded_value",
    "count",
    "wins",
    "profit_sum",
    "loss_sum",
    "best",
    "worst",
    "bars_sum",
    "orders",
    "cut_orders",
    "refused_lot",
    "refused_cash",
    "refused_margin",
    "refused_price",
    "position_size",
    "lot_size",
    "lot_numerator",
    "lot_denominator",
    "tick_size",
    "tick_numerator",
    "tick_denominator",
    "slippage_rate",
    "slippage_amount",
    "is_by_value",
    "fee_rate",
    "fee_amount",
    "fee_minimum",
    "fee_maximum",
    "is_plain",
    "is_closed_form",
)
ACCOUNT_NUMBERS = len(ACCOUNT_FIELDS) * STRIDE
#: The place of each field in ``ACCOUNT_FIELDS``, by its name: numbers of NumPy, for which nothing is compiled anew.
FIELD: Any = namedtuple("Places", ACCOUNT_FIELDS)(*np.arange(len(ACCOUNT_FIELDS)))

#: Equity so far, in fields named as those of ``EquityMetrics``. ``valued`` is the first bar whose equity is not yet
#: taken; ``outcome`` what has stopped the container, at bar ``end``;
#: ``trades`` how many were closed before that bar.
EQUITY_DTYPE = np.dtype(
    [
        ("previous", np.float64),
        ("peak", np.float64),
        ("worst_equity", np.float64),
        ("worst_peak", np.float64),
        ("bars", np.int64),
        ("peak_bar", np.int64),
        ("longest_under_water", np.int64),
        ("valued", np.int64),
        ("has_periods", np.int64),
        ("outcome", np.int64),
        ("end", np.int64),
        ("trades", np.int64),
    ]
)


def with_attributes(rows):
    """``rows`` of ``EQUITY_DTYPE`` so that ``rows[k].peak`` is a field, as it is in compiled code anyway."""
    return rows.view(np.recarray)


@overload(with_attributes, inline="always")
def _with_attributes(rows):
    return lambda rows: rows


class _Account:
    """The fields of one container, in plain Python."""

    def __init__(self, accounts: Any, k: int) -> None:
        object.__setattr__(self, "_accounts", accounts)
        object.__setattr__(self, "_k", k)

    def __getattr__(self, name: str) -> Any:
        return self._accounts[ACCOUNT_FIELDS.index(name) * STRIDE + self._k]

    def __setattr__(self, name: str, value: Any) -> None:
        self._accounts[ACCOUNT_FIELDS.index(name) * STRIDE + self._k] = value


def account_of(accounts, k):
    """Container ``k`` of ``accounts``, whose fields are attributes: good for as long as somebody holds ``accounts``."""
    return _Account(accounts, k)


class AccountType(types.Type):  # type: ignore[misc]
    """Numba's type of what ``account_of`` gives: the address of the container's first field."""

    def __init__(self) -> None:
        super().__init__(name="Book")


register_default(AccountType)(OpaqueModel)


@intrinsic
def _account(typing_context, accounts, k):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(builder.gep(array.data, [arguments[1]]), cgutils.voidptr_t)

    return AccountType()(accounts, types.int64), generate


@overload(account_of, inline="always")
def _account_of(accounts, k):
    return lambda accounts, k: _account(accounts, k)


@templates.infer_getattr
class _AccountFields(templates.AttributeTemplate):  # type: ignore[misc]
    key = AccountType

    def generic_resolve(self, account, attribute):
        return types.float64 if attribute in ACCOUNT_FIELDS else None


def field_place(builder, address, attribute):
    """For intrinsics: the pointer to a field of the container whose first field is at an address."""
    numbers = builder.bitcast(address, ir.DoubleType().as_pointer())
    return builder.gep(numbers, [ir.Constant(ir.IntType(64), ACCOUNT_FIELDS.index(attribute) * STRIDE)])


@lower_getattr_generic(AccountType)
def _get(context, builder, account, address, attribute):
    return builder.load(field_place(builder, address, attribute))


@lower_setattr_generic(AccountType)
def _set(context, builder, signature, arguments, attribute):
    value = context.cast(builder, arguments[1], signature.args[1], types.float64)
    builder.store(value, field_place(builder, arguments[0], attribute))


@kernel
def _write_costs(account, settings):
    """Write down what every fill costs; ``is_plain`` is 0 where that is not known before its quantity is."""
    account.slippage_rate, account.slippage_amount = slippage_of(settings, 0.0, 0.0, 0.0)
    fees = fees_of(read_costs(settings), False, 0.0)
    account.is_by_value = fees.is_by_value
    account.fee_rate = fees.rate
    account.fee_amount = fees.amount
    account.fee_minimum = fees.minimum
    account.fee_maximum = fees.maximum
    account.is_plain = is_known_before(settings)
    account.is_closed_form = fees.closed_form


@kernel
def open_account(account, equity, lanes, settings, has_periods):
    """Set a container to the account of ``settings`` before the first bar.

    ``equity`` is a row of ``EQUITY_DTYPE``, ``lanes`` float64 (LANE_NUMBERS,), settings a record of ``SETTINGS_DTYPE``;
    for ``has_periods`` see ``EquityMetrics``.
    """
    cash = settings.cash
    account.cash = cash
    account.quantity = 0.0
    account.largest = 0.0
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
    account.orders = 0
    account.cut_orders = 0
    account.refused_lot = 0
    account.refused_cash = 0
    account.refused_margin = 0
    account.refused_price = 0
    account.position_size = settings.position_size
    lot = grid_of(settings.lot_size)
    account.lot_size = lot.step
    account.lot_numerator = lot.numerator
    account.lot_denominator = lot.denominator
    tick = grid_of(settings.tick_size)
    account.tick_size = tick.step
    account.tick_numerator = tick.numerator
    account.tick_denominator = tick.denominator
    _write_costs(account, settings)
    equity.valued = 0
    equity.has_periods = has_periods
    equity.outcome = _DONE
    equity.end = 0
    equity.trades = 0
    lanes[:] = 0.0
    begin(equity, lanes, cash)


@hot_kernel
def place_of(field, k):
    """Where a field of container ``k`` stands in ``accounts``; ``field`` is a place in ``ACCOUNT_FIELDS``."""
    return field * STRIDE + k


@hot_kernel
def fees_known(account):
    """The commission of a container's fills, or of those of several, where it ``is_plain``."""
    return Fees(
        below(0.0, account.is_by_value),
        account.fee_rate,
        account.fee_amount,
        account.fee_minimum,
        account.fee_maximum,
        below(0.0, account.is_closed_form),
        0.0,
        0.0,
    )


@hot_kernel
def lot_of(account):
    """The grid of a container's sizes."""
    return Grid(account.lot_size, account.lot_numerator, account.lot_denominator)


@hot_kernel
def tick_of(account):
    """The grid of a container's prices."""
    return Grid(account.tick_size, account.tick_numerator, account.tick_denominator)
