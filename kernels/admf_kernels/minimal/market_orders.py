"""Containers of isolation ``minimal`` that only send market orders, from answers that are known beforehand.

The same rules as in ``engine``, by the same functions, without events: ``docs/trading-model.md`` sections 2 to 6.
Between two bars on which something happens nothing changes but the value of the position. Containers that have the
same answers go from one such bar to the next side by side, as long as all of them are short, flat or long together;
those that part go on as groups of their own.

All containers of a call go through the bars tile by tile, so that prices, columns of indicators and answers are near
the processor however many bars there are.
"""

import numpy as np

from ..addresses import address_of, call_at
from ..answers import resolved
from ..bits import WORD, lowest_bit
from ..broker import book_costs, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import NOT_FINISHED, RUNNING, FillRule, Outcome, Reason, Setting
from ..dispatch import order_quantity
from ..metrics import record_trade
from ..outcome import write_outcome
from ..ownership import borrow
from ..portfolio import take_fill
from .accounts import open_account, with_attributes
from .answers import RAISED, UNKNOWN, mark_acting, row_of
from .valuation import value

_NONE = int(Reason.NONE)
_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
_ALL_BITS = np.uint64(2**64 - 1)
#: Containers that go side by side: as many as the nearest cache has room for.
SIDE_BY_SIDE = 32
#: Bars of a tile at the most; a multiple of ``MASK_BARS``.
TILE = 8192

_FILL_RULE = int(Setting.FILL_RULE)
_CLOSE_AT_END = int(Setting.CLOSE_AT_END)


@hot_kernel
def _match(account, bar, base, wanted):
    """Match a market order of signed quantity ``wanted`` at price ``base``."""
    reason, price, quantity, fee = fill_terms(account, account.lot_size, wanted, base, account.cash)
    if reason != _NONE:
        return
    book_costs(account, quantity, price, abs(quantity) * abs(price - base), fee)
    account.cash -= quantity * price + fee
    closed, _, _, _ = take_fill(account, bar, quantity, price, fee)
    if closed:
        record_trade(account, account.closed_profit, account.closed_return, account.closed_bars)


@hot_kernel
def _next_acting(acting, row, t, tile, stop):
    """The first bar from ``t`` on whose answer leads to something where ``row`` is held, or ``stop``.

    The bits of ``acting`` are those of the bars from ``tile`` to ``stop - 1``.
    """
    if t >= stop:
        return stop
    place = t - tile
    word = place // WORD
    bits = acting[row, word] & (_ALL_BITS << np.uint64(place & (WORD - 1)))
    while bits == np.uint64(0):
        word += 1
        if word * WORD >= stop - tile:
            return stop
        bits = acting[row, word]
    return tile + word * WORD + lowest_bit(bits)


@hot_kernel
def _stop(account, outcome, bar):
    account.outcome = outcome
    account.end = bar


@hot_kernel
def _state_of(account):
    return -1 if account.outcome != _DONE else row_of(account.quantity)


@hot_kernel
def _goes_along(settings, others):
    """Whether orders fill at the same bars."""
    return settings[_FILL_RULE] == others[_FILL_RULE] and settings[_CLOSE_AT_END] == others[_CLOSE_AT_END]


@kernel
def _part(accounts, settings, first, end, t, waiting, n_waiting):
    """Put the neighbours that hold the same, and have not ended, on the list of groups to go on from bar ``t``.

    How many groups are then on the list.
    """
    accounts, settings, waiting = borrow(accounts), borrow(settings), borrow(waiting)
    k = first
    while k < end:
        state = _state_of(accounts[k])
        last = k + 1
        while (
            last < min(end, k + SIDE_BY_SIDE)
            and _state_of(accounts[last]) == state
            and _goes_along(settings[k], settings[last])
        ):
            last += 1
        if state >= 0:
            waiting[n_waiting, 0] = k
            waiting[n_waiting, 1] = last
            waiting[n_waiting, 2] = t
            n_waiting += 1
        k = last
    return n_waiting


@kernel
def _value_all(close, accounts, lanes, first, end, stop):
    """Take the bars before ``stop`` that are not yet valued."""
    accounts, lanes = borrow(accounts), borrow(lanes)
    for k in range(first, end):
        ruin = value(accounts[k], lanes[k], close, stop)
        if ruin < stop:
            _stop(accounts[k], _EQUITY_EXHAUSTED, ruin)


@kernel
def _end_all(close, settings, accounts, lanes, first, end):
    """Bring containers that hold the same to the end of the bars."""
    accounts, lanes = borrow(accounts), borrow(lanes)
    n_bars = close.shape[0]
    closes_at_end = settings[first, _CLOSE_AT_END] != 0.0
    for k in range(first, end):
        account = accounts[k]
        if closes_at_end and account.quantity != 0.0:
            ruin = value(account, lanes[k], close, n_bars - 1)
            if ruin < n_bars - 1:
                _stop(account, _EQUITY_EXHAUSTED, ruin)
                continue
            _match(account, n_bars - 1, close[n_bars - 1], -account.quantity)
        ruin = value(account, lanes[k], close, n_bars)
        if ruin < n_bars:
            _stop(account, _EQUITY_EXHAUSTED, ruin)


