"""Events of bars on which nothing happens but that they come, are evaluated, and value the position."""

from .compilation import kernel
from .constants import EventKind, Reason
from .events import write_event
from .metrics import EQUITY_TILE, add_equities
from .ownership import borrow

_BAR = int(EventKind.BAR)
_FEATURES = int(EventKind.FEATURES)
_PORTFOLIO_UPDATE = int(EventKind.PORTFOLIO_UPDATE)
_NONE = int(Reason.NONE)


@kernel
def write_bar(ring, sequence, bar, symbol, close):
    """Write a BAR; the next sequence number."""
    write_event(ring, sequence, _BAR, bar, -1, symbol, _NONE, 0, (close, 0.0, 0.0, 0.0))
    return sequence + 1


@kernel
def write_features(ring, sequence, bar, symbol, cause, first):
    """Write the FEATURES of a bar that is evaluated, that is from bar ``first`` on; the next sequence number."""
    if bar < first:
        return sequence
    write_event(ring, sequence, _FEATURES, bar, cause, symbol, _NONE, 0, (0.0, 0.0, 0.0, 0.0))
    return sequence + 1


@kernel
def write_update(ring, sequence, bar, symbol, cause, close, quantity, balance, cost):
    """Write a PORTFOLIO_UPDATE; the next sequence number.

    ``cost`` is what the units were bought for where the balance has not paid it, as in ``evaluation``; else 0.0.
    """
    equity = balance + (quantity * close - cost)
    write_event(
        ring, sequence, _PORTFOLIO_UPDATE, bar, cause, symbol, _NONE, 0, (close, quantity, equity, balance - cost)
    )
    return sequence + 1


@kernel
def write_calm_bars(ring, sequence, begin, end, symbol, first, close, position, is_read):
    """Write the events of whole bars on which nothing else happens; the next sequence number.

    ``position``: its quantity, and balance and cost as in ``write_update``.
    """
    if not is_read:
        return sequence + 2 * (end - begin) + max(end - max(begin, first), 0)
    quantity, balance, cost = position
    for t in range(begin, end):
        bar_event = sequence
        sequence = write_bar(ring, sequence, t, symbol, close[t])
        sequence = write_features(ring, sequence, t, symbol, bar_event, first)
        sequence = write_update(ring, sequence, t, symbol, bar_event, close[t], quantity, balance, cost)
    return sequence


@kernel
def take_calm_bars(metrics, equities, begin, end, close, position):
    """Take the equity at the close of such bars into the metrics of an account that takes all of its bars by tiles.

    ``equities`` is that of ``add_equities``; the rest as in ``write_calm_bars``.
    """
    close = borrow(close)
    quantity, balance, cost = position
    t = begin
    while t < end:
        start = t & -EQUITY_TILE
        stop = min(start + EQUITY_TILE, end)
        for bar in range(t, stop):
            equities[bar - start + 1] = balance + (quantity * close[bar] - cost)
        if stop == start + EQUITY_TILE:
            add_equities(metrics, equities, EQUITY_TILE)
        t = stop
