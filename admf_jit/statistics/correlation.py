"""How many independent trials a number of correlated ones comes to."""

from typing import Any

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.checks import at_least, given_back, numbers, table


def average_correlation(returns: npt.ArrayLike) -> float:
    """Return the mean correlation of all pairs of containers.

    Of columns z of mean 0 and length 1 it is ``(|sum of z|^2 - N) / (N (N - 1))``: no table of all pairs is made.

    Parameters
    ----------
    returns : [period, container], at least 3 periods and 2 containers, in none of which all returns are the same

    Raises
    ------
    StatisticsError : another shape, a missing number, or a container whose returns are all the same
    """
    given = table("returns", returns, 3, 2)
    still = np.flatnonzero(np.ptp(given, axis=0) == 0.0)
    if len(still):
        raise StatisticsError(
            f"returns: container {still[0]} has the same return in every period, and no correlation; leave it out"
        )
    moved = given - given.mean(axis=0)
    moved /= np.sqrt((moved * moved).sum(axis=0))
    n = moved.shape[1]
    together = moved.sum(axis=1)
    return float(np.clip((together @ together - n) / (n * (n - 1.0)), -1.0, 1.0))


def effective_number_of_trials(trials: npt.ArrayLike, correlation: npt.ArrayLike) -> Any:
    """Return how many independent trials there are among correlated ones: r + (1 - r) N.

    Trials that are all alike (r = 1) count as one, uncorrelated ones (r = 0) each; a mean correlation below 0 counts
    as 0. Source: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (2014),
    appendix on the number of independent trials.

    Parameters
    ----------
    trials : how many there are, N, at least 1; correlation : the mean of all pairs, r, from -1 to 1

    Raises
    ------
    StatisticsError : a number is missing or outside these limits
    """
    count, mean = at_least("trials", trials, 1.0), numbers("correlation", correlation)
    if mean.size and (mean.min() < -1.0 or mean.max() > 1.0):
        raise StatisticsError(f"correlation: expected numbers from -1 to 1, found {mean.min():g} to {mean.max():g}")
    mean = np.maximum(mean, 0.0)
    return given_back(np.asarray(mean + (1.0 - mean) * count))
