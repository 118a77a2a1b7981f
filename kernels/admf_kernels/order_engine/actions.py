"""Dated values of the data that act on positions: ``docs/trading-model.md`` section 14."""

import numpy as np

from ..compilation import FIRST, NOTHING, hot_kernel, kernel
from ..constants import EventKind, Reason
from .account import worth
from .emit import emit

_FINANCING = np.int64(EventKind.FINANCING)
_FUNDING = np.int64(Reason.FUNDING)
#: The bar of an action that never comes.
NEVER = np.int64(np.iinfo(np.int64).max)


@hot_kernel
def _concerns(container, slot, action):
    """Whether an action is about the symbol of holding ``slot``."""
    return action["symbol"] == container.universe[slot]


@kernel
def _is_asked_for(container, action):
    """Whether an action is one of a container: of its symbols, and of a column that its settings name."""
    if action["column"] != container.settings.funding_column:
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


@kernel
def begin_actions(container, bar):
    """Let the next action be the first one from ``bar`` on."""
    _seek(container, 0)
    pass_actions(container, bar - 1)


@kernel
def pass_actions(container, bar):
    """Go on to the first action after ``bar``."""
    while container.ledger.action_bar <= bar:
        _seek(container, container.ledger.action + 1)


@kernel
def _pay(container, slot, bar, cause, reason, amount):
    """Take an ``amount`` from the account, or give it where it is negative."""
    if amount == 0.0:
        return
    holding, ledger = container.holdings[slot], container.ledger
    ledger.cash -= amount
    ledger.financing_paid += amount
    numbers = holding["close"], holding["quantity"], amount, ledger.cash
    emit(container, _FINANCING, bar, cause, slot, reason, NOTHING, numbers)


@kernel
def act_at_close(container, slot, bar, cause):
    """Step 5: pay the funding of the position that is held when the close is known."""
    actions, place = container.bars.actions, container.ledger.action
    holding = container.holdings[slot]
    while place < actions.shape[0] and actions[place]["bar"] == bar:
        action = actions[place]
        if _concerns(container, slot, action) and action["column"] == container.settings.funding_column:
            value = holding["quantity"] * worth(holding, holding["close"])
            _pay(container, slot, bar, cause, _FUNDING, value * action["value"])
        place += 1
