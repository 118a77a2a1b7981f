"""Whether the best of many containers beats a benchmark, when all of them were looked at.

Sources: Hansen, "A Test for Superior Predictive Ability", Journal of Business and Economic Statistics 23 (2005); White,
"A Reality Check for Data Snooping", Econometrica 68 (2000); Romano and Wolf, "Stepwise Multiple Testing as Formalized
Data Snooping", Econometrica 73 (2005). Histories are resampled by the stationary bootstrap.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.bootstrap import resampling, weights
from admf_jit.statistics.checks import Floats, Integers, fraction, numbers, table

_AT_ONCE = 2_000_000
_KINDS = ("lower", "consistent", "upper")


@dataclass(frozen=True)
class SuperiorPredictiveAbility:
    """The test's result: p-values of "no container is better than the benchmark"."""

    statistic: float
    """Of the best container: mean lead over the benchmark, by its standard error where studentized."""
    best: int
    """The container with this statistic."""
    lower: float
    """Those worse than the benchmark count as equal to it at most: too small a p-value (liberal)."""
    consistent: float
    """Those much worse than the benchmark do not count: the p-value to report."""
    upper: float
    """All count as equal to the benchmark: too large a p-value (conservative)."""
    block_length: float
    """Mean length of the blocks resampled, in periods."""


def superior_predictive_ability(
    returns: npt.ArrayLike,
    benchmark: npt.ArrayLike | None = None,
    block_length: float | None = None,
    n_bootstrap: int = 1000,
    seed: int = 0,
    studentize: bool = True,
    indices: npt.ArrayLike | None = None,
) -> SuperiorPredictiveAbility:
    """Return Hansen's test of superior predictive ability (SPA).

    The statistic is the largest mean lead, each over its standard error w by the stationary bootstrap's own variance
    (Hansen's w_k). Its distribution is that of resampled leads less g: max(lead, 0) for lower, the lead where it is at
    least -w sqrt(2 log log n / n) and else 0 for consistent, the lead for upper. Without `studentize`, w divides
    nothing, and the numbers are those of arch. The paper's floor of the statistic at zero is left out.

    Parameters
    ----------
    returns : [period, container], at least 8 periods
    benchmark : [period], its returns; zero if None
    block_length : mean length of blocks; None is the mean of the containers' optimal ones
    n_bootstrap : number of histories; seed : of their draws; indices : [history, period], instead of drawing
    studentize : whether leads are compared by their standard errors

    Raises
    ------
    StatisticsError : another shape, a missing return, or a container whose lead is a constant other than zero
    """
    leads = _Leads(returns, benchmark, block_length, n_bootstrap, seed, studentize, indices)
    best = int(leads.statistics.argmax())
    p = np.mean(leads.maxima(leads.all) > leads.statistics[best], axis=0)
    return SuperiorPredictiveAbility(
        float(leads.statistics[best]), best, float(p[0]), float(p[1]), float(p[2]), leads.block_length
    )


def reality_check(
    returns: npt.ArrayLike,
    benchmark: npt.ArrayLike | None = None,
    block_length: float | None = None,
    n_bootstrap: int = 1000,
    seed: int = 0,
    indices: npt.ArrayLike | None = None,
) -> float:
    """Return the p-value of White's reality check: SPA's upper one, not studentized; its arguments are those of SPA."""
    return superior_predictive_ability(returns, benchmark, block_length, n_bootstrap, seed, False, indices).upper


def step_m(
    returns: npt.ArrayLike,
    benchmark: npt.ArrayLike | None = None,
    level: float = 0.05,
    block_length: float | None = None,
    n_bootstrap: int = 1000,
    seed: int = 0,
    studentize: bool = True,
    indices: npt.ArrayLike | None = None,
) -> Integers:
    """Return the containers that beat the benchmark, ascending; that any of them does not has probability `level`.

    StepM of Romano and Wolf with SPA's consistent distribution: those above its quantile 1 - level are taken out, and
    the rest is tested again until none is. Other arguments are those of SPA.

    Raises StatisticsError as SPA does, and for a level outside 0 to 1.
    """
    size = fraction("level", level)
    leads = _Leads(returns, benchmark, block_length, n_bootstrap, seed, studentize, indices)
    remain = leads.all
    while remain.any():
        critical = np.quantile(leads.maxima(remain)[:, _KINDS.index("consistent")], 1.0 - size)
        better = remain & (leads.statistics > critical)
        if not better.any():
            break
        remain = remain & ~better
    return np.flatnonzero(~remain).astype(np.int64)


