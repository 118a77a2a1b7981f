"""The equity of an account between two fills, taken into its metrics: ``docs/trading-model.md`` sections 5 and 6.

Between two fills neither cash nor quantity changes, so the bars are valued ``LANES`` at a time.
"""

from .arithmetic import divide
from .compilation import hot_kernel, kernel
from .lanes import (
    LANES,
    below,
    both,
    either,
    higher,
    is_any,
    lanes_between,
    load,
    load_masked,
    lower,
    lowest,
    opposite,
    select,
    shifted,
    spread,
    store,
)
from .metrics import (
    EQUITY_TILE,
    HIGHS,
    LOWS,
    TROUGHS,
    add_change,
    add_returns,
    are_below,
    load_totals,
    store_totals,
    take_bar,
)
from .ownership import borrow


@kernel
def _take_drawdown(account, lanes, cash, quantity, close, first, end):
    """Take bars into the drawdown: the first one whose equity is not above 0, or ``end``."""
    lanes, close = borrow(lanes), borrow(close)
    troughs = load(lanes, TROUGHS)
    place = first
    while place < end:
        stop = min(place + LANES, end)
        if stop == place + LANES:
            equities = spread(cash) + spread(quantity) * load(close, place)
            # Even where there are peaks, most bars are below the last one.
            if are_below(account, equities):
                troughs = lower(equities, troughs)
                place = stop
                continue
        trough = lowest(troughs)
        while place < stop:
            equity = cash + quantity * close[place]
            if not equity > 0.0:
                store(lanes, TROUGHS, spread(trough))
                return place
            trough = take_bar(account, trough, equity, place)
            place += 1
        troughs = spread(trough)
    store(lanes, TROUGHS, troughs)
    return end


@hot_kernel
def _take_vector(taken, mask, equity, before, peak):
    """``taken`` with the bars of ``mask`` added: the sums, the troughs, and the bars that have to be looked at."""
    totals, troughs, remarkable = taken
    usual = both(below(equity, peak), below(spread(0.0), equity))
    return (
        add_returns(totals, mask, equity, before),
        select(mask, lower(equity, troughs), troughs),
        either(remarkable, both(mask, opposite(usual))),
    )


@hot_kernel
def _take_tile(account, lanes, cash, quantity, close, first, end):
    """Take the bars from ``first`` to ``end - 1``, all of one tile: whether one of them has to be looked at.

    That is one which may be a new peak, or may have ruined the account; the drawdown is then as it was.
    """
    account.previous, before_first = cash + quantity * close[end - 1], account.previous
    cash = spread(cash)
    quantity = spread(quantity)
    peak = spread(account.peak)
    taken = load_totals(lanes), load(lanes, TROUGHS), lanes_between(0, 0, 0)
    place = first & -LANES
    mask = lanes_between(place, first, end)
    equity = cash + quantity * load_masked(close, place, mask)
    is_first = lanes_between(place, 0, first + 1)
    before = select(is_first, spread(before_first), shifted(spread(before_first), equity))
    taken = _take_vector(taken, mask, equity, before, peak)
    place += LANES
    while place + LANES <= end:
        before = equity
        equity = cash + quantity * load(close, place)
        taken = _take_vector(taken, lanes_between(0, 0, LANES), equity, shifted(before, equity), peak)
        place += LANES
    if place < end:
        before = equity
        mask = lanes_between(place, 0, end)
        equity = cash + quantity * load_masked(close, place, mask)
        taken = _take_vector(taken, mask, equity, shifted(before, equity), peak)
    totals, troughs, remarkable = taken
    store_totals(lanes, totals)
    if is_any(remarkable):
        return True
    store(lanes, TROUGHS, troughs)
    return False


@hot_kernel
def _take_held(account, lanes, cash, quantity, close, first, end):
    while first < end:
        stop = min(end, (first & -EQUITY_TILE) + EQUITY_TILE)
        if _take_tile(account, lanes, cash, quantity, close, first, stop):
            ruin = _take_drawdown(account, lanes, cash, quantity, close, first, stop)
            if ruin < stop:
                return ruin
        first = stop
    return end


@hot_kernel
def _take_flat(account, lanes, cash, first, end):
    """An account without a position is worth its cash: only the first bar may have a return."""
    if not cash > 0.0:
        return first
    equity = spread(cash)
    totals = load_totals(lanes)
    place = first & -LANES
    totals = add_change(totals, lanes_between(place, first, first + 1), divide(cash, account.previous) - 1.0)
    store_totals(lanes, totals)
    total = totals[0]
    total = select(lanes_between(place, first, end), total + equity, total)
    place += LANES
    while place < end:
        total = select(lanes_between(place, first, end), total + equity, total)
        place += LANES
    store(lanes, 0, total)
    account.previous = cash
    if cash < account.peak:
        store(lanes, TROUGHS, lower(equity, load(lanes, TROUGHS)))
    else:
        trough = take_bar(account, lowest(load(lanes, TROUGHS)), cash, first)
        store(lanes, TROUGHS, spread(trough))
        account.peak_bar = end - 1
    return end


@kernel
def _take_extremes(lanes, cash, quantity, close, first, end):
    """Take bars into the lowest and the highest equities of the period.

    That is a loop of its own: in the one over the sums, it would slow down what notes no periods.
    """
    lanes, close = borrow(lanes), borrow(close)
    cash, quantity = spread(cash), spread(quantity)
    lows, highs = load(lanes, LOWS), load(lanes, HIGHS)
    place = first & -LANES
    while place < end:
        if first <= place and place + LANES <= end:
            equity = cash + quantity * load(close, place)
            lows, highs = lower(equity, lows), higher(equity, highs)
        else:
            mask = lanes_between(place, first, end)
            equity = cash + quantity * load_masked(close, place, mask)
            lows = select(mask, lower(equity, lows), lows)
            highs = select(mask, higher(equity, highs), highs)
        place += LANES
    store(lanes, LOWS, lows)
    store(lanes, HIGHS, highs)


@kernel
def value(account, lanes, cash, quantity, close, end):
    """Take the bars before ``end`` that are not yet valued: the first that ruins the account, or ``end``.

    ``account`` is a row of ``EQUITY_DTYPE``, ``lanes`` float64 (LANE_NUMBERS,), close float64 (n_bars,).
    """
    lanes = borrow(lanes)
    close = borrow(close)
    first = account.valued
    if first >= end:
        return end
    account.valued = end
    if account.has_periods:
        _take_extremes(lanes, cash, quantity, close, first, end)
    if quantity == 0.0:
        return _take_flat(account, lanes, cash, first, end)
    return _take_held(account, lanes, cash, quantity, close, first, end)
