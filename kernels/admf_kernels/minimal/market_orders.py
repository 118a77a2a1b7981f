"""Containers of isolation ``minimal`` that only send market orders, from answers that are known beforehand.

The same rules as in ``engine``, by the same functions, without events: ``docs/trading-model.md`` sections 2 to 6.
Between two bars on which something happens nothing changes but the value of the position. Containers that have the
same answers go from one such bar to the next side by side, as long as all of them are short, flat or long together;
those that part go on as groups of their own.
"""

import numpy as np

from ..answers import resolved
from ..bits import WORD, fetch_early, lowest_bit
from ..broker import book_costs, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import FillRule, Outcome, Reason, Setting
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
def _next_acting(acting, row, t, n_bars):
    """The first bar from ``t`` on whose answer leads to something where ``row`` is held, or ``n_bars``."""
    if t >= n_bars:
        return n_bars
    word = t // WORD
    bits = acting[row, word] & (_ALL_BITS << np.uint64(t & (WORD - 1)))
    while bits == np.uint64(0):
        word += 1
        if word == acting.shape[1]:
            return n_bars
        bits = acting[row, word]
    return word * WORD + lowest_bit(bits)


@hot_kernel
def _stop(account, outcome, bar):
    account.outcome = outcome
    account.end = bar


@hot_kernel
def _state_of(account):
    return -1 if account.outcome != _DONE else row_of(account.quantity)


@kernel
def _part(accounts, first, end, t, waiting, n_waiting):
    """Put the neighbours that hold the same, and have not ended, on the list of groups to go on from bar ``t``."""
    k = first
    while k < end:
        state = _state_of(accounts[k])
        last = k + 1
        while last < end and _state_of(accounts[last]) == state:
            last += 1
        if state >= 0:
            waiting[n_waiting, 0] = k
            waiting[n_waiting, 1] = last
            waiting[n_waiting, 2] = t
            n_waiting += 1
        k = last
    return n_waiting


@kernel
def _advance(open_, close, answers, acting, settings, accounts, lanes, first, end, t, waiting, n_waiting):
    """Run the containers from ``first`` to ``end - 1``, which hold the same, from bar ``t`` on, while they go along.

    The number of groups that are then on the list ``waiting``.
    """
    open_, close, answers, acting = borrow(open_), borrow(close), borrow(answers), borrow(acting)
    settings, accounts, lanes = borrow(settings), borrow(accounts), borrow(lanes)
    n_bars = close.shape[0]
    fills_at_close = settings[first, _FILL_RULE] == _SAME_CLOSE
    closes_at_end = settings[first, _CLOSE_AT_END] != 0.0
    row = row_of(accounts[first].quantity)
    bar = _next_acting(acting, row, t, n_bars)
    while bar < n_bars:
        code = np.int64(answers[bar])
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
        following = _next_acting(acting, expected, t, n_bars)
        fetch_early(close, min(following, n_bars - 1))
        fetch_early(open_, min(following + 1, n_bars - 1))
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
            return _part(accounts, first, end, t, waiting, n_waiting)
        row = row_of(accounts[first].quantity)
        bar = following if row == expected else _next_acting(acting, row, t, n_bars)
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


@hot_kernel
def _goes_along(settings, others):
    """Whether orders fill at the same bars."""
    return settings[_FILL_RULE] == others[_FILL_RULE] and settings[_CLOSE_AT_END] == others[_CLOSE_AT_END]


@kernel
def run_containers(open_, close, answers, acting, settings, accounts, lanes, metrics, outcomes):
    """Run the containers of one symbol whose strategy gives the same answers.

    open and close float64 (n_bars,); answers and room for acting as in ``mark_acting``; settings float64
    (n, SETTINGS); accounts ACCOUNT_DTYPE (SIDE_BY_SIDE,) and lanes float64 (SIDE_BY_SIDE, LANE_NUMBERS), both room to
    work in;
    out: metrics float64 (n, len(METRIC_NAMES)), outcomes int64 (n, len(OUTCOME_COLUMNS)), of some containers at a time.
    """
    mark_acting(answers, acting)
    accounts = with_attributes(accounts)
    n = settings.shape[0]
    n_bars = close.shape[0]
    waiting = np.empty((SIDE_BY_SIDE, 3), np.int64)
    first = 0
    while first < n:
        count = 1
        while count < min(n - first, SIDE_BY_SIDE) and _goes_along(settings[first], settings[first + count]):
            count += 1
        group = settings[first : first + count]
        for k in range(count):
            open_account(accounts[k], lanes[k], group[k])
        waiting[0, 0] = 0
        waiting[0, 1] = count
        waiting[0, 2] = 0
        n_waiting = 1
        while n_waiting > 0:
            n_waiting -= 1
            begin, end, t = waiting[n_waiting, 0], waiting[n_waiting, 1], waiting[n_waiting, 2]
            n_waiting = _advance(
                open_, close, answers, acting, group, accounts, lanes, begin, end, t, waiting, n_waiting
            )
        for k in range(count):
            _write(accounts[k], lanes[k], group[k], n_bars, metrics[first + k], outcomes[first + k])
        first += count
