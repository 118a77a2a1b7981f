"""How backtesting.py 0.6.6 fills orders and keeps the account, in plain Python floats.

Written from observed behaviour alone; tests/oracles/backtesting_py holds it to the other engine, to the bit. Units and
tables are those of backtesting_py_state.py. The first bar is 1 + the longest NaN prefix of an indicator. Per bar:
`advance`, then, unless the account is ruined, the strategy's calls of `submit`, `close_all` and `cancel_all`; after the
last bar `finish`, if open trades are to be closed. No hedging.

What a shorter statement of these rules is easily wrong about:
1. Equity is cash + (close * units - cost), units and cost being sums over the open trades. Adding up the trades' own
   profits gives other bits. A realised profit is size * (exit - entry).
2. The price in the sizing formula is with spread, its commission is taken at the price without, and of the size that
   was asked for, also when part of it goes into closing opposite trades.
3. `trade_on_close` stamps the bar before on market orders alone: a stop order that is hit starts from the close of the
   bar before, but is stamped with its own bar.
4. Only stop-losses and take-profits are contingent. A close asked for by the strategy is not: `trade_on_close` and
   the cancelling of `exclusive_orders` apply to it.
5. `exclusive_orders` also closes all trades, after the cancelling, and does neither for an order that is refused.
6. `finish` closes the oldest trade first, `close_all` the newest. Trades then come in one order: none is to be sorted.
7. Ruin is checked on the bar that `finish` runs again, too; after a ruin nothing is finished.
8. A stop-limit order whose stop was hit is a plain limit order from then on, in the same bar's second pass already.
"""

import math

from tests.reference.backtesting_py_state import NAN, State

ACCEPTED, REFUSED_SIZE, REFUSED_LEVELS = 0, 1, 2


def commission(s: State, size: float, price: float) -> float:
    return s.fixed + abs(size) * price * s.relative


def with_spread(s: State, size: float, price: float) -> float:
    return price * (1.0 + math.copysign(s.spread, size))


def units(s: State) -> float:
    total = 0.0
    for k in s.held:
        total += s.trade_size[k]
    return total


def equity(s: State) -> float:
    cost = 0.0
    for k in s.held:
        cost += s.trade_size[k] * s.trade_price[k]
    return s.cash + (s.close * units(s) - cost)


def margin_available(s: State) -> float:
    used = 0.0
    for k in s.held:
        used += abs(s.trade_size[k]) * s.close / s.leverage
    return max(0.0, equity(s) - used)


def new_order(s: State, size: float, limit: float, stop: float, sl: float, tp: float, trade: int) -> int:
    s.order_size.append(size)
    s.order_limit.append(limit)
    s.order_stop.append(stop)
    s.order_sl.append(sl)
    s.order_tp.append(tp)
    s.order_trade.append(trade)
    return len(s.order_size) - 1


def is_contingent(s: State, order: int) -> bool:
    k = s.order_trade[order]
    return k >= 0 and (s.trade_sl_order[k] == order or s.trade_tp_order[k] == order)


def cancel(s: State, order: int) -> None:
    s.queue.remove(order)
    k = s.order_trade[order]
    if k >= 0 and s.trade_sl_order[k] == order:
        s.trade_sl_order[k] = -1
    if k >= 0 and s.trade_tp_order[k] == order:
        s.trade_tp_order[k] = -1


def cancel_all(s: State) -> None:
    """Stop-losses and take-profits of open trades included."""
    while s.queue:
        cancel(s, s.queue[0])


def levels_in_order(s: State, size: float, limit: float, stop: float, sl: float, tp: float) -> bool:
    """sl < (limit, else stop, else the close with spread) < tp for a buy, the other way round for a sell."""
    base = with_spread(s, size, s.close)
    if not math.isnan(stop):
        base = stop
    if not math.isnan(limit):
        base = limit
    below, above = (sl, tp) if size > 0 else (tp, sl)
    return (math.isnan(below) or below < base) and (math.isnan(above) or base < above)


def submit(s: State, size: float, limit: float, stop: float, sl: float, tp: float) -> int:
    """Queue an entry from the next bar on. The size is a signed fraction of the margin, or signed whole units."""
    amount = abs(size)
    if not (0.0 < amount < 1.0 or (amount >= 1.0 and amount == math.floor(amount))):
        return REFUSED_SIZE
    if not levels_in_order(s, size, limit, stop, sl, tp):
        return REFUSED_LEVELS
    if s.exclusive_orders:
        cancel_every_other(s)
        close_all(s, 1.0)
    s.queue.append(new_order(s, size, limit, stop, sl, tp, -1))
    return ACCEPTED


def cancel_every_other(s: State) -> None:
    """Orders not contingent; the one that moves up into the place of a cancelled order is passed over."""
    i = 0
    while i < len(s.queue):
        if not is_contingent(s, s.queue[i]):
            cancel(s, s.queue[i])
        i += 1


def close_all(s: State, portion: float) -> None:
    """Queue a market order for this portion of each open trade: at least one unit, halves rounded to even."""
    for k in s.held:
        size = math.copysign(max(1, round(abs(s.trade_size[k]) * portion)), -s.trade_size[k])
        s.queue.insert(0, new_order(s, size, NAN, NAN, NAN, NAN, k))


def book_exit(s: State, k: int, size: float, price: float, bar: int) -> None:
    """End `size` units of trade k, with its sign. Each part's statistics count the whole fixed fee of entry."""
    profit = size * (price - s.trade_price[k])
    at_exit = commission(s, size, price)
    paid = commission(s, size, s.trade_price[k]) + at_exit
    s.closed.append((s.trade_bar[k], bar, size, s.trade_price[k], price, profit - paid, paid))
    s.cash += profit - at_exit


