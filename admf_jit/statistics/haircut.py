"""The Sharpe ratio that is left of a reported one after the tests that came before it.

Source: Harvey and Liu, "Backtesting", Journal of Portfolio Management 42 (2015). A Sharpe ratio is a t-statistic
(SR sqrt(n)), that a two-sided p-value by the normal distribution; the p-value is adjusted for the number of tests, and
turned back into a Sharpe ratio.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics import multiple_tests, normal
from admf_jit.statistics.checks import Floats, at_least, given_back, numbers, one_of

_OF_A_COUNT = ("independent", "bonferroni")
_OF_ALL = {
    "bonferroni": multiple_tests.bonferroni,
    "holm": multiple_tests.holm,
    "benjamini_yekutieli": multiple_tests.benjamini_yekutieli,
}


class Haircut(NamedTuple):
    """Sharpe ratios after the haircut, and what led to them; numbers, or arrays of one shape."""

    sharpe: Any
    """What is left, per period; a Sharpe ratio of at most zero stays as it is."""
    p_value: Any
    """Adjusted for the number of tests."""
    single_p_value: Any
    """As if it had been the only test."""
    haircut: Any
    """The share taken off, from 0 to 1."""


def haircut_sharpe_ratio(
    sharpe: npt.ArrayLike, n: npt.ArrayLike, trials: npt.ArrayLike, method: str = "independent"
) -> Haircut:
    """Return a reported Sharpe ratio after the haircut for a number of tests.

    The p-value p becomes 1 - (1 - p)^trials with `method="independent"`, the paper's example (0.75 a year over 240
    months and 200 tests leave 0.32, p = 0.15), and min(1, trials p) with "bonferroni".

    Parameters
    ----------
    sharpe : per period; n : number of returns, at least 2; trials : number of tests, at least 1
    method : "independent" or "bonferroni"

    Raises
    ------
    StatisticsError : an unknown method, a number missing or outside these limits
    """
    one_of("method", method, _OF_A_COUNT)
    count = at_least("trials", trials, 1)
    observed, length, single = _tested(sharpe, n)
    if method == "independent":
        with np.errstate(divide="ignore"):
            adjusted = -np.expm1(count * np.log1p(-single))
    else:
        adjusted = np.minimum(count * single, 1.0)
    return _cut(observed, length, single, adjusted)


def haircut_sharpe_ratios(sharpes: npt.ArrayLike, n: npt.ArrayLike, method: str = "holm") -> Haircut:
    """Return the Sharpe ratios of all rows of a search, each after the haircut for all of them.

    Parameters
    ----------
    sharpes : [container], per period; n : number of returns, at least 2, one number or one a container
    method : "bonferroni", "holm" or "benjamini_yekutieli", by which the p-values are adjusted

    Raises
    ------
    StatisticsError : an unknown method, another shape, a number missing or outside these limits
    """
    one_of("method", method, tuple(_OF_ALL))
    observed, length, single = _tested(sharpes, n)
    if observed.ndim != 1:
        raise StatisticsError(f"sharpes: expected a vector, found the shape {observed.shape}")
    return _cut(observed, length, single, _OF_ALL[method](single))


def _tested(sharpe: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    observed, length = numbers("sharpe", sharpe), at_least("n", n, 2)
    return observed, length, np.minimum(2.0 * normal.above(observed * np.sqrt(length)), 1.0)


def _cut(observed: Floats, length: Floats, single: Floats, adjusted: Floats) -> Haircut:
    # A p-value below the smallest number there is says nothing about how much to take off: nothing then.
    counts = (observed > 0.0) & (adjusted > 0.0)
    left = np.where(counts, -normal.quantile(np.where(counts, adjusted, 1.0) / 2.0) / np.sqrt(length), observed)
    left = np.where(observed > 0.0, np.clip(left, 0.0, observed), left)
    share = np.where(observed > 0.0, 1.0 - left / np.where(observed > 0.0, observed, 1.0), 0.0)
    return Haircut(*(given_back(np.asarray(part)) for part in (left, adjusted, single, share)))
