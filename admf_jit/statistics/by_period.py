"""Choosing on some periods and looking at others, from sums of returns by period: nothing is run again.

A position is carried over the border of two periods or not, as the sums have it (`statistics.border`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.checks import Floats, Integers, at_least, numbers, table, whole
from admf_jit.statistics.folds import combinatorial_purged_splits


@dataclass(frozen=True)
class PeriodSelection:
    """What was chosen in each window or split, and what came of it. Sharpe ratios are per bar, with divisor n."""

    train: list[Integers]
    """The periods that a choice was made on."""
    test: list[Integers]
    """The periods it was looked at in."""
    chosen: Integers
    """[split]: the container with the highest Sharpe ratio in training; the first of those that are equal."""
    in_sample: Floats
    """[split]: its Sharpe ratio there."""
    out_of_sample: Floats
    """[split]: its Sharpe ratio in the test."""
    paths: Floats
    """[path]: Sharpe ratio of tests put together: of a walk-forward one path over all windows."""


def walk_forward_by_period(
    counts: npt.ArrayLike,
    sums: npt.ArrayLike,
    squares: npt.ArrayLike,
    train: int,
    test: int = 1,
    gap: int = 0,
    anchored: bool = False,
) -> PeriodSelection:
    """Return what choosing the best container in window after window comes to.

    A window is ``train`` periods, or with `anchored` all from the first one on; ``gap`` periods later come ``test``
    periods that it is looked at in, and then it moves on by these. The last test may be shorter.

    Parameters
    ----------
    counts : [period], returns in each; sums, squares : [period, container], of returns and of their squares
    train, test : at least 1; gap : at least 0

    Raises
    ------
    StatisticsError : shapes that do not fit, numbers outside these limits, or too few periods for one window
    """
    given = _checked(counts, sums, squares)
    train, test, gap = whole("train", train, 1), whole("test", test, 1), whole("gap", gap, 0)
    n = len(given[0])
    if train + gap >= n:
        raise StatisticsError(f"train, gap: {train} and {gap} of {n} periods leave no test; take smaller ones")
    begins = range(train + gap, n, test)
    windows = [np.arange(0 if anchored else begin - gap - train, begin - gap) for begin in begins]
    tests = [np.arange(begin, min(begin + test, n)) for begin in begins]
    found = _chosen(given, windows, tests)
    pieces = list(zip(tests, found[0].tolist(), strict=True))
    return PeriodSelection(windows, tests, *found, np.array([_together(given, pieces)]))


def cross_validation_by_period(
    counts: npt.ArrayLike,
    sums: npt.ArrayLike,
    squares: npt.ArrayLike,
    n_folds: int,
    n_test_folds: int = 1,
    purge: int = 0,
    embargo: int = 0,
) -> PeriodSelection:
    """Return what choosing comes to by purged k-fold (one test fold), or combinatorial purged cross-validation.

    Folds, purge and embargo are in periods; splits and paths are those of `combinatorial_purged_splits`.

    Parameters
    ----------
    counts, sums, squares : as in `walk_forward_by_period`; n_folds, n_test_folds, purge, embargo : as there

    Raises
    ------
    StatisticsError : as `walk_forward_by_period` and `combinatorial_purged_splits` do
    """
    given = _checked(counts, sums, squares)
    splits = combinatorial_purged_splits(len(given[0]), n_folds, n_test_folds, purge, embargo)
    tests = [np.concatenate(folds) for folds in splits.test]
    found = _chosen(given, splits.train, tests)
    folds: dict[tuple[int, int], Integers] = {
        (split, int(fold)): splits.test[split][place]
        for split, tested in enumerate(splits.test_folds)
        for place, fold in enumerate(tested)
    }
    paths = [
        _together(given, [(folds[int(split), fold], int(found[0][split])) for fold, split in enumerate(path)])
        for path in splits.paths
    ]
    return PeriodSelection(splits.train, tests, *found, np.array(paths))


_Given = tuple[Floats, Floats, Floats]


def _checked(counts: npt.ArrayLike, sums: npt.ArrayLike, squares: npt.ArrayLike) -> _Given:
    lengths = at_least("counts", counts, 1)
    first, second = table("sums", sums, 2, 1), numbers("squares", squares)
    if lengths.shape != first.shape[:1] or first.shape != second.shape:
        raise StatisticsError(
            f"counts, sums, squares: expected one row a period and the same shape, found {lengths.shape}, "
            f"{first.shape} and {second.shape}"
        )
    return lengths, first, second


def _chosen(given: _Given, train: list[Integers], test: list[Integers]) -> tuple[Integers, Floats, Floats]:
    chosen = np.empty(len(train), np.int64)
    before, after = np.empty(len(train)), np.empty(len(train))
    for split, (seen, unseen) in enumerate(zip(train, test, strict=True)):
        inside = _sharpe(*(part[seen].sum(axis=0) for part in given))
        chosen[split] = inside.argmax()
        before[split] = inside[chosen[split]]
        after[split] = _together(given, [(unseen, int(chosen[split]))])
    return chosen, before, after


def _together(given: _Given, pieces: list[tuple[Integers, int]]) -> float:
    """The Sharpe ratio of some containers' periods, one after the other."""
    counts, sums, squares = given
    n = sum(counts[periods].sum() for periods, _ in pieces)
    first = sum(sums[periods, container].sum() for periods, container in pieces)
    second = sum(squares[periods, container].sum() for periods, container in pieces)
    return float(_sharpe(np.asarray(n), np.asarray(first), np.asarray(second)))


def _sharpe(n: Floats, sums: Floats, squares: Floats) -> Floats:
    """Mean over standard deviation; 0 where there is no return, or the same one in every bar."""
    mean = sums / n
    variance = squares / n - mean * mean
    moves = variance > 1e-14 * squares / n
    return np.asarray(np.where(moves, mean / np.sqrt(np.where(moves, variance, 1.0)), 0.0))
