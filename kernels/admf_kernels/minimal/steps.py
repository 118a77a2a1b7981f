"""What happens to neighbouring containers that only send market orders: they are valued, filled, stopped or ended."""

from ..compilation import hot_kernel, kernel
from ..constants import Outcome
from ..costs import read_costs
from ..lanes import below, both, equal, is_any, load, mask_of, opposite, spread
from ..ownership import borrow
from ..valuation import value
from .accounts import FIELD, account_of, place_of
from .evaluation_blocks import keep_position
from .fills import fill_one, fill_together, match
from .signal_codes import RAISED, row_of

_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)


@hot_kernel
def side_of(accounts, k):
    """The side that container ``k`` holds: -1, 0 or 1."""
    return row_of(account_of(accounts, k).quantity) - 1


@hot_kernel
def value_until(accounts, equities, lanes, close, k, stop):
    """Take the bars before ``stop`` that are not yet valued: whether the container goes on."""
    account = account_of(accounts, k)
    if equities[k].valued < stop:
        # An order of the last bar of a tile is filled in the next one already.
        equities[k].trades = int(account.count)
    ruin = value(equities[k], lanes[k], account.cash, account.quantity, close, stop)
    if ruin < stop:
        _stop(equities[k], _EQUITY_EXHAUSTED, ruin)
        return False
    return True


@hot_kernel
def _stop(equity, outcome, bar):
    equity.outcome = outcome
    equity.end = bar


@kernel
def end_all(close, settings, accounts, equities, lanes, first, end):
    """Bring containers that hold the same to the end of the bars."""
    accounts, equities, lanes = borrow(accounts), borrow(equities), borrow(lanes)
    n_bars = close.shape[0]
    closes_at_end = settings[first].close_at_end
    for k in range(first, end):
        account = account_of(accounts, k)
        if closes_at_end and account.quantity != 0.0:
            if not value_until(accounts, equities, lanes, close, k, n_bars - 1):
                continue
            match(account, read_costs(borrow(settings[k])), n_bars - 1, close[n_bars - 1], -account.quantity)
        value_until(accounts, equities, lanes, close, k, n_bars)


@kernel
def stop_all(signal, close, accounts, equities, lanes, positions, first, end, bar):
    """Stop containers whose strategy gave no signal at ``bar``, and keep what they hold in ``positions``."""
    accounts, equities, lanes, positions = borrow(accounts), borrow(equities), borrow(lanes), borrow(positions)
    for k in range(first, end):
        account = account_of(accounts, k)
        keep_position(positions[k], account.quantity, account.entry_price, account.entry_bar, account.cash)
        if value_until(accounts, equities, lanes, close, k, bar):
            _stop(equities[k], _STRATEGY_RAISED if signal == RAISED else _UNKNOWN_DIRECTION, bar)


@hot_kernel
def fill_all(settings, accounts, equities, lanes, close, k, end, side, direction, price, base, fill_bar):
    """Fill what takes the containers from ``k`` to ``end - 1``, one set of lanes, to ``direction``: whether all did.

    All of them hold ``side`` (-1, 0 or 1); ``direction`` is another one of these.
    """
    bits = 0
    for i in range(end - k):
        if value_until(accounts, equities, lanes, close, k + i, fill_bar):
            bits |= 1 << i
    mask = mask_of(bits)
    way = spread(1.0 if direction > side else -1.0)
    directions = spread(float(direction))
    if not fill_together(accounts, k, mask, way, directions, spread(price), spread(base), spread(float(fill_bar))):
        for i in range(end - k):
            if (bits >> i) & 1:
                fill_one(accounts, k + i, borrow(settings[k + i]), float(direction), price, base, fill_bar)
    held = load(accounts, place_of(FIELD.quantity, k))
    if direction == 0:
        there = equal(held, spread(0.0))
    else:
        there = below(spread(0.0), held * directions)
    return bits == (1 << (end - k)) - 1 and not is_any(both(mask, opposite(there)))
