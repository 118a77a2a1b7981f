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
def value_until(market, k, stop):
    """Take the bars before ``stop`` that are not yet valued: whether the container goes on."""
    account, equity = account_of(market.accounts, k), market.equities[k]
    if equity.valued < stop:
        # An order of the last bar of a tile is filled in the next one already.
        equity.trades = int(account.count)
    ruin = value(equity, market.lanes[k], account.cash, account.quantity, market.close, stop)
    if ruin < stop:
        _stop(equity, _EQUITY_EXHAUSTED, ruin)
        return False
    return True


@hot_kernel
def _stop(equity, outcome, bar):
    equity.outcome = outcome
    equity.end = bar


@kernel
def end_all(market, first, end):
    """Bring containers that hold the same to the end of the bars."""
    n_bars = market.close.shape[0]
    closes_at_end = market.settings[first].close_at_end
    for k in range(first, end):
        account = account_of(market.accounts, k)
        if closes_at_end and account.quantity != 0.0:
            if not value_until(market, k, n_bars - 1):
                continue
            costs = read_costs(borrow(market.settings[k]))
            match(account, costs, n_bars - 1, market.close[n_bars - 1], -account.quantity)
        value_until(market, k, n_bars)


@kernel
def stop_all(market, signal, first, end, bar):
    """Stop containers whose strategy gave no signal at ``bar``, and keep what they hold in ``positions``."""
    for k in range(first, end):
        keep_position_of(market, k)
        if value_until(market, k, bar):
            _stop(market.equities[k], _STRATEGY_RAISED if signal == RAISED else _UNKNOWN_DIRECTION, bar)


@hot_kernel
def keep_position_of(market, k):
    """Write down in ``positions`` what container ``k`` holds."""
    account = account_of(market.accounts, k)
    keep_position(market.positions[k], account.quantity, account.entry_price, account.entry_bar, account.cash)


@hot_kernel
def fill_all(market, k, end, side, direction, price, base, fill_bar):
    """Fill what takes the containers from ``k`` to ``end - 1``, one set of lanes, to ``direction``: whether all did.

    All of them hold ``side`` (-1, 0 or 1); ``direction`` is another one of these.
    """
    accounts = market.accounts
    bits = 0
    for i in range(end - k):
        if value_until(market, k + i, fill_bar):
            bits |= 1 << i
    mask = mask_of(bits)
    way = spread(1.0 if direction > side else -1.0)
    directions = spread(float(direction))
    if not fill_together(accounts, k, mask, way, directions, spread(price), spread(base), spread(float(fill_bar))):
        for i in range(end - k):
            if (bits >> i) & 1:
                settings = borrow(market.settings[k + i])
                fill_one(accounts, k + i, settings, float(direction), price, base, fill_bar)
    held = load(accounts, place_of(FIELD.quantity, k))
    if direction == 0:
        there = equal(held, spread(0.0))
    else:
        there = below(spread(0.0), held * directions)
    return bits == (1 << (end - k)) - 1 and not is_any(both(mask, opposite(there)))
