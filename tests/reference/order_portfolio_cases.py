"""Random cases of several symbols: bars that some of them do not have, one account, on_bar or target weights.

The same seed gives the same case. Bars and settings are drawn as in the cases of one symbol.
"""

from dataclasses import dataclass, replace

import numpy as np

from tests.reference.order_random_cases import (
    GRIDS,
    Before,
    Row,
    _hours,
    _maybe,
    _pick,
    _rows,
    _settings,
    before,
    with_gaps,
)  # fmt: skip
from tests.reference.order_settings import OrderSettings

SCHEDULES = ("bar", "session", "week", "month")


@dataclass(frozen=True)
class PortfolioCase:
    """Hours since a Tuesday's midnight on the axis; for each symbol its rows, None where it has no bar."""

    hours: list[int]
    rows: list[list[Row | None]]
    grid: float
    settings: OrderSettings
    rebalance: str
    stream: int
    busyness: int
    unit: float  # a size: a quantity for orders, a weight for weights
    delisted: dict[int, float]  # prices of symbols that end before the others, by their number
    before: Before
    own: tuple[dict[str, list[float]], ...] = ()  # of each symbol, columns besides, the bars before bar 0 among them


def portfolio_case(seed: int, *, weights: bool) -> PortfolioCase:
    """Draw a case for a strategy with `target_weights`, or with `on_bar`."""
    g = np.random.default_rng([seed, int(weights)])
    grid = _pick(g, GRIDS)
    n = int(g.integers(40, 110))
    n_symbols = int(_pick(g, (1, 2, 2, 3, 3, 4)))
    rows = [with_gaps(g, _rows(g, n, grid)) for _ in range(n_symbols)]
    present = [t for t in range(n) if any(series[t] is not None for series in rows)]
    rows = [[series[t] for t in present] for series in rows]
    hours = _hours(g, n)
    if weights:
        # Days apart, so that weeks and months begin: every hour of the walk becomes some days.
        hours = [24 * (hour // 3) + hour % 24 for hour in hours] if g.random() < 0.5 else hours
        hours = sorted(set(hours))
    hours = [hours[t] if t < len(hours) else hours[-1] + 1 + t - len(hours) for t in range(len(present))]
    level = next(row for row in rows[0] if row is not None)[0]
    settings = _settings(g, level, grid)
    leverage = settings.margin["leverage"] if settings.margin else 1.0
    unit = 0.15 * leverage if weights else leverage * settings.cash / level / (15 * n_symbols)
    if weights:
        # Weights are sizes of their own.
        settings = replace(settings, sizing=None, pyramiding=1, position_size=1.0)
    elif settings.sizing is None:
        settings = replace(settings, position_size=_pick(g, (0.2, 0.5, 1.0)))
    return PortfolioCase(
        hours, rows, grid, settings, _pick(g, SCHEDULES) if weights else "bar",
        int(g.integers(1, 2**31)), int(g.integers(5, 90)), _maybe(g, 0.3, (0.5 * unit, 2 * unit), unit),
        _delisted(seed, rows), before(seed, hours, grid, n_symbols),
    )  # fmt: skip


def _delisted(seed: int, rows: list[list[Row | None]]) -> dict[int, float]:
    """Give some of the symbols that end before the others a price: nothing, less or more than their last close.

    It has numbers of its own, so that all else of a case is the same with it and without.
    """
    g = np.random.default_rng([seed, 16])
    prices = {}
    for number, series in enumerate(rows):
        last = next(row for row in reversed(series) if row is not None)
        price = _pick(g, (None, 0.0, 0.5 * last[3], 1.25 * last[3]))
        if series[-1] is None and price is not None:
            prices[number] = price
    return prices
