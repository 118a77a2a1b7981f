"""P-values of many tests at once, adjusted so that those at most 0.05 are significant at 5 % together."""

import numpy as np
import numpy.typing as npt

from admf_jit.statistics.checks import Floats, p_values


def bonferroni(values: npt.ArrayLike) -> Floats:
    """Return p-values times their number, at most 1: none is wrong with the probability of the level.

    Raises StatisticsError unless `values` is a vector of probabilities.
    """
    p = p_values(values)
    return np.minimum(p * p.size, 1.0)


def holm(values: npt.ArrayLike) -> Floats:
    """Return p-values adjusted by steps down: holds what Bonferroni holds, and finds at least as much.

    The i-th smallest of m is the largest p_(j) (m + 1 - j) of j <= i, at most 1. Source: Holm, "A Simple Sequentially
    Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979).
    Raises StatisticsError unless `values` is a vector of probabilities.
    """
    p = p_values(values)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    return adjusted


def benjamini_yekutieli(values: npt.ArrayLike) -> Floats:
    """Return p-values adjusted for the rate of false discoveries, whatever the dependence between the tests.

    The i-th smallest of m is the smallest p_(j) m c(m) / j of j >= i, at most 1, c(m) being 1 + 1/2 + ... + 1/m.
    Source: Benjamini and Yekutieli, "The Control of the False Discovery Rate in Multiple Testing under Dependency",
    Annals of Statistics 29 (2001); "BHY" in Harvey and Liu (2015).
    Raises StatisticsError unless `values` is a vector of probabilities.
    """
    p = p_values(values)
    order = np.argsort(p, kind="stable")
    places = np.arange(1, p.size + 1)
    scaled = p[order] * (p.size * np.sum(1.0 / places)) / places
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
