"""What happens when an order is matched: price, quantity, cash, position, trade; section 13 of the trading model."""

import math

import numpy as np

from ..arithmetic import divide, is_rounding, is_rounding_of_sums, round_against
from ..compilation import kernel
from ..constants import KEEP, EventKind, Reason, SlippageKind, TimeInForce, TrailingKind
from ..costs import (
    affordable_quantity,
    cash_after,
    commission,
    commission_of_order,
    fees_of,
    fill_price,
    further_fees,
    proportional_part,
    whole_position,
)
from ..counts import count_cut
from ..short_sale import covered_sale, reserved_cash
from ..trade_history import note_closed, note_opened
from .account import payable_on_margin, shorts_without, worth
from .attached import attach_bracket, attach_exits
from .book import cancel, cancel_attached, cancel_group, cut_children, find, quantity_to_target, reduce_group, remove
from .emit import emit, emit_reject
from .limits import allowed_now
from .matching import AT_OPEN, OrderKind

_FILL = np.int64(EventKind.FILL)
_OPEN = np.int64(EventKind.POSITION_OPEN)
_CLOSE = np.int64(EventKind.POSITION_CLOSE)
_NONE = np.int64(Reason.NONE)
_NOTHING_TO_REDUCE = np.int64(Reason.NOTHING_TO_REDUCE)
_NO_POSITIVE_PRICE = np.int64(Reason.NO_POSITIVE_PRICE)
_INSUFFICIENT_CASH = np.int64(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = np.int64(Reason.INSUFFICIENT_MARGIN)
_STOP_LOSS = np.int64(Reason.STOP_LOSS)
_TAKE_PROFIT = np.int64(Reason.TAKE_PROFIT)
_TRAILING_STOP = np.int64(Reason.TRAILING_STOP)
_NO_TRAILING = np.int64(TrailingKind.NONE)
_MARKET = np.int64(OrderKind.MARKET)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_STOP = np.int64(OrderKind.STOP)
_TRAILING = np.int64(OrderKind.TRAILING)
_RANDOM = int(SlippageKind.RANDOM)
_FOK = np.int64(TimeInForce.FOK)


@kernel
def wanted_quantity(order, holding, lot_size):
    """Signed quantity that ``order`` asks for with what ``holding`` holds; 0 when there is nothing to do."""
    held = holding["quantity"]
    quantity = order["quantity"]
    if order["signal"] != KEEP:
        quantity = quantity_to_target(order["target"], held, holding["largest"], lot_size)
    elif order["closes_position"] == 1:
        quantity = -held if held * order["quantity"] < 0.0 else 0.0
    elif order["reduce_only"] == 1:
        if held * quantity >= 0.0:
            quantity = 0.0
        elif abs(quantity) > abs(held):
            quantity = -held
    return quantity


@kernel
def match_order(container, index, slot, bar, key, base, limited):
    """Match the order at ``index`` at base price ``base``; ``limited``: the volume cap holds."""
    order = container.book[index]
    holding = container.holdings[slot]
    if order["kind"] == _STOP_LIMIT and not _becomes_limit(order, bar, key, base):
        return
    wanted = wanted_quantity(order, holding, container.lot.step)
    if wanted == 0.0:
        cancel(container, index, bar, order["event"], _NOTHING_TO_REDUCE)
        return
    wanted = allowed_now(container, order, slot, bar, wanted, base)
    if wanted == 0.0:
        remove(container, index)
        return
    quantity = wanted
    if limited and abs(wanted) > holding["volume_left"]:
        quantity = math.copysign(holding["volume_left"], wanted)
        if _is_done(container, order, holding, wanted - quantity):
            quantity = wanted
    if quantity == 0.0 or (order["tif"] == _FOK and quantity != wanted):
        _works_on(order, bar)
        return
    _fill(container, index, slot, bar, key, base, quantity, wanted, limited)


@kernel
def _is_done(container, order, holding, rest):
    """Whether what a fill would leave of an order is rounding; ``holding`` is as it was before the fill."""
    lot_size = container.lot.step
    if order["signal"] != KEEP:
        whole = max(abs(order["target"]), abs(holding["quantity"]))
        return is_rounding_of_sums(rest, whole, holding["largest"], lot_size)
    return is_rounding(rest, order["sent"], lot_size)


@kernel
def _works_on(order, bar):
    """What is left waits for the next bar; a stop that has been touched waits as a market order."""
    order["spent_bar"] = bar
    if order["kind"] == _STOP or order["kind"] == _TRAILING:
        order["kind"] = _MARKET


@kernel
def _becomes_limit(order, bar, key, base):
    """Turn a stop-limit that is touched into a limit order; whether it fills there and then."""
    order["kind"] = _LIMIT
    buys = order["quantity"] > 0.0
    limit = order["limit"]
    if key != AT_OPEN:
        order["inside_bar"] = bar
        order["inside_price"] = base
        order["inside_place"] = key - 1.0
    return (base <= limit) if buys else (base >= limit)


@kernel
def _takes_liquidity(order, bar, key, quantity):
    """Whether a limit order could be filled at once: at the open, or when it was sent or touched inside the bar."""
    if key == AT_OPEN:
        return True
    price = order["inside_price"]
    limit = order["limit"]
    return order["inside_bar"] == bar and ((price <= limit) if quantity > 0.0 else (price >= limit))


@kernel
def _trade_price(container, order, slot, bar, key, base, quantity):
    """(price, whether it makes liquidity)."""
    if order["kind"] == _LIMIT:
        return base, not _takes_liquidity(order, bar, key, quantity)
    costs = container.costs
    draw = container.random.uniform() if costs.settings.slippage_kind == _RANDOM else 0.0
    volume = container.bars.volume[container.universe[slot], bar]
    price = fill_price(costs, base, quantity, volume, draw)
    return round_against(price, 1.0 if quantity > 0.0 else -1.0, container.tick), False


@kernel
def _fees_of(container, order, maker):
    """The commission of the next fill of ``order``."""
    fees = fees_of(container.costs, maker, container.ledger.traded_value)
    if container.costs.charged_by_order and order["fills"] > 0:
        return further_fees(fees, order["proportional"], order["charged"])
    return fees


@kernel
def _charge(container, order, fees, paid, price):
    """Commission of a fill of ``order``, which keeps what its further fills have to know of it."""
    total = commission_of_order(fees, paid, price)
    if container.costs.charged_by_order:
        order["proportional"] = fees.proportional + proportional_part(fees, paid, price)
        order["charged"] = total
    order["fills"] += 1
    return total - fees.charged


@kernel
def _paid_quantity(container, fees, slot, quantity, price, held):
    """(quantity that the account pays for, reason to refuse it)."""
    ledger = container.ledger
    settings = container.settings
    if settings.leverage > 0.0:
        paid = payable_on_margin(container, fees, slot, quantity, price)
        return paid, _NONE if paid != 0.0 else _INSUFFICIENT_MARGIN
    initial = settings.short_initial
    reserved = reserved_cash(initial, shorts_without(container, slot))
    if quantity > 0.0:
        free = ledger.cash - reserved
        paid = affordable_quantity(fees, quantity, price, free, container.lot)
        covering = min(max(-held, 0.0), quantity)
        if reserved > 0.0 and paid < covering:
            # What covers a short is paid from all cash.
            paid = affordable_quantity(fees, covering, price, ledger.cash, container.lot)
        if paid > 0.0:
            return paid, _NONE
        return paid, _INSUFFICIENT_MARGIN if reserved > 0.0 else _INSUFFICIENT_CASH
    paid = covered_sale(fees, quantity, price, ledger.cash, held, reserved, initial, container.lot)
    fee = commission(fees, paid, price)
    if paid == 0.0:
        return quantity, _INSUFFICIENT_MARGIN
    return paid, _INSUFFICIENT_CASH if ledger.cash - (paid * price + fee) < 0.0 else _NONE


@kernel
def _fill(container, index, slot, bar, key, base, quantity, wanted, limited):
    order = container.book[index]
    holding = container.holdings[slot]
    ledger = container.ledger
    held = holding["quantity"]
    price, maker = _trade_price(container, order, slot, bar, key, base, quantity)
    reason = _NONE if price > 0.0 else _NO_POSITIVE_PRICE
    paid = quantity
    fees, value = _fees_of(container, order, maker), worth(holding, price)
    if reason == _NONE:
        paid, reason = _paid_quantity(container, fees, slot, quantity, value, held)
    if order["tif"] == _FOK and reason != _NO_POSITIVE_PRICE and (reason != _NONE or paid != wanted):
        _works_on(order, bar)
        return
    if order["retries"] > 0 and (reason == _INSUFFICIENT_CASH or reason == _INSUFFICIENT_MARGIN):
        if order["retries"] == 1:
            # It leaves no event, and is counted once.
            count_cut(container.counts, 0.0, quantity)
            order["retries"] = 2
        _works_on(order, bar)
        return
    if reason != _NONE:
        order["quantity"] = quantity
        emit_reject(container, order, bar, order["event"], reason, price)
        remove(container, index)
        return
    filled = whole_position(held, paid, holding["largest"], container.lot.step)
    is_cut = paid != quantity and order["retries"] == 0
    fee = _charge(container, order, fees, filled, value)
    slippage = abs(filled) * worth(holding, abs(price - base))
    count_cut(container.counts, filled, quantity)
    ledger.commission_paid += fee
    ledger.slippage_paid += slippage
    ledger.traded_value += abs(filled) * value
    cost = filled * value + fee
    ledger.cash = ledger.cash - cost if container.settings.leverage > 0.0 else cash_after(ledger.cash, cost)
    if limited:
        _take_volume(container, slot, bar, filled)
    number = order["number"]
    fill = emit(container, _FILL, bar, order["event"], slot, _NONE, number, (price, filled, slippage, fee))
    rest = 0.0 if is_cut else wanted - paid
    _after_fill(container, index, slot, bar, key, rest, (price, filled, fee), fill)


@kernel
def _take_volume(container, slot, bar, filled):
    """Take a fill off what may be traded of the bar's volume."""
    holding = container.holdings[slot]
    settings = container.settings
    left = holding["volume_left"] - abs(filled)
    cap = settings.max_volume_share * container.bars.volume[container.universe[slot], bar]
    holding["volume_left"] = 0.0 if left <= 0.0 or is_rounding(left, cap, container.lot.step) else left


@kernel
def _after_fill(container, index, slot, bar, key, rest, traded, fill):
    """Position and trade, then the orders that the fill ends, cancels and sends; ``rest`` is left of its own order.

    ``traded`` is the price of the fill, its quantity and its commission.
    """
    price, filled, fee = traded
    order = container.book[index]
    number = order["number"]
    group = order["group"]
    bracketed = order["bracket_stop"] > 0.0
    levels = order["bracket_stop"], order["bracket_target"]
    counted = order["trade_number"]
    leaves = _why_it_leaves(order)
    before = container.holdings[slot]["quantity"]
    if _is_done(container, order, container.holdings[slot], rest):
        remove(container, index)
    else:
        # The rest works on: as a market order, if it was a stop that has been touched.
        order["quantity"] = rest
        _works_on(order, bar)
    closed = book_fill(container, slot, bar, number, price, filled, fee, fill, counted)
    if closed >= 0:
        container.holdings[slot]["last_exit"] = leaves
    held = container.holdings[slot]["quantity"]
    reduced = closed < 0 and before * filled < 0.0
    if group != 0 and reduced:
        reduce_group(container, group, number, slot, filled, bar, fill)
    elif group != 0:
        cancel_group(container, group, number, bar, fill)
    still = find(container, number)
    if still >= 0:
        container.book[still]["trade_number"] = container.holdings[slot]["trades"]
    if closed >= 0:
        cancel_attached(container, slot, bar, closed)
    if reduced:
        cut_children(container, slot, held, bar, fill)
    if reduced or held == 0.0:
        return
    if bracketed:
        opened = held if closed >= 0 else filled
        attach_bracket(container, slot, bar, key, price, opened, levels, number, fill)
    attach_exits(container, slot, bar, key, price, fill)


@kernel
def _why_it_leaves(order):
    """The Reason that a strategy is told of a trade which ``order`` closes."""
    if order["parent"] != 0:
        return _TAKE_PROFIT if order["limit"] != 0.0 else _STOP_LOSS
    if order["trailing"] != _NO_TRAILING:
        return _TRAILING_STOP
    return order["reason"]


@kernel
def book_fill(container, slot, bar, number, price, quantity, fee, fill, counted):
    """Take a fill into the position and the trade; the sequence of its POSITION_CLOSE, or -1."""
    holding = container.holdings[slot]
    held = holding["quantity"]
    value = worth(holding, price)
    closed = -1
    if held != 0.0 and held * quantity > 0.0:
        size = abs(held)
        more = abs(quantity)
        holding["entry_price"] = divide(size * holding["entry_price"] + more * price, size + more)
        holding["entry_value"] += more * value
        holding["trade_flow"] += -(quantity * value) - fee
        holding["quantity"] = held + quantity
        holding["largest"] = max(holding["largest"], abs(held + quantity))
        if counted != holding["trades"]:
            holding["entries"] += 1
        return closed
    if held != 0.0 and abs(quantity) < abs(held):
        holding["quantity"] = held + quantity
        holding["trade_flow"] += -(quantity * value) - fee
        return closed
    opened = quantity
    opening_fee = fee
    if held != 0.0:
        closing_fee = fee * divide(abs(held), abs(quantity))
        opening_fee = fee - closing_fee
        opened = quantity + held
        closed = close_trade(container, slot, bar, number, price, -held, closing_fee, fill)
    # A fill through zero is larger than what it closes and what it opens.
    holding["largest"] = max(holding["largest"], abs(quantity)) if opened != 0.0 else 0.0
    if opened != 0.0:
        holding["quantity"] = opened
        holding["entry_price"] = price
        holding["entry_bar"] = bar
        holding["entries"] = 1
        holding["trades"] += 1
        holding["entry_value"] = abs(opened) * value
        holding["trade_flow"] = -(opened * value) - opening_fee
        note_opened(holding, bar, container.bars.session)
        emit(container, _OPEN, bar, fill, slot, _NONE, number, (price, opened, 0.0, opening_fee))
    return closed


@kernel
def close_trade(container, slot, bar, number, price, quantity, fee, fill):
    """Take the fill, or other event, that closes a position into its trade; the sequence of its POSITION_CLOSE."""
    holding = container.holdings[slot]
    ledger = container.ledger
    profit = holding["trade_flow"] + (-(quantity * worth(holding, price)) - fee)
    rate = divide(profit, holding["entry_value"])
    holding["quantity"] = 0.0
    holding["entries"] = 0
    note_closed(holding, profit, bar, _NONE)
    ledger.closed += 1
    if profit > 0.0:
        ledger.wins += 1
        ledger.winning_returns += rate
    if profit < 0.0:
        ledger.losses += 1
        ledger.losing_returns += rate
    container.trades.record(profit, rate, bar - holding["entry_bar"])
    return emit(container, _CLOSE, bar, fill, slot, _NONE, number, (price, quantity, profit, fee))
