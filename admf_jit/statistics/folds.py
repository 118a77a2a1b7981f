"""Combinatorial purged cross-validation: which periods train, which test, and which tests make one path."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from admf_jit.errors import StatisticsError
from admf_jit.statistics.checks import Integers, whole

_MOST_SPLITS = 1_000_000


@dataclass(frozen=True)
class PurgedSplits:
    """Splits of n periods into training and tests, in the order of `itertools.combinations`."""

    train: list[Integers]
    """A split's periods to train on, ascending."""
    test: list[list[Integers]]
    """A split's test folds, each with its periods."""
    test_folds: Integers
    """[split, test fold]: the numbers of the folds that are tested."""
    paths: Integers
    """[path, fold]: the split whose test of this fold belongs to this path."""


def combinatorial_purged_splits(
    n: int, n_folds: int, n_test_folds: int, purge: int = 0, embargo: int = 0
) -> PurgedSplits:
    """Return all ways to test on some folds of a history and train on the rest, and the paths they recombine to.

    The folds are n // n_folds periods each, and the last one has the rest. C(n_folds, n_test_folds) splits make
    C(n_folds - 1, n_test_folds - 1) paths over the whole history: (6, 2) has 15 and 5. No period is trained on that
    lies up to `purge` before a test, or up to `purge + embargo` after one. Source: Lopez de Prado, "Advances in
    Financial Machine Learning" (2018), chapters 7 and 12.

    Parameters
    ----------
    n : number of periods; n_folds : at least 2, at most n; n_test_folds : at least 1, below n_folds
    purge : periods that a position or a label may reach over; embargo : periods more after a test

    Raises
    ------
    StatisticsError : a number outside these limits, or a split that leaves nothing to train on
    """
    n = whole("n", n, 2)
    n_folds = whole("n_folds", n_folds, 2, n)
    n_test_folds = whole("n_test_folds", n_test_folds, 1, n_folds - 1)
    purge, embargo = whole("purge", purge, 0), whole("embargo", embargo, 0)
    if math.comb(n_folds, n_test_folds) > _MOST_SPLITS:
        raise StatisticsError(
            f"n_folds, n_test_folds: ({n_folds}, {n_test_folds}) has {math.comb(n_folds, n_test_folds):,} splits, "
            f"expected at most {_MOST_SPLITS:,}"
        )
    size = n // n_folds
    borders = [(fold * size, (fold + 1) * size if fold < n_folds - 1 else n) for fold in range(n_folds)]
    combinations = list(itertools.combinations(range(n_folds), n_test_folds))
    train = [_training(n, [borders[fold] for fold in tested], purge, embargo) for tested in combinations]
    test = [[np.arange(*borders[fold], dtype=np.int64) for fold in tested] for tested in combinations]
    of_fold = [[split for split, tested in enumerate(combinations) if fold in tested] for fold in range(n_folds)]
    return PurgedSplits(train, test, np.array(combinations, dtype=np.int64), np.array(of_fold, dtype=np.int64).T)


def _training(n: int, tests: list[tuple[int, int]], purge: int, embargo: int) -> Integers:
    free = np.ones(n, dtype=np.bool_)
    for start, stop in tests:
        free[max(start - purge, 0) : stop + purge + embargo] = False
    if not free.any():
        raise StatisticsError(
            f"purge, embargo: {purge} and {embargo} of {n} periods leave a split nothing to train on; "
            "take smaller ones, or fewer folds"
        )
    return np.flatnonzero(free).astype(np.int64)
