"""What the number of trials costs: the best Sharpe ratio that luck alone brings, and what is left above it."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics import normal
from admf_jit.statistics.checks import Floats, at_least, given_back, numbers
from admf_jit.statistics.sharpe import probabilistic_sharpe_ratio


def expected_maximum_sharpe_ratio(trials: npt.ArrayLike, trials_variance: npt.ArrayLike) -> Any:
    """Return the best Sharpe ratio to expect of independent trials whose true Sharpe ratios are all zero.

    sqrt(V) ((1 - g) z(1 - 1 / N) + g z(1 - 1 / (N e))), g being Euler's constant and z the normal quantile; 0 for one
    trial. Source: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (2014).

    Parameters
    ----------
    trials : how many independent trials, at least 1; an effective number need not be whole
    trials_variance : of the Sharpe ratios of the trials; the result is per the same period

    Raises
    ------
    StatisticsError : a number is missing or outside these limits
    """
    return given_back(np.sqrt(at_least("trials_variance", trials_variance, 0.0)) * _luck(trials))


def deflated_sharpe_ratio(
    sharpe: npt.ArrayLike,
    n: npt.ArrayLike,
    skewness: npt.ArrayLike,
    kurtosis: npt.ArrayLike,
    trials: npt.ArrayLike,
    trials_variance: npt.ArrayLike,
    convention: str = "2012",
    autocorrelation: npt.ArrayLike = 0.0,
) -> Any:
    """Return the probability with which the best of many trials has a true Sharpe ratio above what luck brings.

    The probabilistic Sharpe ratio against `expected_maximum_sharpe_ratio`. Source: Bailey and Lopez
    de Prado (2014), whose example is 0.9004 for 100 trials.

    Parameters
    ----------
    sharpe : Sharpe ratio of the best trial, per period
    n : number of its returns, at least 2
    skewness, kurtosis : of its returns; kurtosis is 3 for normal returns
    trials : how many independent trials it was chosen from, at least 1
    trials_variance : of the trials' Sharpe ratios, per period (an annual one is divided by the periods per year)
    convention, autocorrelation : as in `probabilistic_sharpe_ratio`; the paper's is "2012"

    Raises
    ------
    StatisticsError : a number is missing or outside these limits
    """
    benchmark = expected_maximum_sharpe_ratio(trials, trials_variance)
    return probabilistic_sharpe_ratio(sharpe, n, skewness, kurtosis, benchmark, convention, autocorrelation)


def minimum_backtest_length(trials: npt.ArrayLike, sharpe: npt.ArrayLike = 1.0) -> Any:
    """Return how long a backtest has to be before luck alone stops reaching a Sharpe ratio in so many trials.

    (((1 - g) z(1 - 1 / N) + g z(1 - 1 / (N e))) / SR)^2: over that length the expected best of N worthless trials is
    SR. Source: Bailey, Borwein, Lopez de Prado and Zhu, "Pseudo-Mathematics and Financial Charlatanism", Notices of
    the AMS 61 (2014), whose example is five years for 45 trials and a Sharpe ratio of 1.

    Parameters
    ----------
    trials : how many independent trials, at least 1
    sharpe : the Sharpe ratio that would be believed, above 0; annual gives years, per period gives periods

    Raises
    ------
    StatisticsError : a number is missing or outside these limits
    """
    believed = numbers("sharpe", sharpe)
    if believed.size and believed.min() <= 0.0:
        raise StatisticsError(f"sharpe: expected numbers above 0, found {believed.min():g}")
    return given_back((_luck(trials) / believed) ** 2)


def _luck(trials: npt.ArrayLike) -> Floats:
    """Return the expected maximum of standard normal numbers, and 0 where the approximation falls below it."""
    count = np.maximum(at_least("trials", trials, 1.0), math.nextafter(1.0, 2.0))
    first, second = -normal.quantile(1.0 / count), -normal.quantile(1.0 / (count * math.e))
    return np.asarray(np.maximum((1.0 - normal.EULER_GAMMA) * first + normal.EULER_GAMMA * second, 0.0))
