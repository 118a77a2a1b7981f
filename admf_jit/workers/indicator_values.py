"""The values that a container's indicators have at every bar, for people to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.shared import compile_columns
from admf_jit.workers.columns import column_cache

if TYPE_CHECKING:
    from admf_jit.data import MarketData
    from admf_jit.strategies.declaration import Definition


def indicator_values(
    definition: Definition, data: MarketData, symbol: int, row: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Compute the indicators of a strategy for one symbol, by its number in the data.

    They are those that the strategy has read: the same code computes them for containers that share them.

    Parameters
    ----------
    row
        The strategy's parameters in their order, float64 (n_parameters,).

    Returns
    -------
    By field of the strategy, an output's name added where an indicator has several: float64 (n_bars,), NaN while it
    warms up.
    """
    shared = compile_columns(definition)
    found = {}
    for field, (indicator, output) in zip(feature_fields(definition), shared.features, strict=True):
        one = shared.indicators[indicator]
        (columns,) = column_cache().columns(data, symbol, shared, one, one.bound(row[np.newaxis]))
        values = columns.evaluated[output].astype(np.float64)
        values[: max(columns.warmup, 0)] = np.nan
        found[field.replace("__", ".")] = values
    return found
