"""A market order of each of some containers, matched at the same price: ``docs/trading-model.md`` sections 3 to 5.

``fill_together`` is what ``fill_alone`` is, worked out for ``LANES`` containers at once by the same operations in the
same order. It leaves alone what seldom comes up; then they are filled one by one, by the functions of all engines.
"""

import math

import numpy as np

from ..broker import book_costs, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import Reason
from ..costs import DUST, read_costs
from ..dispatch import order_quantity
from ..lanes import (
    at_most,
    below,
    both,
    equal,
    higher,
    is_any,
    load,
    lower,
    magnitude,
    next_lower,
    opposite,
    quotient,
    rounded_down,
    select,
    spread,
    store,
)
from ..metrics import record_trade
from ..ownership import borrow
from ..portfolio import take_fill
from .accounts import BOOK_FIELDS, book_of, place_of

_NONE = int(Reason.NONE)
(
    CASH,
    QUANTITY,
    _ENTRY_PRICE,
    _ENTRY_BAR,
    _ENTRY_VALUE,
    _TRADE_FLOW,
    _CLOSED_PROFIT,
    _CLOSED_RETURN,
    _CLOSED_BARS,
    _COMMISSION_PAID,
    _SLIPPAGE_PAID,
    _TRADED_VALUE,
    _COUNT,
    _WINS,
    _PROFIT_SUM,
    _LOSS_SUM,
    _BEST,
    _WORST,
    _BARS_SUM,
    _POSITION_SIZE,
    _LOT_SIZE,
    _SLIPPAGE_RATE,
    _SLIPPAGE_AMOUNT,
    _VALUE_RATE,
    _SHARE_RATE,
    _FEE_AMOUNT,
    _FEE_MINIMUM,
    _FEE_MAXIMUM,
    _IS_PLAIN,
    _IS_CLOSED_FORM,
) = np.arange(len(BOOK_FIELDS))  # numbers of NumPy, for each of which nothing is compiled anew


@kernel
def match(book, costs, bar, base, wanted):
    """Match a market order of signed quantity ``wanted`` at price ``base``; ``book`` is one of ``book_of``."""
    reason, price, quantity, fee = fill_terms(costs, book.lot_size, wanted, base, book.cash)
    if reason != _NONE:
        return
    book_costs(book, quantity, price, abs(quantity) * abs(price - base), fee)
    book.cash -= quantity * price + fee
    closed, _, _, _ = take_fill(book, bar, quantity, price, fee)
    if closed:
        record_trade(book, book.closed_profit, book.closed_return, book.closed_bars)


@kernel
def fill_alone(books, k, settings, direction, close, base, bar):
    """Order, at the price ``close``, what takes container ``k`` to ``direction``; match it at ``base``, at ``bar``."""
    book = book_of(borrow(books), k)
    quantity = book.quantity
    equity = book.cash + quantity * close
    wanted = order_quantity(book, direction, quantity, equity, close)
    if wanted != 0.0:
        match(book, read_costs(settings), bar, base, wanted)


@hot_kernel
def _get(books, field, k):
    return load(books, place_of(field, k))


@hot_kernel
def _put(books, field, k, mask, lanes):
    # Not a masked store: the processor would not hand on what it writes to the loads that soon follow.
    place = place_of(field, k)
    store(books, place, select(mask, lanes, load(books, place)))


@hot_kernel
def _fee(books, k, size, price):
    """Commission of fills of ``size``, without a sign: as ``accounts.open_account`` keeps its terms."""
    fee = size * price * _get(books, _VALUE_RATE, k) + _get(books, _FEE_AMOUNT, k)
    fee = fee + size * _get(books, _SHARE_RATE, k)
    return lower(higher(fee, _get(books, _FEE_MINIMUM, k)), _get(books, _FEE_MAXIMUM, k))


@hot_kernel
def _in_lots(books, k, size):
    """``size`` rounded down to whole lots, where there are lots."""
    lot = _get(books, _LOT_SIZE, k)
    has_lots = below(spread(0.0), lot)
    if is_any(has_lots):
        return select(has_lots, rounded_down(quotient(size, lot)) * lot, size)
    return size


@kernel
def _affordable(books, k, short, wanted, price, cash):
    """What cash pays for, of the purchases of the mask ``short``, that it does not pay for in full."""
    nothing = spread(0.0)
    lot = _get(books, _LOT_SIZE, k)
    cut = _in_lots(books, k, quotient(cash, price * (spread(1.0) + _get(books, _VALUE_RATE, k))))
    over = both(both(short, below(nothing, cut)), below(cash, cut * price + _fee(books, k, cut, price)))
    while is_any(over):
        cut = select(over, lower(cut - lot, next_lower(cut)), cut)
        over = both(both(over, below(nothing, cut)), below(cash, cut * price + _fee(books, k, cut, price)))
    return select(below(spread(DUST) * wanted, cut), cut, nothing)


