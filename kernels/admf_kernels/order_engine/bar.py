"""The steps of a bar that do not concern the strategy: ``docs/trading-model.md`` section 9."""

import math
from typing import NamedTuple

import numpy as np

from ..arithmetic import round_down
from ..compilation import ALL, FIRST, NOTHING, YES, hot_kernel, kernel
from ..constants import EventKind, FillRule, OnBreach, Reason, TimeInForce
from ..indicators.atr import update_atr
from .account import charge_financing, equity_now, is_under_margin, shown_position
from .actions import act_at_close, act_at_open, pass_actions
from .attached import exit_order
from .book import cancel, cancel_entries, cancel_everything, each_order, expire, lowest_after, new_order
from .emit import emit, emit_order
from .exit_times import OVERDUE, has_exit_times, is_overdue
from .fills import match_order
from .limits import MAX_DAILY_LOSS, MAX_DRAWDOWN, breach, halt, loses_too_much, loses_too_much_today
from .matching import AT_OPEN, OrderKind, is_due_at_close, next_match
from .trailing import move_trailing_stops

_PORTFOLIO_UPDATE = np.int64(EventKind.PORTFOLIO_UPDATE)
_NONE = np.int64(Reason.NONE)
_CLOSE_AT_END = np.int64(Reason.CLOSE_AT_END)
_END_OF_DATA = np.int64(Reason.END_OF_DATA)
_NOT_FILLED = np.int64(Reason.NOT_FILLED)
_AFTER_EXIT_TIME = np.int64(Reason.AFTER_EXIT_TIME)
_EXIT_TIME = np.int64(Reason.EXIT_TIME)
_MAINTENANCE = np.int64(Reason.MAINTENANCE_MARGIN)
_EXHAUSTED = np.int64(Reason.EQUITY_EXHAUSTED)
_MARKET = np.int64(OrderKind.MARKET)
_IOC = np.int64(TimeInForce.IOC)
_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_FLATTEN = int(OnBreach.FLATTEN)


class Routine(NamedTuple):
    """What the settings of a container with one symbol ask for at every bar."""

    has_rates: bool
    leaves_by_clock: bool
    follows_range: bool
    #: The bar at whose close everything is closed, or -1.
    closing_bar: int
    every_bar: bool


@kernel
def routine_of(container, follows_range, every_bar):
    """The routine of a container: whether its average true range is followed, and something may happen at every bar."""
    settings = container.settings
    return Routine(
        settings.interest_rate > 0.0 or settings.borrow_rate > 0.0,
        has_exit_times(settings),
        follows_range,
        container.bars.session.shape[0] - 1 if settings.close_at_end else -1,
        every_bar,
    )


@hot_kernel
def begin_bar(container, routine, slot, bar, price, cause, atr):
    """Steps 1 to 5 for a container with one symbol, whose close is ``price``: all before its strategy is asked."""
    begin_session(container, bar)
    if routine.has_rates:
        charge_financing(container, bar, cause)
    open_market(container, slot, bar)
    if bar == container.ledger.action_bar:
        act_at_open(container, slot, bar, cause)
    if container.ledger.working > 0 or routine.leaves_by_clock:
        match_bar(container, slot, bar, cause)
    container.holdings[slot]["market"] = price
    container.holdings[slot]["close"] = price
    if bar == container.ledger.action_bar:
        act_at_close(container, slot, bar, cause)
        pass_actions(container, bar)
    if routine.follows_range:
        follow_range(container, slot, bar + container.bars.n_history, atr)
    if container.ledger.working > 0:
        move_trailing_stops(container, slot, bar)


@kernel
def follow_range(container, slot, index, atr):
    """Take the bar at ``index``, counted from the first bar of the history, into the average true range."""
    bars = container.bars
    symbol = container.universe[slot]
    update_atr(atr, bars.all_high[symbol], bars.all_low[symbol], bars.all_close[symbol], index)
    if index >= atr.period:
        container.atrs[slot] = atr.value


@kernel
def warm_range_up(container, routine, atr):
    """Take the history of a container with one symbol into the average true range."""
    if routine.follows_range:
        for index in range(container.bars.n_history):
            follow_range(container, FIRST, index, atr)


@hot_kernel
def reach_close(container, routine, slot, bar, cause):
    """Step 8 for a container with one symbol, once its strategy's answer was followed."""
    if container.ledger.working > 0:
        match_close(container, slot, bar)
    if bar == routine.closing_bar:
        close_at_end(container, bar, cause)


