"""Target weights: what a strategy is shown of the market, and the orders that lead to its answer. Section 16."""

import math

from ..arithmetic import divide
from ..compilation import kernel, shared_kernel
from .account import equity_now
from .bar import has_bar
from .signals import rebalance


@kernel
def look_at_market(container, close, volume, present, ready, weights, t, seen, warmups):
    """Fill the arrays of a ``Market`` with what is known at the close of bar ``t``; the equity."""
    equity = equity_now(container)
    for slot in range(container.holdings.shape[0]):
        holding = container.holdings[slot]
        close[slot] = holding["close"]
        present[slot] = has_bar(container, slot, t)
        volume[slot] = container.bars.volume[container.universe[slot], t]
        ready[slot] = seen[slot] > warmups[slot]
        weights[slot] = divide(holding["quantity"] * holding["close"], equity)
    return equity


@shared_kernel
def take_weights(container, t, weights, features_event):
    """Send the orders that lead to ``weights``: those that sell before those that buy, so that cash is there."""
    equity = equity_now(container)
    for selling in (True, False):
        for slot in range(container.holdings.shape[0]):
            weight = weights[slot]
            if has_bar(container, slot, t) and math.isfinite(weight):
                holding = container.holdings[slot]
                sells = weight * equity < holding["quantity"] * holding["close"]
                if sells == selling:
                    rebalance(container, slot, t, weight, equity, features_event)
