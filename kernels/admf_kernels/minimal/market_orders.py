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
from ..ownership import borrow
from ..periods import note_period, stop_before
from ..return_values import UNKNOWN
from .accounts import account_of, open_account, with_attributes
from .evaluation_blocks import Evaluator
from .fills import count_unmatched
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
def _part(accounts, equities, settings, first, end, t, waiting, n_waiting):
    """Put the neighbours that hold the same, and have not ended, on the list of groups to go on from bar ``t``.

    How many groups are then on the list.
    """
    accounts, equities = borrow(accounts), borrow(equities)
    settings, waiting = borrow(settings), borrow(waiting)
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
def _advance(
    open_,
    close,
    signals,
    acting,
    settings,
    accounts,
    equities,
    lanes,
    first,
    end,
    t,
    tile,
    stop,
    waiting,
    n_waiting,
    positions,
):
    """Run the containers from ``first`` to ``end - 1``, which hold the same, from bar ``t`` on, while they go along.

    That is to the end of the bars from ``tile`` to ``stop - 1``, whose signals are given, or to a bar after which not
    all hold the same: then how many groups are on the list ``waiting``.
    """
    open_, close, signals, acting = borrow(open_), borrow(close), borrow(signals), borrow(acting)
    settings, accounts, equities, lanes = borrow(settings), borrow(accounts), borrow(equities), borrow(lanes)
    n_bars = close.shape[0]
    fills_at_close = settings[first].fill_rule == _SAME_CLOSE
    side = side_of(accounts, first)
    bar = _next_acting(acting, side + 1, t, tile, stop)
    while bar < stop:
        direction = int(direction_of(np.int64(signals[bar - tile]), float(side)))
        if direction == RAISED or direction == UNKNOWN:
            stop_all(direction, close, accounts, equities, lanes, positions, first, end, bar)
            return n_waiting
        t = bar + 1
        fill_bar = bar if fills_at_close else t
        if fill_bar == n_bars:
            for k in range(first, end):
                count_unmatched(accounts, k, float(direction), close[bar])
            break
        price = close[bar]
        base = price if fills_at_close else open_[fill_bar]
        # Nearly always all then hold the direction, and then the processor need not wait to know where the next is.
        following = _next_acting(acting, direction + 1, t, tile, stop)
        together = True
        for k in range(first, end, LANES):
            last = min(k + LANES, end)
            did = fill_all(settings, accounts, equities, lanes, close, k, last, side, direction, price, base, fill_bar)
            together &= did
        if not together:
            return _part(accounts, equities, settings, first, end, t, waiting, n_waiting)
        side = direction
        bar = following
    if stop < n_bars:
        for k in range(first, end):
            value_until(accounts, equities, lanes, close, k, stop)
    else:
        end_all(close, settings, accounts, equities, lanes, first, end)
    return n_waiting


@kernel
def _advance_together(
    open_,
    close,
    function,
    bars,
    columns,
    parameters,
    warmup,
    settings,
    signals,
    acting,
    accounts,
    equities,
    lanes,
    waiting,
    first,
    end,
    tile,
    stop,
    positions,
    outcomes,
):
    """Run a group of containers with the same signals through the bars from ``tile`` to ``stop - 1``."""
    signals, waiting, outcomes = borrow(signals), borrow(waiting), borrow(outcomes)
    n_waiting = _part(accounts, equities, settings, first, end, tile, waiting, NOTHING)
    if n_waiting == 0:
        return
    outcomes[first, 1] = tile
    outcomes[first, 0] = RUNNING
    call_at(function, (bars, columns, parameters, warmup, tile, stop, TRAPPED, NOTHING, address_of(signals)))
    mark_acting(signals[: stop - tile], acting)
    while n_waiting > 0:
        n_waiting -= 1
        begin, behind, t = waiting[n_waiting, 0], waiting[n_waiting, 1], waiting[n_waiting, 2]
        n_waiting = _advance(
            open_,
            close,
            signals,
            acting,
            settings,
            accounts,
            equities,
            lanes,
            begin,
            behind,
            t,
            tile,
            stop,
            waiting,
            n_waiting,
            positions,
        )
    outcomes[first, 0] = NOT_FINISHED


@hot_kernel
def _bars_held(account, end):
    """Bars before ``end`` at whose close a position was held."""
    held = account.bars_sum
    if account.quantity != 0.0:
        held += end - account.entry_bar
    return held


@kernel
def _note_periods(accounts, equities, lanes, metrics, period, stop):
    """Note a period that ends before the bar ``stop`` for all containers that go on."""
    accounts, equities, lanes, metrics = borrow(accounts), borrow(equities), borrow(lanes), borrow(metrics)
    for k in range(metrics.shape[0]):
        if equities[k].outcome == _DONE:
            held = _bars_held(account_of(accounts, k), stop)
            note_period(metrics[k], period, equities[k], lanes[k], equities[k].trades, held)


@kernel
def _write_counts(account, outcome):
    begin_counts(outcome)
    count_orders(outcome, int(account.orders), int(account.cut_orders))
    count_refusal(outcome, _BELOW_LOT_SIZE, int(account.refused_lot))
    count_refusal(outcome, _INSUFFICIENT_CASH, int(account.refused_cash))
    count_refusal(outcome, _INSUFFICIENT_MARGIN, int(account.refused_margin))
    count_refusal(outcome, _NO_POSITIVE_PRICE, int(account.refused_price))


