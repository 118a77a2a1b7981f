"""Combinatorial purged splits: counts of the book, and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit import statistics


@pytest.mark.parametrize(
    ("n_folds", "n_test_folds", "splits", "paths"), [(6, 2, 15, 5), (10, 2, 45, 9), (5, 1, 5, 1), (4, 3, 4, 3)]
)
def test_splits_and_paths_are_those_of_the_book(n_folds: int, n_test_folds: int, splits: int, paths: int) -> None:
    made = statistics.combinatorial_purged_splits(120, n_folds, n_test_folds)
    assert len(made.train) == len(made.test) == len(made.test_folds) == splits
    assert made.paths.shape == (paths, n_folds)


@st.composite
def settings(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    n_folds = draw(st.integers(2, 7))
    n_test_folds = draw(st.integers(1, n_folds - 1))
    purge, embargo = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    return draw(st.integers(n_folds * 12, n_folds * 12 + 40)), n_folds, n_test_folds, purge, embargo


@given(settings())
def test_training_keeps_its_distance_and_paths_cover_the_history(made_of: tuple[int, int, int, int, int]) -> None:
    n, n_folds, n_test_folds, purge, embargo = made_of
    made = statistics.combinatorial_purged_splits(n, n_folds, n_test_folds, purge, embargo)
    everything = np.arange(n)
    for train, test in zip(made.train, made.test, strict=True):
        tested = np.concatenate(test)
        ahead = tested[:, None] - everything
        near = np.any((ahead >= -purge - embargo) & (ahead <= purge), axis=0)
        assert train.tolist() == everything[~near].tolist()
    for path in made.paths:
        tests = [
            made.test[split][made.test_folds[split].tolist().index(fold)] for fold, split in enumerate(path.tolist())
        ]
        assert np.concatenate(tests).tolist() == everything.tolist()
    used = [(split, fold) for path in made.paths.tolist() for fold, split in enumerate(path)]
    assert len(set(used)) == len(used) == len(made.train) * n_test_folds
