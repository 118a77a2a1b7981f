"""Target weights: the market as a strategy sees it, and the orders that lead to its weights. Section 16."""

import math

from ..arithmetic import divide
from ..compilation import hot_kernel, kernel
from .account import equity_now, worth
from .bar import has_bar
from .signals import rebalance


@hot_kernel
def show_market(container, recorded, market, t):
    """Fill ``market`` with what is known at the close of bar ``t``; how many symbols are ready, and the equity."""
    equity = equity_now(container)
    n_ready = 0
    for slot in range(container.holdings.shape[0]):
        holding = container.holdings[slot]
        is_ready = recorded.seen[slot] > recorded.warmups[slot]
        n_ready += is_ready
        market.close[slot] = holding["close"] if recorded.seen[slot] > 0 else math.nan
        market.has_bar[slot] = has_bar(container, slot, t)
        market.volume[slot] = container.bars.volume[container.universe[slot], t]
        market.ready[slot] = is_ready
        market.held[slot] = divide(holding["quantity"] * worth(holding, holding["close"]), equity)
        market.weights[slot] = 0.0
        for field in range(market.fields.shape[0]):
            market.fields[field, slot] = recorded.features[slot, field, t - recorded.origin] if is_ready else math.nan
    return n_ready, equity


@kernel
def read_weights(container, t, weights, features_event):
    """Send the orders that lead to ``weights``: those that sell before those that buy, so that cash is there."""
    equity = equity_now(container)
    for selling in (True, False):
        for slot in range(container.holdings.shape[0]):
            weight = weights[slot]
            if has_bar(container, slot, t) and math.isfinite(weight):
                holding = container.holdings[slot]
                sells = weight * equity < holding["quantity"] * worth(holding, holding["close"])
                if sells == selling:
                    rebalance(container, slot, t, weight, equity, features_event)