def close_trade(s: State, k: int, price: float, bar: int) -> None:
    s.held.remove(k)
    if s.trade_sl_order[k] >= 0:
        s.queue.remove(s.trade_sl_order[k])
    if s.trade_tp_order[k] >= 0:
        s.queue.remove(s.trade_tp_order[k])
    book_exit(s, k, s.trade_size[k], price, bar)


def reduce_trade(s: State, k: int, size: float, price: float, bar: int) -> None:
    """`size` has the sign opposite to the trade's, and is not larger."""
    if size == -s.trade_size[k]:
        close_trade(s, k, price, bar)
    else:
        s.trade_size[k] += size
        book_exit(s, k, -size, price, bar)


def open_trade(s: State, size: float, price: float, bar: int, sl: float, tp: float) -> None:
    """A stop-loss goes to the front of the queue, a take-profit to its end."""
    s.cash -= commission(s, size, price)
    k = len(s.trade_size)
    s.trade_size.append(size)
    s.trade_price.append(price)
    s.trade_bar.append(bar)
    s.trade_sl_order.append(-1)
    s.trade_tp_order.append(-1)
    s.held.append(k)
    if not math.isnan(sl):
        s.trade_sl_order[k] = new_order(s, -size, NAN, sl, NAN, NAN, k)
        s.queue.insert(0, s.trade_sl_order[k])
    if not math.isnan(tp):
        s.trade_tp_order[k] = new_order(s, -size, tp, NAN, NAN, NAN, k)
        s.queue.append(s.trade_tp_order[k])


def process_orders(s: State) -> None:
    again = True
    while again:
        again = False
        for order in list(s.queue):
            if order in s.queue and process_order(s, order):
                again = True


def process_order(s: State, order: int) -> bool:
    """Match one order against the bar; whether the whole queue is to be processed once more on this bar."""
    buy = s.order_size[order] > 0
    limit, stop = s.order_limit[order], s.order_stop[order]
    if not math.isnan(stop):
        if not (s.high >= stop if buy else s.low <= stop):
            return False
        s.order_stop[order] = NAN
    market = math.isnan(limit) and math.isnan(stop)
    on_close = s.trade_on_close and not is_contingent(s, order)
    if not math.isnan(limit):
        if not (s.low <= limit if buy else s.high >= limit):
            return False
        if not math.isnan(stop) and (limit <= stop if buy else limit >= stop):
            return False
        base = s.open if math.isnan(stop) else stop
        price = min(base, limit) if buy else max(base, limit)
    else:
        price = s.previous_close if on_close else s.open
        if not math.isnan(stop):
            price = max(price, stop) if buy else min(price, stop)
    bar = s.bar - 1 if market and on_close else s.bar
    if s.order_trade[order] >= 0:
        leave(s, order, price, bar)
        return False
    opened = enter(s, order, price, bar)
    s.queue.remove(order)
    return opened and exits_on_entry_bar(s, order, market, limit, stop)


def leave(s: State, order: int, price: float, bar: int) -> None:
    """Fill an order that closes a trade, or drop it when the trade is closed already."""
    k = s.order_trade[order]
    if k in s.held:
        size = math.copysign(min(abs(s.trade_size[k]), abs(s.order_size[order])), -s.trade_size[k])
        reduce_trade(s, k, size, price, bar)
    if order in s.queue:
        s.queue.remove(order)


def enter(s: State, order: int, price: float, bar: int) -> bool:
    """Close opposite trades, first in first out, then open a trade of the rest; whether one was opened."""
    size = s.order_size[order]
    paid = with_spread(s, size, price)
    unit_cost = paid + commission(s, size, price) / abs(size)
    if abs(size) < 1.0:
        affordable = int(margin_available(s) * s.leverage * abs(size) // unit_cost)
        size = math.copysign(affordable, size)
    for k in list(s.held):
        if size == 0.0 or (s.trade_size[k] > 0) == (size > 0):
            continue
        part = math.copysign(min(abs(size), abs(s.trade_size[k])), size)
        reduce_trade(s, k, part, price, bar)
        size -= part
    if size == 0.0 or abs(size) * unit_cost > margin_available(s) * s.leverage:
        return False
    open_trade(s, size, paid, bar, s.order_sl[order], s.order_tp[order])
    return True


def exits_on_entry_bar(s: State, order: int, market: bool, limit: float, stop: float) -> bool:
    """Whether the trade that an order opened may be closed on the same bar; a stop entry's needs a target."""
    sl, tp = s.order_sl[order], s.order_tp[order]
    if market:
        return not (math.isnan(sl) and math.isnan(tp))
    if math.isnan(stop) or not math.isnan(limit):
        return False
    if s.order_size[order] > 0:
        return s.high >= tp and (math.isnan(sl) or sl < s.low)
    return s.low <= tp and (math.isnan(sl) or sl > s.high)


def mark(s: State) -> float:
    """Equity at the close. At zero or below, every other trade is closed there and the account is over."""
    value = equity(s)
    if value > 0.0:
        return value
    for k in s.held[::2]:
        close_trade(s, k, s.close, s.bar)
    s.ruined = True
    return 0.0


def advance(s: State, bar: int, open_: float, high: float, low: float, close: float) -> float:
    """Take the next bar; the equity at its close."""
    s.previous_close = s.close
    s.bar, s.open, s.high, s.low, s.close = bar, open_, high, low, close
    process_orders(s)
    return mark(s)


def finish(s: State) -> float:
    """Close all trades on the last bar run a second time, on which all working orders may fill; its equity then."""
    for k in reversed(s.held):
        s.queue.insert(0, new_order(s, -s.trade_size[k], NAN, NAN, NAN, NAN, k))
    process_orders(s)
    return mark(s)
