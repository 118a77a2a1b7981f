"""A market order of each of some containers: ``docs/trading-model.md`` sections 3 to 5.

``fill_together`` is what ``fill_one`` is, worked out for ``LANES`` containers at once by the same operations in the
same order. It leaves alone what seldom comes up; then they are filled one by one, by the functions of all engines.
"""

import math

from ..account import Terms
from ..arithmetic import is_rounding_of_sums, round_against
from ..broker import book_costs, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import Reason
from ..costs import commission, paid_part, payable, quantity_for, read_costs, slipped
from ..counts import is_cut
from ..dispatch import order_quantity
from ..lanes import (
    as_number,
    at_most,
    below,
    both,
    either,
    equal,
    higher,
    is_any,
    magnitude,
    opposite,
    select,
)
from ..metrics import record_trade
from ..ownership import borrow
from ..portfolio import apply_fill, close_position, open_position
from ..settings import REGULATION_T
from .account_lanes import account_lanes
from .accounts import account_of, fees_known, lot_of, tick_of

_NONE = int(Reason.NONE)
_NO_POSITIVE_PRICE = int(Reason.NO_POSITIVE_PRICE)
_INSUFFICIENT_CASH = int(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = int(Reason.INSUFFICIENT_MARGIN)


@kernel
def match(account, costs, bar, base, wanted):
    """Match a market order of signed quantity ``wanted`` at price ``base``; ``account`` is one of ``account_of``."""
    reason, price, quantity, fee, cash = fill_terms(
        Terms(costs, lot_of(account), tick_of(account)),
        wanted,
        base,
        account.cash,
        account.quantity,
        account.largest,
        account.traded_value,
    )
    account.orders += 1
    if reason != _NONE:
        account.refused_price += reason == _NO_POSITIVE_PRICE
        account.refused_cash += reason == _INSUFFICIENT_CASH
        account.refused_margin += reason == _INSUFFICIENT_MARGIN
        return
    account.cut_orders += as_number(is_cut(quantity, wanted))
    book_costs(account, quantity, price, abs(quantity) * abs(price - base), fee)
    account.cash = cash
    closed, _, _, _ = apply_fill(account, bar, quantity, price, fee)
    if closed:
        record_trade(account, account.closed_profit, account.closed_return, account.closed_bars)


@kernel
def fill_one(accounts, k, settings, direction, close, base, bar):
    """Order, at the price ``close``, what takes container ``k`` to ``direction``; match it at ``base``, at ``bar``."""
    account = account_of(borrow(accounts), k)
    quantity = account.quantity
    equity = account.cash + quantity * close
    wanted = order_quantity(account.position_size, lot_of(account), direction, quantity, equity, close)
    if wanted != 0.0:
        match(account, read_costs(settings), bar, base, wanted)
    else:
        account.orders += 1
        account.refused_lot += 1


@kernel
def count_unmatched(accounts, k, direction, close):
    """Count the order that takes container ``k`` to ``direction``, sent at the last close, which nothing matches."""
    account = account_of(borrow(accounts), k)
    quantity = account.quantity
    equity = account.cash + quantity * close
    account.orders += 1
    account.refused_lot += (
        order_quantity(account.position_size, lot_of(account), direction, quantity, equity, close) == 0.0
    )


@kernel
def fill_together(accounts, k, mask, side, direction, close, base, bar):
    """As ``fill_one`` for the containers of ``mask``, of which lane 0 is container ``k``: whether that was possible.

    ``direction``, ``close``, ``base`` and ``bar`` are lanes, as is ``side``: 1 where ``direction`` is above the side
    that is held, -1 where it is below. Where it was not possible nothing has changed.
    """
    accounts = borrow(accounts)
    account = account_lanes(accounts, k, mask)
    cash, held = account.cash, account.quantity
    lot = lot_of(account)
    wanted = order_quantity(account.position_size, lot, direction, held, cash + held * close, close)
    acts = both(mask, opposite(equal(wanted, 0.0)))
    price = slipped(base, side, account.slippage_rate, account.slippage_amount)
    price = round_against(price, side, tick_of(account))
    usual = both(both(below(0.0, account.is_plain), below(0.0, price)), below(0.0, wanted * side))
    if is_any(both(acts, opposite(usual))):
        return False
    fees = fees_known(account)
    fee = commission(fees, wanted, price)
    filled = wanted
    refused = opposite(mask)
    buys = both(acts, below(0.0, side))
    if is_any(buys):
        money = payable(cash, lot.step)
        short = both(buys, opposite(at_most(wanted * price + fee, money)))
        if is_any(short):
            if is_any(both(short, opposite(fees.closed_form))):
                return False
            cut = quantity_for(fees, price, cash)
            filled = select(short, paid_part(fees, short, cut, wanted, price, money, lot), wanted)
            fee = commission(fees, filled, price)
            refused = both(buys, at_most(filled, 0.0))
    left = cash - (filled * price + fee)
    left = select(both(buys, below(left, 0.0)), 0.0, left)
    # A short that equity may not cover is for ``fill_one``.
    after = held + filled
    shorts = both(acts, both(below(side, 0.0), below(after, 0.0)))
    if is_any(shorts):
        reserved = (1.0 + REGULATION_T) * (magnitude(after) * price)
        if is_any(both(shorts, below(left, reserved))):
            return False
    slippage = magnitude(filled) * magnitude(price - base)
    # Beyond all measure the terms that a container does not have would be no zeros.
    measure = magnitude(left) + magnitude(filled) * price + slippage + magnitude(fee)
    if is_any(both(acts, opposite(below(measure, math.inf)))):
        return False
    done = both(acts, opposite(below(left, 0.0)))
    done = both(done, opposite(refused))
    turns = both(done, opposite(equal(held, 0.0)))
    if is_any(turns):
        if is_any(both(turns, _leaves_rest(held, filled, account.largest, lot.step))):
            return False
        _turn(accounts, k, turns, filled, price, fee, bar)
    opens = both(done, equal(held, 0.0))
    if is_any(opens):
        opened = account_lanes(accounts, k, opens)
        opened.largest = magnitude(filled)
        open_position(opened, bar, filled, price, fee)
    _count(accounts, k, mask, acts, done, filled, wanted)
    filled_accounts = account_lanes(accounts, k, done)
    book_costs(filled_accounts, filled, price, slippage, fee)
    filled_accounts.cash = left
    return True


@hot_kernel
def _count(accounts, k, mask, acts, done, filled, wanted):
    """Count what became of the orders of the mask: ``acts`` are those of some quantity, ``done`` those filled."""
    account_lanes(accounts, k, mask).orders += 1
    cut = both(done, is_cut(filled, wanted))
    refused = both(acts, opposite(done))
    empty = both(mask, opposite(acts))
    if is_any(either(cut, either(refused, empty))):
        account_lanes(accounts, k, cut).cut_orders += 1
        account_lanes(accounts, k, refused).refused_cash += 1
        account_lanes(accounts, k, empty).refused_lot += 1


@hot_kernel
def _leaves_rest(held, filled, largest, lot_size):
    """Whether a fill closes a position in part only, or but for rounding."""
    rest = held + filled
    is_rest = is_rounding_of_sums(rest, higher(magnitude(held), magnitude(filled)), largest, lot_size)
    return either(below(magnitude(filled), magnitude(held)), both(is_rest, opposite(equal(rest, 0.0))))


@hot_kernel
def _turn(accounts, k, done, filled, price, fee, bar):
    """Close the trades, and begin others with what is filled beyond."""
    account = account_lanes(accounts, k, done)
    closing_fee, beyond = close_position(account, bar, filled, price, fee)
    record_trade(account, account.closed_profit, account.closed_return, account.closed_bars)
    turned = both(done, opposite(equal(beyond, 0.0)))
    if is_any(turned):
        open_position(account_lanes(accounts, k, turned), bar, beyond, price, fee - closing_fee)