@kernel
def fill_together(books, k, mask, held_side, direction, close, base, bar):
    """As ``fill_alone`` for the containers of ``mask``, of which lane 0 is container ``k``: whether that was possible.

    All hold ``held_side`` (-1, 0 or 1); ``direction`` is another one of these. Where it was not possible nothing has
    changed.
    """
    books = borrow(books)
    nothing = spread(0.0)
    cash = _get(books, CASH, k)
    held = _get(books, QUANTITY, k)
    equity = cash + held * spread(close)
    size = _in_lots(books, k, quotient(_get(books, _POSITION_SIZE, k) * equity, spread(close)))
    wanted = spread(direction) * size - held
    acts = both(mask, opposite(equal(wanted, nothing)))
    side = 1.0 if direction > held_side else -1.0
    price = spread(base) * (spread(1.0) + spread(side) * _get(books, _SLIPPAGE_RATE, k))
    price = price + spread(side) * _get(books, _SLIPPAGE_AMOUNT, k)
    usual = both(below(nothing, _get(books, _IS_PLAIN, k)), below(nothing, price))
    usual = both(usual, below(nothing, wanted * spread(side)))
    if is_any(both(acts, opposite(usual))):
        return False
    fee = _fee(books, k, magnitude(wanted), price)
    filled = wanted
    refused = below(nothing, nothing)
    if side > 0.0:
        short = both(acts, opposite(at_most(wanted * price + fee, cash)))
        if is_any(short):
            if is_any(both(short, opposite(below(nothing, _get(books, _IS_CLOSED_FORM, k))))):
                return False
            filled = select(short, _affordable(books, k, short, wanted, price, cash), wanted)
            fee = _fee(books, k, filled, price)
            refused = at_most(filled, nothing)
    left = cash - (filled * price + fee)
    traded = magnitude(filled)
    slippage = traded * magnitude(price - spread(base))
    # Beyond all measure the terms that a container does not have would be no zeros.
    measure = magnitude(left) + traded * price + slippage + magnitude(fee)
    if is_any(both(acts, opposite(below(measure, spread(math.inf))))):
        return False
    done = both(acts, opposite(below(left, nothing)))
    done = both(done, opposite(refused))
    if held_side == 0.0:
        _open(books, k, done, filled, price, fee, bar)
    elif not _turn(books, k, done, held, filled, price, fee, bar):
        return False
    _put(books, CASH, k, done, left)
    _put(books, _COMMISSION_PAID, k, done, _get(books, _COMMISSION_PAID, k) + fee)
    _put(books, _SLIPPAGE_PAID, k, done, _get(books, _SLIPPAGE_PAID, k) + slippage)
    _put(books, _TRADED_VALUE, k, done, _get(books, _TRADED_VALUE, k) + traded * price)
    return True


@hot_kernel
def _open(books, k, done, quantity, price, fee, bar):
    """Begin a trade from flat."""
    _put(books, QUANTITY, k, done, quantity)
    _put(books, _ENTRY_PRICE, k, done, price)
    _put(books, _ENTRY_BAR, k, done, spread(float(bar)))
    _put(books, _ENTRY_VALUE, k, done, magnitude(quantity) * price)
    _put(books, _TRADE_FLOW, k, done, -(quantity * price) - fee)


@hot_kernel
def _turn(books, k, done, held, filled, price, fee, bar):
    """Close the trades, and begin others with what is filled beyond: whether none is closed in part only."""
    if is_any(both(done, below(magnitude(filled), magnitude(held)))):
        return False
    closing_fee = fee
    turned = both(done, opposite(equal(filled, -held)))
    if is_any(turned):
        closing_fee = select(turned, fee * quotient(magnitude(held), magnitude(filled)), fee)
    profit = _get(books, _TRADE_FLOW, k) + (-(-held * price) - closing_fee)
    gain = quotient(profit, _get(books, _ENTRY_VALUE, k))
    bars = spread(float(bar)) - _get(books, _ENTRY_BAR, k)
    nothing = spread(0.0)
    one = spread(1.0)
    _put(books, _CLOSED_PROFIT, k, done, profit)
    _put(books, _CLOSED_RETURN, k, done, gain)
    _put(books, _CLOSED_BARS, k, done, bars)
    _put(books, _COUNT, k, done, _get(books, _COUNT, k) + one)
    _put(books, _WINS, k, done, _get(books, _WINS, k) + select(below(nothing, profit), one, nothing))
    _put(books, _PROFIT_SUM, k, done, _get(books, _PROFIT_SUM, k) + higher(profit, nothing))
    _put(books, _LOSS_SUM, k, done, _get(books, _LOSS_SUM, k) + lower(profit, nothing))
    _put(books, _BEST, k, done, higher(gain, _get(books, _BEST, k)))
    _put(books, _WORST, k, done, lower(gain, _get(books, _WORST, k)))
    _put(books, _BARS_SUM, k, done, _get(books, _BARS_SUM, k) + bars)
    _put(books, QUANTITY, k, done, nothing)
    if is_any(turned):
        _open(books, k, turned, filled + held, price, fee - closing_fee, bar)
    return True
