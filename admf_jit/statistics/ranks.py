"""Which rows of a ranking can be told apart.

Source: Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks with Applications to Mobility across Neighbourhoods
and Academic Achievement across Countries", Review of Economic Studies 91 (2024): simultaneous intervals for all
pairwise differences become intervals for ranks.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.bootstrap import resampling, weights
from admf_jit.statistics.checks import Floats, Integers, fraction, table

_MOST = 2000


@dataclass(frozen=True)
class RankIntervals:
    """Ranks by Sharpe ratio, 1 being the best; all intervals hold at once with the confidence asked for."""

    sharpe: Floats
    """[container]: Sharpe ratio per period (standard deviation with divisor n)."""
    lowest: Integers
    """[container]: the best rank that it may have: one more than those surely better."""
    highest: Integers
    """[container]: the worst rank that it may have: all less those surely worse."""
    tied_with_best: Integers
    """The containers that may have rank 1, by falling Sharpe ratio: these cannot be told apart from the best."""


def rank_intervals(
    returns: npt.ArrayLike,
    confidence: float = 0.95,
    block_length: float | None = None,
    n_bootstrap: int = 1000,
    seed: int = 0,
    indices: npt.ArrayLike | None = None,
) -> RankIntervals:
    """Return between which ranks each container lies, ranked by Sharpe ratio, all at once with this confidence.

    Container k is surely better than j where their difference is above c times its standard error. c is the quantile of
    the largest resampled difference less the difference, in absolute value, over its standard error, over all pairs;
    standard errors and histories are those of the stationary bootstrap. Containers with the same returns are never told
    apart.

    Parameters
    ----------
    returns : [period, container], at least 8 periods and 2 containers, at most 2,000: pass the best rows of a search
    confidence : above 0 and below 1
    block_length, n_bootstrap, seed, indices : as in `superior_predictive_ability`

    Raises
    ------
    StatisticsError : another shape, a missing return, too many containers, or one that never moves
    """
    values, level = table("returns", returns, 8, 2), fraction("confidence", confidence)
    if values.shape[1] > _MOST:
        raise StatisticsError(
            f"returns: expected at most {_MOST} containers, found {values.shape[1]}; pass the best rows"
        )
    flat = np.ptp(values, axis=0) == 0.0
    if flat.any():
        raise StatisticsError(
            f"returns: container {int(flat.argmax())} has the same return in every period; leave it out"
        )
    drawn, _ = resampling(values, block_length, n_bootstrap, seed, indices)
    sharpe = _sharpe(np.full((1, len(values)), 1.0 / len(values)), values)[0]
    errors = _sharpe(weights(drawn), values) - sharpe
    better = _surely_better(sharpe, errors, level)
    lowest, highest = 1 + better.sum(axis=0), len(sharpe) - better.sum(axis=1)
    order = np.argsort(-sharpe, kind="stable")
    return RankIntervals(sharpe, lowest, highest, order[lowest[order] == 1])


def _surely_better(sharpe: Floats, errors: Floats, level: float) -> npt.NDArray[np.bool_]:
    """Return [k, j]: whether k is above j beyond what chance makes of the farthest pair."""
    covariance = np.cov(errors, rowvar=False)
    spread = np.diag(covariance)
    variance = spread[:, None] + spread - 2.0 * covariance
    # Equal returns differ by rounding alone.
    apart = variance > 1e-12 * (spread[:, None] + spread)
    scale = np.sqrt(np.where(apart, variance, 1.0))
    farthest = [np.max(np.abs(error[:, None] - error) * apart / scale) for error in errors]
    return np.asarray(apart & (sharpe[:, None] - sharpe > np.quantile(farthest, level) * scale))


def _sharpe(shares: Floats, returns: Floats) -> Floats:
    """Return Sharpe ratios of histories in which each period has these shares: [history, container]."""
    center = returns.mean(axis=0)
    moved = returns - center
    mean = shares @ moved
    variance = shares @ np.square(moved) - np.square(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (mean + center) / np.sqrt(variance)
    if not np.all(np.isfinite(ratio)):
        raise StatisticsError(
            "returns: a container moves in so few periods that resampled histories have none of them; leave it out"
        )
    return np.asarray(ratio)
