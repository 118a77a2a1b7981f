"""Who fills first where several symbols share one account: ``docs/trading-model.md`` section 16."""

from ..compilation import YES, kernel
from .bar import has_bar
from .book import increases_exposure
from .fills import match_order, wanted_quantity
from .matching import AT_OPEN, is_due_at_close, touch


@kernel
def _is_executable(container, order, bar, at_close):
    slot = order["symbol"]
    if not has_bar(container, slot, bar):
        return False
    if at_close:
        return order["spent_bar"] != bar and is_due_at_close(container, order, bar)
    key, _ = touch(container, order, slot, bar)
    return key == AT_OPEN


@kernel
def _opens(order, holding, lot_size):
    """Whether an order would open or increase a position now."""
    wanted = wanted_quantity(order, holding, lot_size)
    return increases_exposure(holding["quantity"], wanted, holding["largest"], lot_size)


@kernel
def _next_across(container, bar, at_close):
    """Index of the order that fills next at this bar's open or close, or -1.

    Over several symbols those that bring cash come first.
    """
    best = -1
    best_opens = False
    several = container.holdings.shape[0] > 1
    lot_size = container.lot.step
    for index in range(container.ledger.working):
        order = container.book[index]
        if not _is_executable(container, order, bar, at_close):
            continue
        opening = several and _opens(order, container.holdings[order["symbol"]], lot_size)
        earlier = best < 0 or (best_opens and not opening)
        if earlier or (opening == best_opens and order["number"] < container.book[best]["number"]):
            best = index
            best_opens = opening
    return best


@kernel
def match_across(container, bar, at_close):
    """Match what fills at the open (or the close) over all symbols: reducing orders first, then by their numbers."""
    while container.ledger.working > 0:
        index = _next_across(container, bar, at_close)
        if index < 0:
            return
        order = container.book[index]
        slot = order["symbol"]
        base = container.holdings[slot]["close"]
        if not at_close:
            base = container.bars.open[container.universe[slot], bar]
        match_order(container, index, slot, bar, AT_OPEN, base, YES)
