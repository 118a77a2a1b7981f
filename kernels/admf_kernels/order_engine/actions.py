"""Dated values of the data that act on positions: ``docs/trading-model.md`` section 14."""

import numpy as np

from ..arithmetic import divide, is_rounding, round_down
from ..compilation import FIRST, NOTHING, hot_kernel, kernel, rare_kernel
from ..constants import EventKind, Reason, TrailingKind
from .account import worth
from .book import cancel, cancel_attached, each_order, has_bad_price, round_prices
from .emit import emit, emit_order
from .fills import close_trade

_FINANCING = np.int64(EventKind.FINANCING)
_SPLIT_EVENT = np.int64(EventKind.SPLIT)
_FUNDING = np.int64(Reason.FUNDING)
_DIVIDEND = np.int64(Reason.DIVIDEND)
_SPLIT = np.int64(Reason.SPLIT)
_AMOUNT = np.int64(TrailingKind.AMOUNT)
#: The bar of an action that never comes.
NEVER = np.int64(np.iinfo(np.int64).max)


@hot_kernel
def _concerns(container, slot, action):
    """Whether an action is about the symbol of holding ``slot``."""
    return action["symbol"] == container.universe[slot]


@kernel
def _is_asked_for(container, action):
    """Whether an action is one of a container: of its symbols, and of a column that its settings name."""
    settings, column = container.settings, action["column"]
    is_named = column == settings.funding_column or column == settings.dividends_column
    if not (is_named or column == settings.splits_column):
        return False
    return container.universe.shape[0] > 1 or _concerns(container, FIRST, action)


@kernel
def _seek(container, place):
    """Let the first action from ``place`` on that a container asks for be its next one."""
    actions, ledger = container.bars.actions, container.ledger
    while place < actions.shape[0] and not _is_asked_for(container, actions[place]):
        place += 1
    ledger.action = place
    ledger.action_bar = actions[place]["bar"] if place < actions.shape[0] else NEVER


@rare_kernel
def begin_actions(container, bar):
    """Let the next action be the first one from ``bar`` on."""
    _seek(container, 0)
    pass_actions(container, bar - 1)


@rare_kernel
def pass_actions(container, bar):
    """Go on to the first action after ``bar``."""
    while container.ledger.action_bar <= bar:
        _seek(container, container.ledger.action + 1)


@kernel
def _pay(container, slot, bar, cause, reason, price, amount):
    """Take an ``amount`` from the account, or give it where it is negative; ``price`` is what the event says."""
    if amount == 0.0:
        return
    ledger = container.ledger
    ledger.cash -= amount
    ledger.financing_paid += amount
    numbers = price, container.holdings[slot]["quantity"], amount, ledger.cash
    emit(container, _FINANCING, bar, cause, slot, reason, NOTHING, numbers)


@rare_kernel
def act_at_close(container, slot, bar, cause):
    """Step 5: pay the funding of the position that is held when the close is known."""
    actions, place = container.bars.actions, container.ledger.action
    holding = container.holdings[slot]
    while place < actions.shape[0] and actions[place]["bar"] == bar:
        action = actions[place]
        if _concerns(container, slot, action) and action["column"] == container.settings.funding_column:
            value = holding["quantity"] * worth(holding, holding["close"])
            _pay(container, slot, bar, cause, _FUNDING, holding["close"], value * action["value"])
        place += 1


@each_order
def _split_order(container, order, index, slot, ratio, bar, cause):
    """Let an order be for as much of the new shares, at as much of their price; cancel it where that is nothing."""
    if order["symbol"] != slot:
        return
    order["limit"] /= ratio
    order["stop"] /= ratio
    order["extreme"] /= ratio
    order["bracket_stop"] /= ratio
    order["bracket_target"] /= ratio
    if order["trailing"] == _AMOUNT:
        order["amount"] /= ratio
    order["target"] = _whole(container, order["target"] * ratio)
    order["quantity"] = _whole(container, order["quantity"] * ratio)
    if order["closes_position"] == 1:
        order["quantity"] = -container.holdings[slot]["quantity"]
    round_prices(order, container.tick)
    if order["quantity"] == 0.0 or has_bad_price(order):
        cancel(container, index, bar, cause, _SPLIT)
    else:
        emit_order(container, order, bar, cause, _SPLIT)


@kernel
def _whole(container, quantity):
    """A signed quantity in whole lots, rounded towards 0."""
    return round_down(quantity, container.lot) if quantity > 0.0 else -round_down(-quantity, container.lot)


@kernel
def _split(container, slot, bar, cause, ratio):
    """Make ``ratio`` new shares of each that is held; what is no whole lot of them is paid for at the open."""
    holding, ledger = container.holdings[slot], container.ledger
    price = container.bars.open[container.universe[slot], bar]
    shares = holding["quantity"] * ratio
    kept = _whole(container, shares)
    rest = shares - kept
    if is_rounding(rest, shares, 0.0):
        rest = 0.0
    paid = rest * worth(holding, price)
    ledger.cash += paid
    holding["entry_price"] /= ratio
    holding["largest"] *= ratio
    event = emit(container, _SPLIT_EVENT, bar, cause, slot, _SPLIT, NOTHING, (price, kept, ratio, paid))
    if kept == 0.0 and rest != 0.0:
        closed = close_trade(container, slot, bar, NOTHING, price, -rest, 0.0, event)
        holding["largest"] = 0.0
        cancel_attached(container, slot, bar, closed)
    else:
        holding["quantity"] = kept
        holding["trade_flow"] += paid
    _split_order(container, slot, ratio, bar, event)


@rare_kernel
def act_at_open(container, slot, bar, cause):
    """Before the open: pay dividends for the position held, and split it; its last close is that of the new shares."""
    actions, settings = container.bars.actions, container.settings
    holding = container.holdings[slot]
    dividend, ratio, place = 0.0, 1.0, container.ledger.action
    while place < actions.shape[0] and actions[place]["bar"] == bar:
        action = actions[place]
        if _concerns(container, slot, action):
            if action["column"] == settings.dividends_column:
                dividend = action["value"]
            if action["column"] == settings.splits_column:
                ratio = action["value"]
        place += 1
    if dividend != 0.0:
        amount = holding["quantity"] * worth(holding, dividend)
        _pay(container, slot, bar, cause, _DIVIDEND, dividend, -amount)
    if ratio != 1.0:
        _split(container, slot, bar, cause, ratio)
    holding["close"] = divide(max(holding["close"] - dividend, 0.0), ratio)