@kernel
def _write(accounts, equities, lanes, settings, n_bars, warmup, first, end, metrics, outcomes):
    """Write the results of the containers from ``first`` to ``end - 1``, which have come to their ends."""
    accounts, equities, lanes, settings = borrow(accounts), borrow(equities), borrow(lanes), borrow(settings)
    metrics, outcomes = borrow(metrics), borrow(outcomes)
    for k in range(first, end):
        account, equity = account_of(accounts, k), equities[k]
        equity.bars = n_bars
        bars_held = _bars_held(account, n_bars)
        code = equity.outcome
        bar = n_bars if code == _DONE else equity.end
        own = borrow(settings[k]), metrics[k], outcomes[k]
        if refuse_unknown_code(own[0], own[2]):
            own[1][:] = math.nan
            continue
        _write_counts(account, own[2])
        count_evaluated(own[2], warmup, bar - warmup, n_bars)
        ending = Ending(code, bar, NOTHING, bars_held, n_bars)
        write_outcome(ending, equity, lanes[k], account, account, own[0], own[1], own[2])


def tile_length(n_bars: int) -> int:
    """Bars of a tile: all tiles are about as long, and none is longer than ``TILE``."""
    n_tiles = max(1, -(-n_bars // TILE))
    return -(-n_bars // (n_tiles * WORD)) * WORD


@kernel
def run_containers(
    open_,
    close,
    dependence,
    guarded,
    bars,
    functions,
    columns,
    parameters,
    warmups,
    ends,
    settings,
    signals,
    acting,
    accounts,
    equities,
    lanes,
    waiting,
    blocks,
    orders,
    positions,
    metrics,
    outcomes,
):
    """Run containers of one symbol, in groups of those whose strategy is given the same.

    open and close float64 (n_bars,). ``dependence``: 0 for groups whose signals are the same, else what
    ``position_dependence`` says; ``guarded`` is the address of the ``record_signals`` that traps what is raised, where
    that may be needed for what is held. ``bars`` int64 (6,) are the addresses of time, open, high, low, close and
    volume. For each group, int64 (n_groups,): in ``functions`` the address of its ``record_signals``, in ``columns``
    that of the addresses of its columns, in ``parameters`` that of its parameters, its warm-up, and in ``ends`` the
    place behind its last container.
    settings SETTINGS_DTYPE (n,);
    room to work in: signals int8 (``tile_length``, or ``room_for_signals`` of that where containers are evaluated by
    themselves), acting uint64 (3, ``tile_length`` / WORD), accounts float64 (ACCOUNT_NUMBERS,), equities EQUITY_DTYPE
    (n,), lanes float64 (n, LANE_NUMBERS), waiting int64 (n, 3), blocks int64 (n, BLOCK_WORDS), orders float64
    (ORDER_NUMBERS,);
    out: positions float64 (n, len(POSITION_FIELDS)), what was held by containers that their strategy has ended; metrics
    float64 (n, len(METRIC_NAMES)), behind which periods may stand (``periods``), the same of all containers; outcomes
    int64 (n, len(OUTCOME_COLUMNS)), with 0 events. The first outcome of a
    group, or that of a container which is evaluated by itself, says ``RUNNING``, and at which bar a tile began, while
    it is at work.
    """
    open_, close, settings = borrow(open_), borrow(close), borrow(settings)
    signals, acting, accounts, lanes = borrow(signals), borrow(acting), borrow(accounts), borrow(lanes)
    equities, waiting = borrow(with_attributes(equities)), borrow(waiting)
    blocks, orders = borrow(blocks), borrow(orders)
    positions, metrics, outcomes = borrow(positions), borrow(metrics), borrow(outcomes)
    n_bars = close.shape[0]
    length = acting.shape[1] * WORD
    n = settings.shape[0]
    for k in range(n):
        open_account(account_of(accounts, k), equities[k], lanes[k], borrow(settings[k]))
    arguments = borrow(functions), borrow(columns), borrow(parameters), borrow(warmups)
    evaluator = Evaluator(dependence, guarded, address_of(bars), arguments[0], arguments[1], arguments[2], arguments[3])
    if dependence != 0:
        begin_position_dependent(ends, blocks, orders)
    tile = period = 0
    while tile < n_bars:
        border = stop_before(metrics[0], period, n_bars) if n > 0 else n_bars
        stop = min(tile + length, border)
        first = 0
        for group in range(ends.shape[0] if dependence == 0 else 0):
            end = ends[group]
            _advance_together(
                open_,
                close,
                functions[group],
                address_of(bars),
                columns[group],
                parameters[group],
                warmups[group],
                settings,
                signals,
                acting,
                accounts,
                equities,
                lanes,
                waiting,
                first,
                end,
                tile,
                stop,
                positions,
                outcomes,
            )
            first = end
        for first in range(0, n if dependence != 0 else 0, LANES):
            end = min(first + LANES, n)
            advance_position_dependent(
                open_,
                close,
                evaluator,
                settings,
                signals,
                accounts,
                equities,
                lanes,
                blocks,
                orders,
                first,
                end,
                tile,
                stop,
                positions,
                outcomes,
            )
        if stop == border:
            _note_periods(accounts, equities, lanes, metrics, period, stop)
            period += 1
        tile = stop
    first = 0
    for group in range(ends.shape[0]):
        end = ends[group]
        _write(accounts, equities, lanes, settings, n_bars, warmups[group], first, end, metrics, outcomes)
        first = end
