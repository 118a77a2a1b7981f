"""A market order of each of some containers: ``docs/trading-model.md`` sections 3 to 5.

``fill_together`` is what ``fill_alone`` is, worked out for ``LANES`` containers at once by the same operations in the
same order. It leaves alone what seldom comes up; then they are filled one by one, by the functions of all engines.
"""

import math

from ..arithmetic import FINEST, NEAR, ROUNDING, Grid
from ..broker import book_costs, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import Reason
from ..costs import read_costs
from ..counts import LEFT_UNFILLED, is_cut
from ..dispatch import order_quantity
from ..lanes import (
    at_most,
    below,
    both,
    either,
    equal,
    higher,
    is_any,
    load,
    lower,
    magnitude,
    nearest,
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
from ..settings import REGULATION_T
from .accounts import FIELD, book_of, lot_of, place_of, tick_of

_NONE = int(Reason.NONE)
_NO_POSITIVE_PRICE = int(Reason.NO_POSITIVE_PRICE)
_INSUFFICIENT_CASH = int(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = int(Reason.INSUFFICIENT_MARGIN)


@kernel
def match(book, costs, bar, base, wanted):
    """Match a market order of signed quantity ``wanted`` at price ``base``; ``book`` is one of ``book_of``."""
    reason, price, quantity, fee, cash = fill_terms(
        costs, lot_of(book), tick_of(book), wanted, base, book.cash, book.quantity, book.largest, book.traded_value
    )
    book.orders += 1
    if reason != _NONE:
        book.refused_price += reason == _NO_POSITIVE_PRICE
        book.refused_cash += reason == _INSUFFICIENT_CASH
        book.refused_margin += reason == _INSUFFICIENT_MARGIN
        return
    book.cut_orders += is_cut(quantity, wanted)
    book_costs(book, quantity, price, abs(quantity) * abs(price - base), fee)
    book.cash = cash
    closed, _, _, _ = take_fill(book, bar, quantity, price, fee)
    if closed:
        record_trade(book, book.closed_profit, book.closed_return, book.closed_bars)


@kernel
def fill_alone(books, k, settings, direction, close, base, bar):
    """Order, at the price ``close``, what takes container ``k`` to ``direction``; match it at ``base``, at ``bar``."""
    book = book_of(borrow(books), k)
    quantity = book.quantity
    equity = book.cash + quantity * close
    wanted = order_quantity(book.position_size, lot_of(book), direction, quantity, equity, close)
    if wanted != 0.0:
        match(book, read_costs(settings), bar, base, wanted)
    else:
        book.orders += 1
        book.refused_lot += 1


@kernel
def count_unmatched(books, k, direction, close):
    """Count the order that takes container ``k`` to ``direction``, sent at the last close, which nothing matches."""
    book = book_of(borrow(books), k)
    quantity = book.quantity
    equity = book.cash + quantity * close
    book.orders += 1
    book.refused_lot += order_quantity(book.position_size, lot_of(book), direction, quantity, equity, close) == 0.0


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
    fee = size * price * _get(books, FIELD.value_rate, k) + _get(books, FIELD.fee_amount, k)
    fee = fee + size * _get(books, FIELD.share_rate, k)
    return lower(higher(fee, _get(books, FIELD.fee_minimum, k)), _get(books, FIELD.fee_maximum, k))


@hot_kernel
def _grid_point(grid, number):
    """As ``arithmetic.grid_point``; ``grid`` is a ``Grid`` of lanes, as ``_lots`` and ``_ticks`` give it."""
    return quotient(number * grid.numerator, grid.denominator)


@hot_kernel
def _steps_below(x, grid):
    """As ``arithmetic.steps_below``, where there is a grid."""
    step = select(below(spread(0.0), grid.step), grid.step, spread(1.0))
    steps = quotient(x, step)
    whole = nearest(steps)
    point = _grid_point(grid, whole)
    below_it = rounded_down(steps)
    is_near = at_most(magnitude(x - point), spread(NEAR) * magnitude(x))
    number = select(is_near, whole, below_it)
    value = select(is_near, point, _grid_point(grid, below_it))
    is_product = equal(whole * step, x)
    too_fine = opposite(below(magnitude(steps), spread(FINEST)))
    number = select(too_fine, steps, select(is_product, whole, number))
    return number, select(either(too_fine, is_product), x, value)


@hot_kernel
def _round_down(x, grid):
    """As ``arithmetic.round_down``."""
    has_grid = below(spread(0.0), grid.step)
    if is_any(has_grid):
        _, rounded = _steps_below(x, grid)
        return select(has_grid, rounded, x)
    return x


@hot_kernel
def _lots(books, k):
    return Grid(
        _get(books, FIELD.lot_size, k), _get(books, FIELD.lot_numerator, k), _get(books, FIELD.lot_denominator, k)
    )


@hot_kernel
def _ticks(books, k):
    return Grid(
        _get(books, FIELD.tick_size, k), _get(books, FIELD.tick_numerator, k), _get(books, FIELD.tick_denominator, k)
    )


@hot_kernel
def _is_paid(books, k, quantity, price, money):
    return at_most(quantity * price + _fee(books, k, quantity, price), money)


@kernel
def _paid_lots(books, k, short, quantity, price, money):
    """As ``costs._paid_lots`` for the containers of ``short``, all of which have lots."""
    nothing = spread(0.0)
    lot = _lots(books, k)
    lots, size = _steps_below(quantity, lot)
    more = _grid_point(lot, lots + spread(1.0))
    settled = _is_paid(books, k, more, price, money)
    size = select(settled, more, size)
    over = both(short, opposite(settled))
    over = both(both(over, below(nothing, size)), opposite(_is_paid(books, k, size, price, money)))
    while is_any(over):
        lots = select(over, lower(lots - spread(1.0), next_lower(lots)), lots)
        size = select(over, _grid_point(lot, lots), size)
        over = both(both(over, below(nothing, size)), opposite(_is_paid(books, k, size, price, money)))
    return size


@kernel
def _affordable(books, k, short, wanted, price, cash, money):
    """What cash pays for, of the purchases of the mask ``short``, that it does not pay for in full."""
    nothing = spread(0.0)
    lot = _get(books, FIELD.lot_size, k)
    cut = quotient(cash, price * (spread(1.0) + _get(books, FIELD.value_rate, k)))
    has_lots = below(nothing, lot)
    in_lots = both(short, has_lots)
    if is_any(in_lots):
        cut = select(has_lots, _paid_lots(books, k, in_lots, cut, price, money), cut)
    over = both(both(short, opposite(has_lots)), below(nothing, cut))
    over = both(over, opposite(_is_paid(books, k, cut, price, money)))
    while is_any(over):
        cut = select(over, next_lower(cut), cut)
        over = both(both(over, below(nothing, cut)), opposite(_is_paid(books, k, cut, price, money)))
    is_nothing = either(at_most(cut, nothing), _is_rounding(cut, wanted, lot))
    return select(is_nothing, nothing, cut)


@hot_kernel
def _is_rounding(rest, whole, lot):
    """As ``arithmetic.is_rounding``."""
    with_lots = below(magnitude(rest), spread(0.5) * lot)
    without = at_most(magnitude(rest), spread(ROUNDING) * magnitude(whole))
    has_lots = below(spread(0.0), lot)
    return either(both(has_lots, with_lots), both(opposite(has_lots), without))


@hot_kernel
def _is_rounding_of_sums(rest, whole, largest, lot):
    """As ``arithmetic.is_rounding_of_sums``."""
    of_sums = both(equal(lot, spread(0.0)), at_most(magnitude(rest), spread(NEAR) * largest))
    return either(_is_rounding(rest, whole, lot), of_sums)


@kernel
def fill_together(books, k, mask, side, direction, close, base, bar):
    """As ``fill_alone`` for the containers of ``mask``, of which lane 0 is container ``k``: whether that was possible.

    ``direction``, ``close``, ``base`` and ``bar`` are lanes, as is ``side``: 1 where ``direction`` is above the side
    that is held, -1 where it is below. Where it was not possible nothing has changed.
    """
    books = borrow(books)
    nothing = spread(0.0)
    cash = _get(books, FIELD.cash, k)
    held = _get(books, FIELD.quantity, k)
    equity = cash + held * close
    size = _round_down(quotient(_get(books, FIELD.position_size, k) * equity, close), _lots(books, k))
    wanted = direction * size - held
    acts = both(mask, opposite(equal(wanted, nothing)))
    price = base * (spread(1.0) + side * _get(books, FIELD.slippage_rate, k))
    price = price + side * _get(books, FIELD.slippage_amount, k)
    # Against who trades: as ``arithmetic.round_against``.
    price = -side * _round_down(-side * price, _ticks(books, k))
    usual = both(below(nothing, _get(books, FIELD.is_plain, k)), below(nothing, price))
    usual = both(usual, below(nothing, wanted * side))
    if is_any(both(acts, opposite(usual))):
        return False
    fee = _fee(books, k, magnitude(wanted), price)
    filled = wanted
    refused = below(nothing, nothing)
    buys = both(acts, below(nothing, side))
    if is_any(buys):
        money = cash + _get(books, FIELD.near, k) * cash
        short = both(buys, opposite(at_most(wanted * price + fee, money)))
        if is_any(short):
            if is_any(both(short, opposite(below(nothing, _get(books, FIELD.is_closed_form, k))))):
                return False
            filled = select(short, _affordable(books, k, short, wanted, price, cash, money), wanted)
            fee = _fee(books, k, magnitude(filled), price)
            refused = both(buys, at_most(filled, nothing))
    left = cash - (filled * price + fee)
    left = select(both(buys, below(left, nothing)), nothing, left)
    # A short that equity may not cover is for ``fill_alone``.
    after = held + filled
    shorts = both(acts, both(below(side, nothing), below(after, nothing)))
    if is_any(shorts):
        reserved = spread(1.0 + REGULATION_T) * (magnitude(after) * price)
        if is_any(both(shorts, below(left, reserved))):
            return False
    traded = magnitude(filled)
    slippage = traded * magnitude(price - base)
    # Beyond all measure the terms that a container does not have would be no zeros.
    measure = magnitude(left) + traded * price + slippage + magnitude(fee)
    if is_any(both(acts, opposite(below(measure, spread(math.inf))))):
        return False
    done = both(acts, opposite(below(left, nothing)))
    done = both(done, opposite(refused))
    flat = equal(held, nothing)
    turns = both(done, opposite(flat))
    if is_any(turns) and not _turn(books, k, turns, held, filled, price, fee, bar):
        return False
    opens = both(done, flat)
    if is_any(opens):
        _put(books, FIELD.largest, k, opens, magnitude(filled))
        _open(books, k, opens, filled, price, fee, bar)
    _count(books, k, mask, acts, done, magnitude(filled), magnitude(wanted))
    _put(books, FIELD.cash, k, done, left)
    _put(books, FIELD.commission_paid, k, done, _get(books, FIELD.commission_paid, k) + fee)
    _put(books, FIELD.slippage_paid, k, done, _get(books, FIELD.slippage_paid, k) + slippage)
    _put(books, FIELD.traded_value, k, done, _get(books, FIELD.traded_value, k) + traded * price)
    return True


@hot_kernel
def _count(books, k, mask, acts, done, filled, wanted):
    """Count what became of the orders of the mask: ``acts`` are those of some quantity, ``done`` those filled."""
    one = spread(1.0)
    _put(books, FIELD.orders, k, mask, _get(books, FIELD.orders, k) + one)
    cut = both(done, below(filled, spread(1.0 - LEFT_UNFILLED) * wanted))
    refused = both(acts, opposite(done))
    empty = both(mask, opposite(acts))
    if is_any(either(cut, either(refused, empty))):
        _put(books, FIELD.cut_orders, k, cut, _get(books, FIELD.cut_orders, k) + one)
        _put(books, FIELD.refused_cash, k, refused, _get(books, FIELD.refused_cash, k) + one)
        _put(books, FIELD.refused_lot, k, empty, _get(books, FIELD.refused_lot, k) + one)


@hot_kernel
def _open(books, k, done, quantity, price, fee, bar):
    """Begin a trade from flat."""
    _put(books, FIELD.quantity, k, done, quantity)
    _put(books, FIELD.entry_price, k, done, price)
    _put(books, FIELD.entry_bar, k, done, bar)
    _put(books, FIELD.entry_value, k, done, magnitude(quantity) * price)
    _put(books, FIELD.trade_flow, k, done, -(quantity * price) - fee)


@hot_kernel
def _turn(books, k, done, held, filled, price, fee, bar):
    """Close the trades, and begin others with what is filled beyond: whether none is closed in part only."""
    if is_any(both(done, below(magnitude(filled), magnitude(held)))):
        return False
    rest = held + filled
    largest = _get(books, FIELD.largest, k)
    lot = _get(books, FIELD.lot_size, k)
    is_rest = _is_rounding_of_sums(rest, higher(magnitude(held), magnitude(filled)), largest, lot)
    if is_any(both(both(done, is_rest), opposite(equal(rest, spread(0.0))))):
        return False
    closing_fee = fee
    turned = both(done, opposite(equal(filled, -held)))
    if is_any(turned):
        closing_fee = fee * select(turned, quotient(magnitude(held), magnitude(filled)), spread(1.0))
    profit = _get(books, FIELD.trade_flow, k) + (-(-held * price) - closing_fee)
    gain = quotient(profit, _get(books, FIELD.entry_value, k))
    bars = bar - _get(books, FIELD.entry_bar, k)
    nothing = spread(0.0)
    one = spread(1.0)
    _put(books, FIELD.closed_profit, k, done, profit)
    _put(books, FIELD.closed_return, k, done, gain)
    _put(books, FIELD.closed_bars, k, done, bars)
    _put(books, FIELD.count, k, done, _get(books, FIELD.count, k) + one)
    _put(books, FIELD.wins, k, done, _get(books, FIELD.wins, k) + select(below(nothing, profit), one, nothing))
    _put(books, FIELD.profit_sum, k, done, _get(books, FIELD.profit_sum, k) + higher(profit, nothing))
    _put(books, FIELD.loss_sum, k, done, _get(books, FIELD.loss_sum, k) + lower(profit, nothing))
    _put(books, FIELD.best, k, done, higher(gain, _get(books, FIELD.best, k)))
    _put(books, FIELD.worst, k, done, lower(gain, _get(books, FIELD.worst, k)))
    _put(books, FIELD.bars_sum, k, done, _get(books, FIELD.bars_sum, k) + bars)
    _put(books, FIELD.quantity, k, done, nothing)
    _put(books, FIELD.largest, k, done, select(turned, higher(largest, magnitude(filled)), nothing))
    if is_any(turned):
        _open(books, k, turned, filled + held, price, fee - closing_fee, bar)
    return True
