"""Containers of isolation ``minimal`` that only send market orders, from signals that are known beforehand.

The same rules as in ``engine``, by the same functions, without events: ``docs/trading-model.md`` sections 2 to 6.
Between two bars on which something happens nothing changes but the value of the position. Containers that have the
same signals go from one such bar to the next side by side, as long as all of them are short, flat or long together;
those that part go on as groups of their own.

All containers of a call go through the bars tile by tile, so that prices, columns of indicators and signals are near
the processor however many bars there are.
"""

import math

import numpy as np

from ..addresses import address_of, call_at
from ..bits import WORD, lowest_bit
from ..codes import refuse_unknown_code
from ..compilation import NOTHING, hot_kernel, kernel
from ..constants import NOT_FINISHED, RUNNING, FillRule, Outcome, Reason
from ..counts import begin_counts, count_evaluated, count_orders, count_refusal
from ..lanes import LANES
from ..outcome import Ending, write_outcome
from ..ownership import borrow, hold
from ..periods import has_periods, note_period, stop_before
from ..return_values import UNKNOWN
from ..views import view
from .accounts import account_of, open_account
from .fills import count_unmatched
from .market_call import Market
from .position_dependent import advance_position_dependent, begin_position_dependent
from .signal_codes import RAISED, TRAPPED, direction_of, mark_acting
from .steps import end_all, fill_all, side_of, stop_all, value_until

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
_BELOW_LOT_SIZE = np.int64(Reason.BELOW_LOT_SIZE)
_INSUFFICIENT_CASH = np.int64(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = np.int64(Reason.INSUFFICIENT_MARGIN)
_NO_POSITIVE_PRICE = np.int64(Reason.NO_POSITIVE_PRICE)
_ALL_BITS = np.uint64(2**64 - 1)
#: Containers that go side by side: as many as the nearest cache has room for.
SIDE_BY_SIDE = 32
#: Bars of a tile at the most; a multiple of ``MASK_BARS``.
TILE = 10_240


@hot_kernel
def _next_acting(acting, row, t, tile, stop):
    """The first bar from ``t`` on whose signal leads to something where ``row`` is held, or ``stop``.

    The bits of ``acting`` are those of the bars from ``tile`` to ``stop - 1``.
    """
    if t >= stop:
        return stop
    index = t - tile
    word = index // WORD
    bits = acting[row, word] & (_ALL_BITS << np.uint64(index & (WORD - 1)))
    while bits == np.uint64(0):
        word += 1
        if word * WORD >= stop - tile:
            return stop
        bits = acting[row, word]
    return tile + word * WORD + lowest_bit(bits)


@hot_kernel
def _goes_along(settings, others):
    """Whether orders fill at the same bars."""
    return settings.fill_rule == others.fill_rule and settings.close_at_end == others.close_at_end


@kernel
def _part(market, first, end, t, n_waiting):
    """Put the neighbours that hold the same, and have not ended, on the list of groups to go on from bar ``t``.

    How many groups are then on the list.
    """
    accounts, equities, settings, waiting = market.accounts, market.equities, market.settings, market.waiting
    k = first
    while k < end:
        last = k + 1
        if equities[k].outcome == _DONE:
            side = side_of(accounts, k)
            while (
                last < min(end, k + SIDE_BY_SIDE)
                and equities[last].outcome == _DONE
                and side_of(accounts, last) == side
                and _goes_along(settings[k], settings[last])
            ):
                last += 1
            waiting[n_waiting, 0] = k
            waiting[n_waiting, 1] = last
            waiting[n_waiting, 2] = t
            n_waiting += 1
        k = last
    return n_waiting


@kernel
def _advance(market, first, end, t, n_waiting):
    """Run the containers from ``first`` to ``end - 1``, which hold the same, from bar ``t`` on, while they go along.

    That is to the end of the present tile, whose signals are known, or to a bar after which not all hold the same: then
    how many groups are on the list ``waiting``.
    """
    close, signals, acting = market.close, market.signals, market.acting
    tile, stop, n_bars = market.tile, market.stop, close.shape[0]
    fills_at_close = market.settings[first].fill_rule == _SAME_CLOSE
    side = side_of(market.accounts, first)
    bar = _next_acting(acting, side + 1, t, tile, stop)
    while bar < stop:
        direction = int(direction_of(np.int64(signals[bar - tile]), float(side)))
        if direction == RAISED or direction == UNKNOWN:
            stop_all(market, direction, first, end, bar)
            return n_waiting
        t = bar + 1
        fill_bar = bar if fills_at_close else t
        if fill_bar == n_bars:
            for k in range(first, end):
                count_unmatched(market.accounts, k, float(direction), close[bar])
            break
        price = close[bar]
        base = price if fills_at_close else market.open[fill_bar]
        # Nearly always all then hold the direction, and then the processor need not wait to know where the next is.
        following = _next_acting(acting, direction + 1, t, tile, stop)
        together = True
        for k in range(first, end, LANES):
            together &= fill_all(market, k, min(k + LANES, end), side, direction, price, base, fill_bar)
        if not together:
            return _part(market, first, end, t, n_waiting)
        side = direction
        bar = following
    if stop < n_bars:
        for k in range(first, end):
            value_until(market, k, stop)
    else:
        end_all(market, first, end)
    return n_waiting


@kernel
def _advance_together(market, group, first, end):
    """Run a group of containers with the same signals through the bars of the present tile."""
    tile, stop, waiting, outcomes = market.tile, market.stop, market.waiting, market.outcomes
    n_waiting = _part(market, first, end, tile, NOTHING)
    if n_waiting == 0:
        return
    outcomes[first, 1] = tile
    outcomes[first, 0] = RUNNING
    columns, parameters, warmup = market.columns[group], market.parameters[group], market.warmups[group]
    signals = address_of(market.signals)
    call_at(market.functions[group], (market.bars, columns, parameters, warmup, tile, stop, TRAPPED, NOTHING, signals))
    mark_acting(market.signals[: stop - tile], market.acting)
    while n_waiting > 0:
        n_waiting -= 1
        begin, behind, t = waiting[n_waiting, 0], waiting[n_waiting, 1], waiting[n_waiting, 2]
        n_waiting = _advance(market, begin, behind, t, n_waiting)
    outcomes[first, 0] = NOT_FINISHED


@hot_kernel
def _bars_held(account, end):
    """Bars before ``end`` at whose close a position was held."""
    held = account.bars_sum
    if account.quantity != 0.0:
        held += end - account.entry_bar
    return held


@kernel
def _note_periods(market, period):
    """Note a period that ends with the present tile for all containers that go on."""
    for k in range(market.metrics.shape[0]):
        equity = market.equities[k]
        if equity.outcome == _DONE:
            held = _bars_held(account_of(market.accounts, k), market.stop)
            note_period(market.metrics[k], period, equity, market.lanes[k], equity.trades, held)


@kernel
def _write_counts(account, outcome):
    begin_counts(outcome)
    count_orders(outcome, int(account.orders), int(account.cut_orders))
    count_refusal(outcome, _BELOW_LOT_SIZE, int(account.refused_lot))
    count_refusal(outcome, _INSUFFICIENT_CASH, int(account.refused_cash))
    count_refusal(outcome, _INSUFFICIENT_MARGIN, int(account.refused_margin))
    count_refusal(outcome, _NO_POSITIVE_PRICE, int(account.refused_price))


@kernel
def _write(market, warmup, first, end):
    """Write the results of the containers from ``first`` to ``end - 1``, which have come to their ends."""
    n_bars = market.close.shape[0]
    for k in range(first, end):
        account, equity = account_of(market.accounts, k), market.equities[k]
        equity.bars = n_bars
        code = equity.outcome
        bar = n_bars if code == _DONE else equity.end
        settings, metrics, outcome = borrow(market.settings[k]), market.metrics[k], market.outcomes[k]
        if refuse_unknown_code(settings, outcome):
            metrics[:] = math.nan
            continue
        _write_counts(account, outcome)
        count_evaluated(outcome, warmup, bar - warmup, n_bars)
        ending = Ending(code, bar, NOTHING, _bars_held(account, n_bars), n_bars)
        write_outcome(ending, equity, market.lanes[k], account, account, settings, metrics, outcome)


def tile_length(n_bars: int) -> int:
    """Bars of a tile: all tiles are about as long, and none is longer than ``TILE``."""
    n_tiles = max(1, -(-n_bars // TILE))
    return -(-n_bars // (n_tiles * WORD)) * WORD


@kernel
def _run(market):
    n_bars, n, n_groups = market.close.shape[0], market.settings.shape[0], market.ends.shape[0]
    length = market.acting.shape[1] * WORD
    notes = n > 0 and has_periods(market.metrics[0])
    for k in range(n):
        settings = borrow(market.settings[k])
        open_account(account_of(market.accounts, k), market.equities[k], market.lanes[k], settings, notes)
    is_shared = market.dependence == 0
    if not is_shared:
        begin_position_dependent(market)
    tile = period = 0
    while tile < n_bars:
        border = stop_before(market.metrics[0], period, n_bars) if n > 0 else n_bars
        stop = min(tile + length, border)
        market.tile, market.stop = tile, stop
        first = 0
        for group in range(n_groups if is_shared else 0):
            _advance_together(market, group, first, market.ends[group])
            first = market.ends[group]
        for first in range(0, 0 if is_shared else n, LANES):
            advance_position_dependent(market, first, min(first + LANES, n))
        if stop == border:
            _note_periods(market, period)
            period += 1
        tile = stop
    first = 0
    for group in range(n_groups):
        _write(market, market.warmups[group], first, market.ends[group])
        first = market.ends[group]


@kernel
def run_containers(call):
    """Run the containers of a ``MarketCall``."""
    market = Market(call)
    _run(view(market))
    hold(market)