@kernel
def begin_session(container, bar):
    """Start the counts of a day anew on the first bar of a session."""
    ledger = container.ledger
    bars = container.bars
    session = bars.session[bar]
    if session != ledger.day:
        ledger.day = session
        ledger.day_start_equity = ledger.equity
        ledger.orders_today = 0
        ledger.halted_today = 0
        ledger.after_exit = 0


@kernel
def send_closing(container, slot, bar, cause, reason):
    """Send a market order that closes the position of holding ``slot``; its place in the book."""
    index = new_order(container)
    order = container.book[index]
    order["number"] = container.ledger.next_order()
    order["symbol"] = slot
    order["quantity"] = -container.holdings[slot]["quantity"]
    order["closes_position"] = 1
    order["attached"] = 1
    order["first_bar"] = bar
    order["reason"] = reason
    emit_order(container, order, bar, cause, reason)
    return index


@kernel
def has_bar(container, slot, bar):
    """Whether the symbol of holding ``slot`` has a bar at ``bar``."""
    return not math.isnan(container.bars.close[container.universe[slot], bar])


@kernel
def _close_now(container, slot, bar, cause, reason):
    """Close a position at the market's price as far as the bar's volume goes; whether any of it was."""
    holding = container.holdings[slot]
    held = holding["quantity"]
    index = send_closing(container, slot, bar, cause, reason)
    match_order(container, index, slot, bar, AT_OPEN, holding["market"], YES)
    return holding["quantity"] != held


@kernel
def _closing_order(container, slot):
    """Index of the working order that closes the whole position at the market, or -1.

    One that a rule sent goes before a stop of ``exits`` that has been touched, then the smaller number.
    """
    touched = ALL
    number = 0
    while True:
        index = lowest_after(container, number)
        if index < 0:
            return touched
        order = container.book[index]
        number = order["number"]
        if order["symbol"] == slot and order["closes_position"] == 1 and order["kind"] == _MARKET:
            if order["group"] == 0:
                return index
            if touched < 0:
                touched = index


@kernel
def open_market(container, slot, bar):
    """The open is the market's price now, and the volume that may be traded is that of this bar."""
    settings = container.settings
    bars = container.bars
    holdings = container.holdings
    universe = container.universe
    holding = holdings[slot]
    symbol = universe[slot]
    holding["market"] = bars.open[symbol, bar]
    share = settings.max_volume_share
    if share > 0.0:
        holding["volume_left"] = round_down(share * bars.volume[symbol, bar], container.lot)


@kernel
def _scheduled_exits(container, slot, bar, cause):
    """Orders that leave by the clock: at the exit time before all others, after the longest holding among them."""
    settings = container.settings
    ledger = container.ledger
    holding = container.holdings[slot]
    held = holding["quantity"]
    if settings.exit_at >= 0 and container.bars.clock[bar] >= settings.exit_at:
        index = _closing_order(container, slot)
        if held != 0.0 and index < 0:
            index = send_closing(container, slot, bar, cause, _EXIT_TIME)
        if index >= 0:
            match_order(container, index, slot, bar, AT_OPEN, holding["market"], YES)
        ledger.after_exit = 1
        session = container.bars.session[bar] + 1
        if holding["exit_session"] != session:
            holding["exit_session"] = session
            cancel_entries(container, bar, cause, _AFTER_EXIT_TIME, slot)
        return
    index = exit_order(container, slot, _EXIT_TIME) if settings.exit_at >= 0 else ALL
    if index >= 0:
        match_order(container, index, slot, bar, AT_OPEN, holding["market"], YES)
        held = holding["quantity"]
    if held != 0.0 and is_overdue(settings, holding, bar) and _closing_order(container, slot) < 0:
        send_closing(container, slot, bar, cause, OVERDUE)


@each_order
def _end_immediate(container, order, index, slot, bar):
    """Cancel what is left of IOC and FOK orders after the matching of their first bar."""
    if order["symbol"] == slot and order["tif"] >= _IOC and order["first_bar"] <= bar:
        cancel(container, index, bar, order["event"], _NOT_FILLED)


