"""The accounts of isolation ``minimal``: of each field one number for every container that goes along, side by side.

What fills change stands in ``books``, float64 (BOOK_NUMBERS,): field after field, ``SLOTS`` containers each, so that
one field of several containers is loaded at once. Counts of bars and trades are whole numbers all the same. What bars
change is a row of ``EQUITY_DTYPE`` for each container.
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
from ..constants import CommissionKind, Outcome, SlippageKind
from ..costs import read_costs
from ..lanes import LANES
from ..metrics import begin, begin_trades

_DONE = int(Outcome.DONE)
_NO_COMMISSION = int(CommissionKind.NONE)
_PERCENT_COMMISSION = int(CommissionKind.PERCENT)
_FIXED_COMMISSION = int(CommissionKind.FIXED)
_PER_SHARE_COMMISSION = int(CommissionKind.PER_SHARE)
_MAKER_TAKER_COMMISSION = int(CommissionKind.MAKER_TAKER)
_PERCENT_SLIPPAGE = int(SlippageKind.PERCENT)
_FIXED_SLIPPAGE = int(SlippageKind.FIXED)
_SPREAD = int(SlippageKind.SPREAD)

#: Containers that there is room for.
SLOTS = 512
#: Numbers from one field to the next: not a power of two, or the fields of a container would get into each other's way
#: in the cache; and lanes may look behind the last container.
STRIDE = SLOTS + LANES
#: The account, what trading has cost it, its closed trades and what became of its orders, in fields that are named as
#: those of ``Portfolio``, ``Broker`` and ``TradeMetrics``, whose functions work on them; then the terms on which it
#: trades (``open_account``).
BOOK_FIELDS = (
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
    "value_rate",
    "share_rate",
    "fee_amount",
    "fee_minimum",
    "fee_maximum",
    "is_plain",
    "is_closed_form",
)
BOOK_NUMBERS = len(BOOK_FIELDS) * STRIDE
#: The place of each field in ``BOOK_FIELDS``, by its name: numbers of NumPy, for which nothing is compiled anew.
FIELD: Any = namedtuple("Places", BOOK_FIELDS)(*np.arange(len(BOOK_FIELDS)))

#: Equity so far, in fields named as those of ``EquityMetrics``. ``valued`` is the first bar whose equity is not yet
#: taken; ``outcome`` what has stopped the container, at bar ``end``.
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
        ("outcome", np.int64),
        ("end", np.int64),
    ]
)


def with_attributes(rows):
    """``rows`` of ``EQUITY_DTYPE`` so that ``rows[k].peak`` is a field, as it is in compiled code anyway."""
    return rows.view(np.recarray)


@overload(with_attributes, inline="always")
def _with_attributes(rows):
    return lambda rows: rows


class _Book:
    """The fields of one container, in plain Python."""

    def __init__(self, books: Any, k: int) -> None:
        object.__setattr__(self, "_books", books)
        object.__setattr__(self, "_k", k)

    def __getattr__(self, name: str) -> Any:
        return self._books[BOOK_FIELDS.index(name) * STRIDE + self._k]

    def __setattr__(self, name: str, value: Any) -> None:
        self._books[BOOK_FIELDS.index(name) * STRIDE + self._k] = value


def book_of(books, k):
    """Container ``k`` of ``books``, whose fields are attributes: good for as long as somebody holds ``books``."""
    return _Book(books, k)


class BookType(types.Type):  # type: ignore[misc]
    """Numba's type of what ``book_of`` gives: the address of the container's first field."""

    def __init__(self) -> None:
        super().__init__(name="Book")


register_default(BookType)(OpaqueModel)


@intrinsic
def _book(typing_context, books, k):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(builder.gep(array.data, [arguments[1]]), cgutils.voidptr_t)

    return BookType()(books, types.int64), generate


@overload(book_of, inline="always")
def _book_of(books, k):
    return lambda books, k: _book(books, k)


@templates.infer_getattr
class _BookFields(templates.AttributeTemplate):  # type: ignore[misc]
    key = BookType

    def generic_resolve(self, book, attribute):
        return types.float64 if attribute in BOOK_FIELDS else None


def field_place(builder, address, attribute):
    """For intrinsics: the pointer to a field of the container whose first field is at an address."""
    numbers = builder.bitcast(address, ir.DoubleType().as_pointer())
    return builder.gep(numbers, [ir.Constant(ir.IntType(64), BOOK_FIELDS.index(attribute) * STRIDE)])


@lower_getattr_generic(BookType)
def _get(context, builder, book, address, attribute):
    return builder.load(field_place(builder, address, attribute))


@lower_setattr_generic(BookType)
def _set(context, builder, signature, arguments, attribute):
    value = context.cast(builder, arguments[1], signature.args[1], types.float64)
    builder.store(value, field_place(builder, arguments[0], attribute))


@kernel
def _keep_terms(book, settings):
    """Write the costs in the settings so that all kinds have the same formula.

    Price of a fill: ``base * (1 + side * slippage_rate) + side * slippage_amount``. Commission of a fill of ``size`` at
    ``price``: ``size * price * value_rate + fee_amount + size * share_rate``, not below ``fee_minimum`` nor above
    ``fee_maximum``. What a kind does not have is 0, so nothing that is added or multiplied changes a bit. ``is_plain``
    is 0 for the kinds that this does not say.
    """
    kind, slips = settings.commission_kind, settings.slippage_kind
    book.slippage_rate = 0.0
    book.slippage_amount = settings.slippage_amount if slips == _FIXED_SLIPPAGE else 0.0
    if slips == _PERCENT_SLIPPAGE:
        book.slippage_rate = settings.slippage_rate
    if slips == _SPREAD:
        book.slippage_rate = settings.slippage_rate / 2.0
    book.value_rate = settings.commission_rate if kind == _PERCENT_COMMISSION else 0.0
    if kind == _MAKER_TAKER_COMMISSION:
        book.value_rate = settings.commission_taker
    book.share_rate = settings.commission_rate if kind == _PER_SHARE_COMMISSION else 0.0
    limited = kind == _PERCENT_COMMISSION or kind == _PER_SHARE_COMMISSION
    book.fee_amount = settings.commission_amount if kind == _PERCENT_COMMISSION or kind == _FIXED_COMMISSION else 0.0
    book.fee_minimum = settings.commission_minimum if limited else -np.inf
    book.fee_maximum = settings.commission_maximum if limited else np.inf
    book.is_plain = (kind <= _PER_SHARE_COMMISSION or kind == _MAKER_TAKER_COMMISSION) and slips <= _SPREAD
    book.is_closed_form = read_costs(settings).closed_form and (kind == _NO_COMMISSION or kind == _PERCENT_COMMISSION)


@kernel
def open_account(book, equity, lanes, settings):
    """Set a container to the account of ``settings`` before the first bar.

    ``equity`` is a row of ``EQUITY_DTYPE``, ``lanes`` float64 (LANE_NUMBERS,), settings a record of ``SETTINGS_DTYPE``.
    """
    cash = settings.cash
    book.cash = cash
    book.quantity = 0.0
    book.largest = 0.0
    book.entry_price = 0.0
    book.entry_bar = -1
    book.entry_value = 0.0
    book.trade_flow = 0.0
    book.closed_profit = 0.0
    book.closed_return = 0.0
    book.closed_bars = 0
    book.commission_paid = 0.0
    book.slippage_paid = 0.0
    book.traded_value = 0.0
    begin_trades(book)
    book.orders = 0
    book.cut_orders = 0
    book.refused_lot = 0
    book.refused_cash = 0
    book.refused_margin = 0
    book.refused_price = 0
    book.position_size = settings.position_size
    lot = grid_of(settings.lot_size)
    book.lot_size = lot.step
    book.lot_numerator = lot.numerator
    book.lot_denominator = lot.denominator
    tick = grid_of(settings.tick_size)
    book.tick_size = tick.step
    book.tick_numerator = tick.numerator
    book.tick_denominator = tick.denominator
    _keep_terms(book, settings)
    equity.valued = 0
    equity.outcome = _DONE
    equity.end = 0
    lanes[:] = 0.0
    begin(equity, lanes, cash)


@hot_kernel
def place_of(field, k):
    """Where a field of container ``k`` stands in ``books``; ``field`` is a place in ``BOOK_FIELDS``."""
    return field * STRIDE + k


@hot_kernel
def lot_of(book):
    """The grid of a container's sizes."""
    return Grid(book.lot_size, book.lot_numerator, book.lot_denominator)


@hot_kernel
def tick_of(book):
    """The grid of a container's prices."""
    return Grid(book.tick_size, book.tick_numerator, book.tick_denominator)
