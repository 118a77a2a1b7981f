"""The stationary bootstrap: resampled histories that keep the dependence between neighbouring periods."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.checks import Floats, Integers, numbers, scalar, table, whole

_FEWEST = 8
# Of more columns, this many evenly spaced ones decide on the length of blocks.
_ENOUGH_COLUMNS = 100


class BlockLength(NamedTuple):
    """Optimal mean lengths of blocks, in periods."""

    stationary: float
    circular: float


def optimal_block_length(series: npt.ArrayLike) -> BlockLength:
    """Return the lengths of blocks with which the bootstrap estimates the variance of a mean best.

    (2 g^2 n / d)^(1/3), with g = sum h(k / m) abs(k) R(k), d = 2 s^2 for the stationary and 4/3 s^2 for the circular
    bootstrap, s = sum h(k / m) R(k), over abs(k) <= m, R being autocovariances and h(x) = min(1, 2 (1 - abs(x))). m is
    twice the lag after which max(5, log10 n) autocorrelations are below 2 sqrt(log10(n) / n). The length is at most
    ceil(min(3 sqrt(n), n / 3)).
    Source: Politis and White, Econometric Reviews 23 (2004), with the correction of Patton, Politis and White,
    Econometric Reviews 28 (2009); choices where they leave one are those of arch.

    Parameters
    ----------
    series : [period], at least 8 and not all equal

    Raises
    ------
    StatisticsError : another shape, a missing number, too few, or all the same
    """
    x = numbers("series", series)
    if x.ndim != 1 or x.size < _FEWEST:
        raise StatisticsError(f"series: expected a vector of at least {_FEWEST} numbers, found the shape {x.shape}")
    if np.ptp(x) == 0.0:
        raise StatisticsError(f"series: expected numbers that differ, found {x[0]:g} throughout")
    n, deviation = x.size, x - x.mean()
    covariances, m = _covariances(deviation)
    lags = np.arange(1, m + 1)
    weights = 2.0 * np.where(2 * lags <= m, 1.0, 2.0 * (1.0 - lags / m))
    g = np.sum(weights * lags * covariances[1 : m + 1])
    spectrum = covariances[0] + np.sum(weights * covariances[1 : m + 1])
    most = math.ceil(min(3.0 * math.sqrt(n), n / 3.0))
    ratio = 2.0 * g * g * n / spectrum**2 if spectrum else math.inf
    return BlockLength(min((ratio / 2.0) ** (1 / 3), most), min((0.75 * ratio) ** (1 / 3), most))


def stationary_bootstrap_indices(
    n: int, block_length: float, n_bootstrap: int, seed: int | np.random.Generator = 0
) -> Integers:
    """Return the periods of resampled histories: blocks of random start and length, around the end.

    Lengths are geometric with the mean `block_length`. Source: Politis and Romano, "The Stationary Bootstrap", Journal
    of the American Statistical Association 89 (1994). The draws are those of arch for the same generator.

    Parameters
    ----------
    n : number of periods, at least 2; block_length : at least 1; n_bootstrap : number of histories, at least 1
    seed : a whole number, or a generator, which advances

    Returns
    -------
    [history, period], numbers from 0 to n - 1

    Raises
    ------
    StatisticsError : a number outside these limits
    """
    n, n_bootstrap = whole("n", n, 2), whole("n_bootstrap", n_bootstrap, 1)
    mean_length = scalar("block_length", block_length, 1.0)
    generator = np.random.default_rng(seed)
    indices = np.empty((n_bootstrap, n), dtype=np.int64)
    periods = np.arange(n)
    for row in indices:
        starts, chance = generator.integers(n, size=n, dtype=np.int64), generator.random(n)
        begins = chance <= 1.0 / mean_length
        begins[0] = True
        began = np.maximum.accumulate(np.where(begins, periods, 0))
        row[:] = (starts[began] + periods - began) % n
    return indices


def common_block_length(returns: Floats) -> float:
    """Return one length of blocks for all columns: the mean of their optimal lengths, and at least 1.

    Of more than 100 columns, 100 evenly spaced ones decide; constant ones do not count.
    """
    places = np.unique(np.linspace(0, returns.shape[1] - 1, _ENOUGH_COLUMNS).astype(np.int64))
    moving = [returns[:, place] for place in places if np.ptp(returns[:, place]) > 0.0]
    if not moving or len(returns) < _FEWEST:
        return 1.0
    return max(1.0, float(np.mean([optimal_block_length(column).stationary for column in moving])))


def resampling(
    returns: Floats, block_length: float | None, n_bootstrap: int, seed: int, indices: npt.ArrayLike | None
) -> tuple[Integers, float]:
    """Return the histories to use: those given, or drawn ones, and the mean length of their blocks."""
    length = common_block_length(returns) if block_length is None else scalar("block_length", block_length, 1.0)
    if indices is None:
        return stationary_bootstrap_indices(len(returns), length, n_bootstrap, seed), length
    given = table("indices", indices, 1, len(returns))
    if given.shape[1] != len(returns) or given.min() < 0 or given.max() >= len(returns) or np.any(given % 1):
        raise StatisticsError(
            f"indices: expected [history, period] with {len(returns)} columns and numbers below {len(returns)}, "
            f"found the shape {given.shape} and {given.min():g} to {given.max():g}"
        )
    return given.astype(np.int64), length


def weights(indices: Integers) -> Floats:
    """Return how often each history has each period, over its length: [history, period]."""
    counts = np.zeros(indices.shape)
    for row, drawn in zip(counts, indices, strict=True):
        row[:] = np.bincount(drawn, minlength=indices.shape[1])
    counts /= indices.shape[1]
    return counts


def _covariances(deviation: Floats) -> tuple[Floats, int]:
    """Return autocovariances, and the lag up to which they count."""
    n = deviation.size
    run = max(5, int(math.log10(n)))
    most = min(math.ceil(math.sqrt(n)) + run, n - 2)
    limit = 2.0 * math.sqrt(math.log10(n) / n)
    covariances, quiet = np.empty(most + 1), np.empty(most + 1, dtype=np.bool_)
    for lag in range(most + 1):
        product = deviation[lag:] @ deviation[: n - lag]
        late, early = deviation[lag + 1 :], deviation[: n - lag - 1]
        covariances[lag] = product / n
        quiet[lag] = abs(product) < limit * math.sqrt((late @ late) * (early @ early))
    for lag in range(run, most + 1):
        if quiet[lag - run : lag].all():
            return covariances, min(2 * max(lag - run, 1), most)
    return covariances, most