class _Leads:
    """Leads over the benchmark, their statistics, and the largest of resampled ones."""

    def __init__(
        self,
        returns: npt.ArrayLike,
        benchmark: npt.ArrayLike | None,
        block_length: float | None,
        n_bootstrap: int,
        seed: int,
        studentize: bool,
        indices: npt.ArrayLike | None,
    ) -> None:
        self.leads = _over(table("returns", returns, 8, 1), benchmark)
        drawn, self.block_length = resampling(self.leads, block_length, n_bootstrap, seed, indices)
        self.weights = weights(drawn)
        self.all = np.ones(self.leads.shape[1], dtype=np.bool_)
        n, self.mean = len(self.leads), self.leads.mean(axis=0)
        error = np.sqrt(_bootstrap_variance(self.leads, self.block_length) / n)
        floor = -error * np.sqrt(2.0 * np.log(np.log(n)))
        self.centers = (
            np.maximum(self.mean, 0.0),
            np.where(self.mean >= floor, self.mean, 0.0),
            self.mean,
        )
        self.scale = np.ones_like(error)
        if studentize:
            self.scale = _checked_errors(error, self.mean)
        self.statistics = self.mean / self.scale

    def maxima(self, kept: npt.NDArray[np.bool_]) -> Floats:
        """Return the largest statistic of each history among the containers kept: [history, kind]."""
        leads, scale = self.leads if kept.all() else self.leads[:, kept], self.scale[kept]
        centers = [center[kept] for center in self.centers]
        maxima = np.empty((len(self.weights), len(_KINDS)))
        step = max(1, _AT_ONCE // leads.shape[1])
        for start in range(0, len(self.weights), step):
            means = self.weights[start : start + step] @ leads
            for kind, center in enumerate(centers):
                maxima[start : start + step, kind] = ((means - center) / scale).max(axis=1)
        return maxima


def _over(returns: Floats, benchmark: npt.ArrayLike | None) -> Floats:
    if benchmark is None:
        return returns
    other = numbers("benchmark", benchmark)
    if other.shape != returns.shape[:1]:
        raise StatisticsError(f"benchmark: expected {len(returns)} returns, found the shape {other.shape}")
    return returns - other[:, None]


def _checked_errors(error: Floats, mean: Floats) -> Floats:
    """Return standard errors, infinite for a lead of zero throughout, which then has the statistic zero."""
    constant = (error == 0.0) & (mean != 0.0)
    if constant.any():
        raise StatisticsError(
            f"returns: container {int(constant.argmax())} leads the benchmark by {mean[constant][0]:g} in every "
            "period; there is nothing to test, leave it out"
        )
    return np.where(error > 0.0, error, np.inf)


def _bootstrap_variance(leads: Floats, block_length: float) -> Floats:
    """Return n times the variance that the stationary bootstrap gives each mean, by its formula.

    sum of k(i) R(i) over circular lags, k(i) = (1 - i / n) (1 - p)^i + (i / n) (1 - p)^(n - i), p = 1 / block_length, R
    being circular autocovariances (Politis and Romano 1994); computed from the spectrum.
    """
    n, keep = len(leads), 1.0 - 1.0 / block_length
    lags = np.arange(n)
    kernel = (1.0 - lags / n) * keep**lags + (lags / n) * keep ** (n - lags)
    response = np.fft.fft(kernel).real / n**2
    variance = np.zeros(leads.shape[1])
    step = max(1, _AT_ONCE // n)
    for start in range(0, leads.shape[1], step):
        part = leads[:, start : start + step]
        spectrum = np.abs(np.fft.fft(part - part.mean(axis=0), axis=0)) ** 2
        variance[start : start + step] = np.where(np.ptp(part, axis=0) > 0.0, response @ spectrum, 0.0)
    return np.maximum(variance, 0.0)