@kernel
def begin_matching(container, slot, bar, cause):
    """Step 3, and what leaves by the clock at the open."""
    ledger = container.ledger
    settings = container.settings
    if ledger.working > 0:
        expire(container, slot, bar)
    if has_exit_times(settings):
        _scheduled_exits(container, slot, bar, cause)


@kernel
def match_working(container, slot, bar):
    """Step 4: match what works for holding ``slot`` against the bar, until nothing more is touched."""
    ledger = container.ledger
    if ledger.working == 0:
        return
    while True:
        index, key, base = next_match(container, slot, bar)
        if index < 0:
            break
        match_order(container, index, slot, bar, key, base, YES)
    _end_immediate(container, slot, bar)


@kernel
def match_bar(container, slot, bar, cause):
    """Steps 3 and 4 for a container with one symbol."""
    begin_matching(container, slot, bar, cause)
    match_working(container, slot, bar)


@each_order
def _match_at_close(container, order, index, slot, bar):
    if order["symbol"] == slot and is_due_at_close(container, order, bar):
        match_order(container, index, slot, bar, AT_OPEN, container.holdings[slot]["close"], YES)


@kernel
def match_close(container, slot, bar):
    """Step 8 for a container with one symbol: what fills at the close."""
    _match_at_close(container, slot, bar)


@kernel
def close_at_end(container, bar, cause):
    """Cancel every order and close every position on the last bar; what its volume leaves stays open."""
    cancel_everything(container, bar, cause, _END_OF_DATA, ALL)
    for slot in range(container.holdings.shape[0]):
        if container.holdings[slot]["quantity"] != 0.0 and has_bar(container, slot, bar):
            _close_now(container, slot, bar, cause, _CLOSE_AT_END)
    cancel_everything(container, bar, cause, _END_OF_DATA, ALL)


@kernel
def _update(container, bar, cause):
    ledger = container.ledger
    equity = equity_now(container)
    ledger.equity = equity
    price, quantity = shown_position(container)
    return emit(container, _PORTFOLIO_UPDATE, bar, cause, FIRST, _NONE, NOTHING, (price, quantity, equity, ledger.cash))


@kernel
def mark(container, bar, cause):
    """Step 9: value the account and hold it to margin and limits; its equity at the end of the bar."""
    ledger = container.ledger
    settings = container.settings
    update = _update(container, bar, cause)
    price, quantity = shown_position(container)
    first = ledger.equity
    if not first > 0.0:
        breach(container, FIRST, bar, update, _EXHAUSTED, NOTHING, price, quantity)
        return first
    cause = ALL
    if (settings.leverage > 0.0 or settings.short_maintenance > 0.0) and is_under_margin(container, first):
        told = breach(container, FIRST, bar, update, _MAINTENANCE, NOTHING, price, quantity)
        ledger.liquidations += 1
        if _flatten(container, bar, told, _MAINTENANCE):
            cause = told
    if loses_too_much_today(container, first):
        cause = _stop_losing(container, bar, update, MAX_DAILY_LOSS, price, quantity, cause)
    if loses_too_much(container, first):
        cause = _stop_losing(container, bar, update, MAX_DRAWDOWN, price, quantity, cause)
    if cause >= 0:
        update = _update(container, bar, cause)
        if not ledger.equity > 0.0:
            breach(container, FIRST, bar, update, _EXHAUSTED, NOTHING, price, quantity)
    ledger.peak = max(ledger.peak, ledger.equity)
    return ledger.equity


@kernel
def _stop_losing(container, bar, update, reason, price, quantity, cause):
    """Halt, and flatten if that is wanted; the breach if its closing filled anything, else ``cause``."""
    told = breach(container, FIRST, bar, update, reason, NOTHING, price, quantity)
    halt(container, bar, told, reason)
    if container.settings.on_breach == _FLATTEN and _flatten(container, bar, told, reason):
        return told
    return cause


@kernel
def _flatten(container, bar, cause, reason):
    """Send what closes each position that nothing closes yet; whether any of it was filled at once."""
    any_filled = False
    for slot in range(container.holdings.shape[0]):
        if container.holdings[slot]["quantity"] == 0.0 or _closing_order(container, slot) >= 0:
            continue
        if has_bar(container, slot, bar):
            any_filled = _close_now(container, slot, bar, cause, reason) or any_filled
        else:
            index = send_closing(container, slot, bar, cause, reason)
            container.book[index]["first_bar"] = bar + 1
    return any_filled