@kernel
def _advance(open_, close, answers, acting, settings, accounts, lanes, first, end, t, tile, stop, waiting, n_waiting):
    """Run the containers from ``first`` to ``end - 1``, which hold the same, from bar ``t`` on, while they go along.

    That is to the end of the bars from ``tile`` to ``stop - 1``, whose answers are given, or to a bar after which not
    all hold the same: then how many groups are on the list ``waiting``.
    """
    open_, close, answers, acting = borrow(open_), borrow(close), borrow(answers), borrow(acting)
    settings, accounts, lanes = borrow(settings), borrow(accounts), borrow(lanes)
    n_bars = close.shape[0]
    fills_at_close = settings[first, _FILL_RULE] == _SAME_CLOSE
    row = row_of(accounts[first].quantity)
    bar = _next_acting(acting, row, t, tile, stop)
    while bar < stop:
        code = np.int64(answers[bar - tile])
        if code == RAISED or code == UNKNOWN:
            for k in range(first, end):
                ruin = value(accounts[k], lanes[k], close, bar)
                if ruin < bar:
                    _stop(accounts[k], _EQUITY_EXHAUSTED, ruin)
                else:
                    _stop(accounts[k], _STRATEGY_RAISED if code == RAISED else _UNKNOWN_DIRECTION, bar)
            return n_waiting
        t = bar + 1
        fill_bar = bar if fills_at_close else t
        if fill_bar == n_bars:
            break
        price = close[bar]
        base = price if fills_at_close else open_[fill_bar]
        # What is held after this is known only when all is booked. Most often it is what was asked for, and then the
        # processor need not wait to know where the next answer is.
        expected = int(resolved(code, float(row - 1))) + 1
        following = _next_acting(acting, expected, t, tile, stop)
        apart = False
        for k in range(first, end):
            account = accounts[k]
            quantity = account.quantity
            equity = account.cash + quantity * price
            wanted = order_quantity(account, float(resolved(code, quantity)), quantity, equity, price)
            if wanted != 0.0:
                ruin = value(account, lanes[k], close, fill_bar)
                if ruin < fill_bar:
                    _stop(account, _EQUITY_EXHAUSTED, ruin)
                else:
                    _match(account, fill_bar, base, wanted)
            apart |= _state_of(account) != _state_of(accounts[first])
        if apart or accounts[first].outcome != _DONE:
            return _part(accounts, settings, first, end, t, waiting, n_waiting)
        row = row_of(accounts[first].quantity)
        bar = following if row == expected else _next_acting(acting, row, t, tile, stop)
    if stop < n_bars:
        _value_all(close, accounts, lanes, first, end, stop)
    else:
        _end_all(close, settings, accounts, lanes, first, end)
    return n_waiting


@kernel
def _write(account, lanes, settings, n_bars, metrics, outcome):
    account.bars = n_bars
    bars_held = account.bars_sum
    if account.quantity != 0.0:
        bars_held += n_bars - account.entry_bar
    bar = n_bars if account.outcome == _DONE else account.end
    write_outcome(
        account.outcome, bar, 0, account, lanes, account, account, bars_held, n_bars, settings, metrics, outcome
    )


def tile_length(n_bars: int) -> int:
    """Bars of a tile: all tiles are about as long, and none is longer than ``TILE``."""
    n_tiles = max(1, -(-n_bars // TILE))
    return -(-n_bars // (n_tiles * WORD)) * WORD


@kernel
def run_containers(
    open_,
    close,
    bars,
    functions,
    columns,
    parameters,
    warmups,
    ends,
    settings,
    answers,
    acting,
    accounts,
    lanes,
    waiting,
    metrics,
    outcomes,
):
    """Run containers of one symbol, in groups of those whose strategy gives the same answers.

    open and close float64 (n_bars,). ``bars`` int64 (6,) are the addresses of time, open, high, low, close and volume.
    For each group, int64 (n_groups,): in ``functions`` the address of its ``record_answers``, in ``columns`` that of
    the addresses of its columns, in ``parameters`` that of its parameters, its warm-up, and in ``ends`` the place
    behind its last container.
    settings float64 (n, SETTINGS);
    room to work in: answers int8 (``tile_length``,), acting uint64 (3, that / WORD), accounts ACCOUNT_DTYPE (n,), lanes
    float64 (n, LANE_NUMBERS), waiting int64 (n, 3);
    out: metrics float64 (n, len(METRIC_NAMES)), outcomes int64 (n, len(OUTCOME_COLUMNS)). The first outcome of a group
    says ``RUNNING``, and at which bar a tile began, while the group is at work.
    """
    accounts = with_attributes(accounts)
    n_bars = close.shape[0]
    length = answers.shape[0]
    for k in range(settings.shape[0]):
        open_account(accounts[k], lanes[k], settings[k])
    for tile in range(0, n_bars, length):
        stop = min(tile + length, n_bars)
        first = 0
        for group in range(ends.shape[0]):
            end = ends[group]
            n_waiting = _part(accounts, settings, first, end, tile, waiting, 0)
            if n_waiting > 0:
                outcomes[first, 1] = tile
                outcomes[first, 0] = RUNNING
                call_at(
                    functions[group],
                    address_of(bars),
                    columns[group],
                    parameters[group],
                    warmups[group],
                    tile,
                    stop,
                    1,
                    address_of(answers),
                )
                mark_acting(answers[: stop - tile], acting)
                while n_waiting > 0:
                    n_waiting -= 1
                    begin, behind, t = waiting[n_waiting, 0], waiting[n_waiting, 1], waiting[n_waiting, 2]
                    n_waiting = _advance(
                        open_,
                        close,
                        answers,
                        acting,
                        settings,
                        accounts,
                        lanes,
                        begin,
                        behind,
                        t,
                        tile,
                        stop,
                        waiting,
                        n_waiting,
                    )
                outcomes[first, 0] = NOT_FINISHED
            if stop == n_bars:
                for k in range(first, end):
                    _write(accounts[k], lanes[k], settings[k], n_bars, metrics[k], outcomes[k])
            first = end
