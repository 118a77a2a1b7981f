"""How sure one Sharpe ratio is: variance, probability to beat a benchmark, interval, and the track record needed.

Every Sharpe ratio here is per period (per bar, per month): an annual one is divided by sqrt(periods per year).
Kurtosis is Pearson's (3 for normal returns). Numbers may be arrays, which broadcast.

Two conventions are known by the year of their source.

- "2012": Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15 (2012), as in "The
  Deflated Sharpe Ratio", Journal of Portfolio Management 40 (2014). The variance is taken at the observed Sharpe ratio,
  over n - 1.
- "2026": Lopez de Prado, Lipton and Zoonekynd, "Sharpe Ratio Inference" (SSRN 5520741; its functions are at
  github.com/zoonek/2025-sharpe-ratio). The variance is taken at the benchmark, as a test asks, over n, and knows of
  autocorrelation.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics import normal
from admf_jit.statistics.checks import Floats, at_least, fraction, given_back, numbers, one_of

CONVENTIONS = ("2012", "2026")


def sharpe_ratio_variance(
    sharpe: npt.ArrayLike,
    n: npt.ArrayLike,
    skewness: npt.ArrayLike = 0.0,
    kurtosis: npt.ArrayLike = 3.0,
    autocorrelation: npt.ArrayLike = 0.0,
) -> Any:
    """Return the asymptotic variance of an estimated Sharpe ratio.

    (a - b skewness SR + c (kurtosis - 1) / 4 SR^2) / n, where returns follow an AR(1) of coefficient r and
    a = (1 + r) / (1 - r), b = 1 + r / (1 - r) + r^2 / (1 - r^2), c = (1 + r^2) / (1 - r^2); all are 1 without
    autocorrelation (Mertens 2002). Source: Lopez de Prado, Lipton and Zoonekynd, see the module.

    Parameters
    ----------
    sharpe : the Sharpe ratio per period at which the variance is taken
    n : number of returns, at least 2
    skewness, kurtosis : of the returns; kurtosis is 3 for normal returns and at least 1 + skewness^2
    autocorrelation : of one return with the next, above -1 and below 1

    Raises
    ------
    StatisticsError : a number is missing, or outside these limits
    """
    return given_back(_spread(sharpe, skewness, kurtosis, autocorrelation) / at_least("n", n, 2))


def probabilistic_sharpe_ratio(
    sharpe: npt.ArrayLike,
    n: npt.ArrayLike,
    skewness: npt.ArrayLike = 0.0,
    kurtosis: npt.ArrayLike = 3.0,
    benchmark: npt.ArrayLike = 0.0,
    convention: str = "2012",
    autocorrelation: npt.ArrayLike = 0.0,
) -> Any:
    """Return the probability with which the true Sharpe ratio is above a benchmark.

    "2012": Phi((SR - benchmark) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2)).
    "2026": Phi((SR - benchmark) / sqrt(V)), V being `sharpe_ratio_variance` at the benchmark. Sources: see the module.

    Parameters
    ----------
    sharpe, benchmark : observed Sharpe ratio and the one to beat, both per period
    n : number of returns, at least 2
    skewness, kurtosis : of the returns; kurtosis is 3 for normal returns
    convention : "2012" or "2026"
    autocorrelation : of one return with the next; convention "2026" alone takes it

    Raises
    ------
    StatisticsError : an unknown convention, a missing number, or one outside its limits
    """
    observed, threshold, count = numbers("sharpe", sharpe), numbers("benchmark", benchmark), at_least("n", n, 2)
    if _is_of_2012(convention, autocorrelation):
        z = (observed - threshold) * np.sqrt(count - 1.0) / np.sqrt(_spread(observed, skewness, kurtosis, 0.0))
    else:
        z = (observed - threshold) * np.sqrt(count / _spread(threshold, skewness, kurtosis, autocorrelation))
    return given_back(normal.below(z))


def minimum_track_record_length(
    sharpe: npt.ArrayLike,
    benchmark: npt.ArrayLike = 0.0,
    skewness: npt.ArrayLike = 0.0,
    kurtosis: npt.ArrayLike = 3.0,
    confidence: float = 0.95,
    convention: str = "2012",
    autocorrelation: npt.ArrayLike = 0.0,
) -> Any:
    """Return how many returns it takes until the Sharpe ratio is above the benchmark with this confidence.

    "2012": 1 + (1 - skewness SR + (kurtosis - 1) / 4 SR^2) (z / (SR - benchmark))^2.
    "2026": n V (z / (SR - benchmark))^2, V being `sharpe_ratio_variance` at the benchmark. Sources: see the module.
    Infinite where the Sharpe ratio is not above the benchmark. Divide by the periods per year to have years.

    Parameters
    ----------
    sharpe, benchmark : observed Sharpe ratio and the one to beat, both per period
    skewness, kurtosis : of the returns; kurtosis is 3 for normal returns
    confidence : one-sided, above 0.5 and below 1
    convention, autocorrelation : as in `probabilistic_sharpe_ratio`, which is `confidence` at the length returned

    Raises
    ------
    StatisticsError : an unknown convention, a missing number, or one outside its limits
    """
    observed, threshold = numbers("sharpe", sharpe), numbers("benchmark", benchmark)
    z = float(normal.quantile(fraction("confidence", confidence, 0.5)))
    lead = np.maximum(observed - threshold, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        if _is_of_2012(convention, autocorrelation):
            length = 1.0 + _spread(observed, skewness, kurtosis, 0.0) * (z / lead) ** 2
        else:
            length = _spread(threshold, skewness, kurtosis, autocorrelation) * (z / lead) ** 2
    return given_back(length)


def sharpe_confidence_interval(
    sharpe: npt.ArrayLike,
    n: npt.ArrayLike,
    skewness: npt.ArrayLike = 0.0,
    kurtosis: npt.ArrayLike = 3.0,
    confidence: float = 0.95,
    convention: str = "2012",
    autocorrelation: npt.ArrayLike = 0.0,
) -> tuple[Any, Any]:
    """Return the two Sharpe ratios between which the true one lies with this confidence.

    They are the benchmarks that `probabilistic_sharpe_ratio` of the same convention gives (1 + confidence) / 2 and
    (1 - confidence) / 2: for "2012" SR +- z sqrt(V), V being the variance at SR over n - 1 (Mertens 2002; Lo 2002 with
    normal returns), for "2026" the roots of (SR - b)^2 = z^2 V(b).

    Parameters
    ----------
    sharpe, n, skewness, kurtosis, convention, autocorrelation : as in `probabilistic_sharpe_ratio`
    confidence : two-sided, above 0 and below 1

    Raises
    ------
    StatisticsError : an unknown convention, a number missing or outside its limits, or too few returns for an interval
    """
    observed, count = numbers("sharpe", sharpe), at_least("n", n, 2)
    z = float(normal.quantile(0.5 + 0.5 * fraction("confidence", confidence)))
    if _is_of_2012(convention, autocorrelation):
        half = z * np.sqrt(_spread(observed, skewness, kurtosis, 0.0) / (count - 1.0))
        return given_back(observed - half), given_back(observed + half)
    _spread(observed, skewness, kurtosis, autocorrelation)
    constant, linear, square = _coefficients(skewness, kurtosis, autocorrelation)
    leading = count - z * z * square
    if leading.min(initial=math.inf) <= 0.0:
        raise StatisticsError(
            f"n: {count.min():g} returns are too few for an interval at confidence {confidence:g} with this kurtosis"
        )
    middle = (count * observed - 0.5 * z * z * linear) / leading
    half = np.sqrt(middle**2 - (count * observed**2 - z * z * constant) / leading)
    return given_back(middle - half), given_back(middle + half)


def _is_of_2012(convention: str, autocorrelation: npt.ArrayLike) -> bool:
    older = one_of("convention", convention, CONVENTIONS) == "2012"
    if older and np.any(numbers("autocorrelation", autocorrelation) != 0.0):
        raise StatisticsError('autocorrelation: convention "2012" has none; take convention="2026"')
    return older


def _spread(
    sharpe: npt.ArrayLike, skewness: npt.ArrayLike, kurtosis: npt.ArrayLike, autocorrelation: npt.ArrayLike
) -> Floats:
    """Return n times the variance of a Sharpe ratio."""
    observed = numbers("sharpe", sharpe)
    constant, linear, square = _coefficients(skewness, kurtosis, autocorrelation)
    spread = constant - linear * observed + square * observed**2
    if spread.size and spread.min() <= 0.0:
        raise StatisticsError(
            f"skewness, kurtosis: they give a Sharpe ratio of {observed.max():g} no variance ({spread.min():g})"
        )
    return np.asarray(spread)


def _coefficients(
    skewness: npt.ArrayLike, kurtosis: npt.ArrayLike, autocorrelation: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return what 1, -SR and SR^2 are multiplied with in n times the variance."""
    third, fourth = numbers("skewness", skewness), numbers("kurtosis", kurtosis)
    r = numbers("autocorrelation", autocorrelation)
    if np.any(np.abs(r) >= 1.0):
        raise StatisticsError(
            f"autocorrelation: expected numbers above -1 and below 1, found {r.flat[np.abs(r).argmax()]:g}"
        )
    short = fourth - (1.0 + third**2) < -1e-9 * fourth**2
    if np.any(short):
        raise StatisticsError(
            f"kurtosis: expected at least 1 + skewness^2, as every distribution has, found {fourth.min():g}; "
            "it is 3 for normal returns: add 3 to an excess kurtosis"
        )
    chain, square = r / (1.0 - r), r**2 / (1.0 - r**2)
    return 1.0 + 2.0 * chain, (1.0 + chain + square) * third, (1.0 + 2.0 * square) * (fourth - 1.0) / 4.0
