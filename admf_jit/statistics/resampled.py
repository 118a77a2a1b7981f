"""What might have come of a container if its returns had come in another order: cones, drawdowns, ruin.

Resampled returns keep the mean that was found. They say how rough the way may be, and nothing of whether there is an
edge: a strategy that had luck has it in every resampled history.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.bootstrap import common_block_length, stationary_bootstrap_indices
from admf_jit.statistics.checks import Floats, Integers, at_least, numbers, scalar, whole

#: Places along the way at which the cones are kept.
_STEPS = 200
#: Numbers that are worked on at a time.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class ResampledPaths:
    """Histories put together anew, in units of the equity at their start."""

    levels: Floats
    """[level]: of the quantiles."""
    steps: Integers
    """[step]: numbers of returns after which the cones are kept, the last one all."""
    equity: Floats
    """[level, step]: quantiles of the equity."""
    drawdown: Floats
    """[level, step]: quantiles of the largest drawdown so far, 0 or negative."""
    final: Floats
    """[history]: equity at the end."""
    max_drawdown: Floats
    """[history]"""
    ruin_probability: float
    """The share of histories whose equity fell to the level of ruin."""
    block_length: float
    """Mean length of the blocks resampled."""

    said = (
        "resampled returns keep the mean that was found: they show how rough the way may be, and do not test whether "
        "there is an edge"
    )

    @property
    def drawdown_interval(self) -> tuple[float, float]:
        """Between which values the largest drawdown lies in 95 % of the histories."""
        low, high = np.quantile(self.max_drawdown, [0.025, 0.975])
        return float(low), float(high)


def resampled_paths(
    returns: npt.ArrayLike,
    n_paths: int = 1000,
    block_length: float | None = None,
    ruin: float = 0.5,
    seed: int = 0,
    levels: npt.ArrayLike = (0.05, 0.25, 0.5, 0.75, 0.95),
) -> ResampledPaths:
    """Return cones of equity and drawdown of resampled returns, and how probable ruin is.

    Histories are drawn by the stationary bootstrap. Returns of bars depend on their neighbours: their blocks are as
    long as `optimal_block_length` says. For trades, whose order is drawn anew one by one, take ``block_length=1``.

    Parameters
    ----------
    returns : [return], at least 2, none below -1
    n_paths : number of histories; block_length : mean length of blocks, None for the optimal one; seed : of the draws
    ruin : share of the starting equity at which an account is taken to be ruined, from 0 to 1
    levels : of the quantiles, from 0 to 1

    Raises
    ------
    StatisticsError : another shape, or a number missing or outside these limits
    """
    values = at_least("returns", returns, -1.0)
    if values.ndim != 1 or values.size < 2:
        raise StatisticsError(f"returns: expected a vector of at least 2 numbers, found the shape {values.shape}")
    n_paths, at = whole("n_paths", n_paths, 1), np.atleast_1d(numbers("levels", levels))
    if at.min() < 0.0 or at.max() > 1.0 or not 0.0 <= scalar("ruin", ruin, 0.0) <= 1.0:
        raise StatisticsError("levels, ruin: expected numbers from 0 to 1")
    length = common_block_length(values[:, np.newaxis]) if block_length is None else block_length
    n = len(values)
    steps = np.unique(np.linspace(1, n, min(n, _STEPS)).astype(np.int64))
    equity, drawdown = np.empty((n_paths, len(steps))), np.empty((n_paths, len(steps)))
    lowest = np.empty(n_paths)
    generator = np.random.default_rng(seed)
    together = max(1, _AT_ONCE // n)
    for begin in range(0, n_paths, together):
        some = slice(begin, min(begin + together, n_paths))
        drawn = stationary_bootstrap_indices(n, length, some.stop - some.start, generator)
        path = np.cumprod(1.0 + values[drawn], axis=1)
        lowest[some] = path.min(axis=1)
        peaks = np.maximum(np.maximum.accumulate(path, axis=1), 1.0)
        worst = np.minimum.accumulate(path / peaks - 1.0, axis=1)
        equity[some], drawdown[some] = path[:, steps - 1], worst[:, steps - 1]
    return ResampledPaths(
        at,
        steps,
        np.quantile(equity, at, axis=0),
        np.quantile(drawdown, at, axis=0),
        equity[:, -1].copy(),
        drawdown[:, -1].copy(),
        float(np.mean(lowest <= ruin)),
        float(length),
    )
