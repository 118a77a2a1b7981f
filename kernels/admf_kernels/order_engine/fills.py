"""What happens when an order is matched: price, quantity, cash, position, trade; section 13 of the trading model."""

import math

import numpy as np

from ..arithmetic import divide, round_down, round_up
from ..compilation import kernel
from ..constants import KEEP, EventKind, OrderKind, Reason, SlippageKind, TimeInForce
from ..costs import (
    DUST,
    affordable_quantity,
    commission,
    commission_of_order,
    fill_price,
    further_costs,
    proportional_part,
)
from .account import payable_on_margin
from .attached import attach_bracket, attach_exits
from .book import cancel, cancel_attached, cancel_group, cut_children, find, reduce_group, remove, way_to
from .emit import emit, emit_reject
from .limits import allowed_now
from .matching import AT_OPEN

_FILL = np.int64(EventKind.FILL)
_OPEN = np.int64(EventKind.POSITION_OPEN)
_CLOSE = np.int64(EventKind.POSITION_CLOSE)
_NONE = np.int64(Reason.NONE)
_NOTHING_TO_REDUCE = np.int64(Reason.NOTHING_TO_REDUCE)
_NO_POSITIVE_PRICE = np.int64(Reason.NO_POSITIVE_PRICE)
_INSUFFICIENT_CASH = np.int64(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = np.int64(Reason.INSUFFICIENT_MARGIN)
_MARKET = np.int64(OrderKind.MARKET)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_STOP = np.int64(OrderKind.STOP)
_TRAILING = np.int64(OrderKind.TRAILING)
_RANDOM = int(SlippageKind.RANDOM)
_FOK = np.int64(TimeInForce.FOK)


@kernel
def wanted_quantity(order, held):
    """Signed quantity that ``order`` asks for while ``held`` is held; 0 when there is nothing to do."""
    quantity = order["quantity"]
    if order["signal"] != KEEP:
        quantity = way_to(order["target"], held)
    elif order["whole"] == 1:
        quantity = -held if held * order["quantity"] < 0.0 else 0.0
    elif order["reduce_only"] == 1:
        if held * quantity >= 0.0:
            quantity = 0.0
        elif abs(quantity) > abs(held):
            quantity = -held
    return quantity


@kernel
def match_order(container, place, slot, bar, key, base, limited):
    """Match the order at ``place`` at base price ``base``; ``limited``: the volume cap holds."""
    order = container.book[place]
    holding = container.holdings[slot]
    held = holding["quantity"]
    if order["kind"] == _STOP_LIMIT and not _becomes_limit(order, bar, key, base):
        return
    wanted = wanted_quantity(order, held)
    if wanted == 0.0:
        cancel(container, place, bar, order["event"], _NOTHING_TO_REDUCE)
        return
    wanted = allowed_now(container, order, slot, bar, wanted, base)
    if wanted == 0.0:
        remove(container, place)
        return
    quantity = wanted
    if limited and abs(wanted) > holding["volume_left"]:
        quantity = math.copysign(holding["volume_left"], wanted)
    if quantity == 0.0 or (order["tif"] == _FOK and quantity != wanted):
        _works_on(order, bar)
        return
    _fill(container, place, slot, bar, key, base, quantity, wanted, limited)


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
    draw = container.random.uniform() if costs.slippage_kind == _RANDOM else 0.0
    volume = container.bars.volume[container.universe[slot], bar]
    price = fill_price(costs, base, quantity, volume, draw)
    tick = container.terms.tick_size
    return round_up(price, tick) if quantity > 0.0 else round_down(price, tick), False


@kernel
def _costs_of(container, order):
    """The costs of the next fill of ``order``."""
    costs = container.costs
    if costs.charged_by_order and order["fills"] > 0:
        return further_costs(costs, order["proportional"], order["charged"])
    return costs


@kernel
def _charge(costs, order, paid, price, maker, traded):
    """Commission of a fill of ``order``, which keeps what its further fills have to know of it."""
    total = commission_of_order(costs, paid, price, maker, traded)
    if costs.charged_by_order:
        order["proportional"] = costs.proportional + proportional_part(costs, paid, price)
        order["charged"] = total
    order["fills"] += 1
    return total - costs.charged


@kernel
def _paid_quantity(container, costs, slot, quantity, price, maker, held):
    """(quantity that the account pays for, reason to refuse it)."""
    ledger = container.ledger
    terms = container.terms
    traded = ledger.traded_value
    if terms.leverage > 0.0:
        paid = payable_on_margin(container, costs, slot, quantity, price, maker)
        return paid, _NONE if paid != 0.0 else _INSUFFICIENT_MARGIN
    paid = quantity
    if quantity > 0.0:
        paid = affordable_quantity(costs, quantity, price, ledger.cash, terms.lot_size, maker, traded)
    fee = commission(costs, paid, price, maker, traded)
    if quantity > 0.0 >= paid or ledger.cash - (paid * price + fee) < 0.0:
        return quantity, _INSUFFICIENT_CASH
    return paid, _NONE


@kernel
def _fill(container, place, slot, bar, key, base, quantity, wanted, limited):
    order = container.book[place]
    holding = container.holdings[slot]
    ledger = container.ledger
    held = holding["quantity"]
    price, maker = _trade_price(container, order, slot, bar, key, base, quantity)
    reason = _NONE if price > 0.0 else _NO_POSITIVE_PRICE
    paid = quantity
    costs = _costs_of(container, order)
    if reason == _NONE:
        paid, reason = _paid_quantity(container, costs, slot, quantity, price, maker, held)
    if order["tif"] == _FOK and reason != _NO_POSITIVE_PRICE and (reason != _NONE or paid != wanted):
        _works_on(order, bar)
        return
    if reason != _NONE:
        order["quantity"] = quantity
        emit_reject(container, order, bar, order["event"], reason, price)
        remove(container, place)
        return
    fee = _charge(costs, order, paid, price, maker, ledger.traded_value)
    slippage = abs(paid) * abs(price - base)
    ledger.commission_paid += fee
    ledger.slippage_paid += slippage
    ledger.traded_value += abs(paid) * price
    ledger.cash -= paid * price + fee
    if limited:
        left = holding["volume_left"] - abs(paid)
        holding["volume_left"] = left if left > DUST * abs(paid) else 0.0
    number = order["number"]
    fill = emit(container, _FILL, bar, order["event"], slot, _NONE, number, price, paid, slippage, fee)
    _after_fill(container, place, slot, bar, key, price, quantity, wanted, paid, fee, fill)


@kernel
def _after_fill(container, place, slot, bar, key, price, quantity, wanted, paid, fee, fill):
    """Position and trade, then the orders that the fill ends, cancels and sends."""
    order = container.book[place]
    number = order["number"]
    group = order["group"]
    bracketed = order["bracket_stop"] > 0.0
    stop = order["bracket_stop"]
    target = order["bracket_target"]
    counted = order["counted"]
    cut = paid != quantity
    if cut or quantity == wanted:
        remove(container, place)
    else:
        # The rest works on: as a market order, if it was a stop that has been touched.
        order["quantity"] = wanted - quantity
        _works_on(order, bar)
    before = container.holdings[slot]["quantity"]
    closed = _book_fill(container, slot, bar, number, price, paid, fee, fill, counted)
    held = container.holdings[slot]["quantity"]
    reduced = closed < 0 and before * paid < 0.0
    if group != 0 and reduced:
        reduce_group(container, group, number, slot, paid, bar, fill)
    elif group != 0:
        cancel_group(container, group, number, bar, fill)
    rest = find(container, number)
    if rest >= 0:
        container.book[rest]["counted"] = container.holdings[slot]["trades"]
    if closed >= 0:
        cancel_attached(container, slot, bar, closed)
    if reduced:
        cut_children(container, slot, held, bar, fill)
    if reduced or held == 0.0:
        return
    if bracketed:
        opened = held if closed >= 0 else paid
        attach_bracket(container, slot, bar, key, price, opened, stop, target, number, fill)
    attach_exits(container, slot, bar, key, price, fill)


@kernel
def _book_fill(container, slot, bar, number, price, quantity, fee, fill, counted):
    """Take a fill into the position and the trade; the sequence of its POSITION_CLOSE, or -1."""
    holding = container.holdings[slot]
    held = holding["quantity"]
    closed = -1
    if held != 0.0 and held * quantity > 0.0:
        size = abs(held)
        more = abs(quantity)
        holding["entry_price"] = divide(size * holding["entry_price"] + more * price, size + more)
        holding["entry_value"] += more * price
        holding["trade_flow"] += -(quantity * price) - fee
        holding["quantity"] = held + quantity
        if counted != holding["trades"]:
            holding["entries"] += 1
        return closed
    if held != 0.0 and abs(quantity) < abs(held):
        holding["quantity"] = held + quantity
        holding["trade_flow"] += -(quantity * price) - fee
        return closed
    opened = quantity
    opening_fee = fee
    if held != 0.0:
        closing_fee = fee * divide(abs(held), abs(quantity))
        opening_fee = fee - closing_fee
        opened = quantity + held
        closed = _close_trade(container, slot, bar, number, price, -held, closing_fee, fill)
    if opened != 0.0:
        holding["quantity"] = opened
        holding["entry_price"] = price
        holding["entry_bar"] = bar
        holding["entries"] = 1
        holding["trades"] += 1
        holding["entry_value"] = abs(opened) * price
        holding["trade_flow"] = -(opened * price) - opening_fee
        emit(container, _OPEN, bar, fill, slot, _NONE, number, price, opened, 0.0, opening_fee)
    return closed


@kernel
def _close_trade(container, slot, bar, number, price, quantity, fee, fill):
    holding = container.holdings[slot]
    ledger = container.ledger
    profit = holding["trade_flow"] + (-(quantity * price) - fee)
    rate = divide(profit, holding["entry_value"])
    holding["quantity"] = 0.0
    holding["entries"] = 0
    ledger.closed += 1
    if profit > 0.0:
        ledger.wins += 1
        ledger.winning_returns += rate
    if profit < 0.0:
        ledger.losses += 1
        ledger.losing_returns += rate
    container.trades.record(profit, rate, bar - holding["entry_bar"])
    return emit(container, _CLOSE, bar, fill, slot, _NONE, number, price, quantity, profit, fee)
