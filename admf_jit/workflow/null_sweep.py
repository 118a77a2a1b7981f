"""The same sweep on markets without what it looks for: would the best of all rows have done as well there?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.surrogates import surrogate
from admf_jit.errors import ConfigError, StatisticsError
from admf_jit.statistics import optimal_block_length
from admf_jit.workers.batch import NO_RING, run_containers
from admf_jit.workflow.prepared import Prepared
from admf_kernels.constants import METRIC_NAMES

_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class NullSweep:
    """The best objective of a sweep, and of the same sweep on n surrogate markets."""

    objective: str
    observed: float
    best: NDArray[np.float64]
    """[market]: the best objective of all rows there; NaN where no row has one."""
    p_value: float
    """The share of markets, this one counted, whose best row is as good."""
    method: str
    block_length: float
    seed: int

    def __str__(self) -> str:
        found = self.best[np.isfinite(self.best)]
        if not len(found):
            return (
                f"the best {self.objective} is {self.observed:.3f}; of the same sweep on {len(self.best):,} surrogate "
                f"markets ({self.method}) no row has one: p = {self.p_value:.3f}"
            )
        return (
            f"the best {self.objective} is {self.observed:.3f}; of the same sweep on {len(self.best):,} surrogate "
            f"markets ({self.method}) it is {np.median(found):.3f} in the middle and {np.quantile(found, 0.95):.3f} in "
            f"one of twenty: p = {self.p_value:.3f}"
        )


def null_sweep(
    prepared: Prepared,
    observed: float,
    n: int,
    method: str = "blocks",
    seed: int = 0,
    block_length: float | None = None,
) -> NullSweep:
    """Run all containers of a grid on ``n`` surrogate markets, in this process, and compare the best of each.

    ``observed`` is the best objective of the sweep itself. The market number k is that of ``surrogate`` with the seed
    (seed, k). ``block_length`` is by default the optimal one of the size of returns, which depend on their neighbours
    longest. Raises ConfigError where the objective is no metric, and DataError as ``surrogate`` does.
    """
    config, data = prepared.config, prepared.data
    objective = config.optimization.objective
    if objective not in METRIC_NAMES or config.optimization.draws:
        raise ConfigError(
            f"null: the sweep is ranked by {objective} with method {config.optimization.method}; expected a metric and "
            "a grid, whose best row is known without a search"
        )
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ConfigError(f"null: {name} is {value!r}; expected a whole number >= {least}")
    length = _length(data) if block_length is None else block_length
    largest = config.optimization.direction == "maximize"
    best = np.array([_best(prepared, surrogate(data, method, _seed(seed, k), length), largest) for k in range(n)])
    as_good = best >= observed if largest else best <= observed
    return NullSweep(objective, observed, best, (1 + int(as_good.sum())) / (1 + n), method, length, seed)


def _seed(seed: int, k: int) -> int:
    return int(np.random.SeedSequence((seed, k)).generate_state(1, np.uint64)[0])


def _length(data: MarketData) -> float:
    """A length of blocks for the size of returns of the first symbol."""
    moves = np.abs(np.diff(np.log(data.with_history.close[0])))
    try:
        return max(1.0, optimal_block_length(moves).stationary)
    except StatisticsError:
        return 1.0


def _best(prepared: Prepared, market: MarketData, largest: bool) -> float:
    place, module = METRIC_NAMES.index(prepared.config.optimization.objective), prepared.runner.module
    found = -np.inf
    for begin in range(0, len(prepared.grid), _AT_ONCE):
        some = np.arange(begin, min(begin + _AT_ONCE, len(prepared.grid)))
        containers = prepared.grid.select(prepared.grid.side_by_side(some))
        refusals = prepared.refusals(containers)
        kept = containers.part(np.setdiff1d(np.arange(len(containers)), list(refusals)))
        metrics = np.empty((len(kept), len(METRIC_NAMES)))
        run_containers(module, market, prepared.inputs.build_many(kept), NO_RING, metrics)
        values = metrics[:, place] if largest else -metrics[:, place]
        values = values[~np.isnan(values)]
        found = max(found, values.max(initial=-np.inf))
    if found == -np.inf:
        return float("nan")
    return float(found if largest else -found)
