"""The end of a container of the order engine, with the metrics that only it has."""

from ..compilation import kernel
from ..counts import count_orders
from ..outcome import write_outcome
from ..views import view


@kernel
def end_container(ending, held, parts, equity_metrics, settings, metrics, outcome):
    """As ``write_outcome``, and the columns about margin and limits.

    ``held``, ``parts`` and ``equity_metrics`` are the instances themselves, so that all is held while it is read.
    """
    count_orders(held.counts, parts.ledger.orders, 0)
    if write_outcome(
        ending,
        view(equity_metrics),
        equity_metrics.lanes,
        held.trades,
        view(parts.ledger),
        settings,
        metrics,
        outcome,
    ):
        metrics[22] = parts.ledger.financing_paid
        metrics[23] = float(parts.ledger.breaches)
        metrics[24] = float(parts.ledger.liquidations)
