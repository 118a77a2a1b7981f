"""Events of bars on which nothing happens but that they come, are evaluated, and value the position."""

from .compilation import kernel
from .constants import EventKind, Reason
from .events import write_event

_BAR = int(EventKind.BAR)
_FEATURES = int(EventKind.FEATURES)
_PORTFOLIO_UPDATE = int(EventKind.PORTFOLIO_UPDATE)
_NONE = int(Reason.NONE)


@kernel
def write_bar(ring, sequence, bar, symbol, close):
    """Write a BAR; the next sequence number."""
    write_event(ring, sequence, _BAR, bar, -1, symbol, _NONE, 0, close, 0.0, 0.0, 0.0)
    return sequence + 1


@kernel
def write_features(ring, sequence, bar, symbol, cause, first):
    """Write the FEATURES of a bar that is evaluated, that is from bar ``first`` on; the next sequence number."""
    if bar < first:
        return sequence
    write_event(ring, sequence, _FEATURES, bar, cause, symbol, _NONE, 0, 0.0, 0.0, 0.0, 0.0)
    return sequence + 1


@kernel
def write_update(ring, sequence, bar, symbol, cause, close, quantity, cash):
    """Write a PORTFOLIO_UPDATE; the next sequence number."""
    equity = cash + quantity * close
    write_event(ring, sequence, _PORTFOLIO_UPDATE, bar, cause, symbol, _NONE, 0, close, quantity, equity, cash)
    return sequence + 1


@kernel
def write_calm_bars(ring, sequence, begin, end, symbol, first, close, quantity, cash, is_read):
    """Write the events of whole bars on which nothing else happens; the next sequence number."""
    if not is_read:
        return sequence + 2 * (end - begin) + max(end - max(begin, first), 0)
    for t in range(begin, end):
        bar_event = sequence
        sequence = write_bar(ring, sequence, t, symbol, close[t])
        sequence = write_features(ring, sequence, t, symbol, bar_event, first)
        sequence = write_update(ring, sequence, t, symbol, bar_event, close[t], quantity, cash)
    return sequence
