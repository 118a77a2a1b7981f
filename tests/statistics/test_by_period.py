"""Choosing by period against the same done with all returns, and resampled paths against a loop over them."""

import itertools
import math

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import statistics

N, BLOCKS = 240, 12
RETURNS = 0.01 * np.random.default_rng(3).standard_normal((N, 7))
BORDERS = [N * block // BLOCKS for block in range(BLOCKS + 1)]
PARTS = [RETURNS[a:b] for a, b in itertools.pairwise(BORDERS)]
SUMS = (
    np.diff(BORDERS),
    np.array([part.sum(axis=0) for part in PARTS]),
    np.array([(part**2).sum(axis=0) for part in PARTS]),
)


def sharpe(returns: np.ndarray) -> np.ndarray:
    return np.asarray(returns.mean(axis=0) / returns.std(axis=0))


def bars_of(periods: np.ndarray) -> np.ndarray:
    return np.concatenate([np.arange(BORDERS[k], BORDERS[k + 1]) for k in periods])


@pytest.mark.parametrize("anchored", [False, True])
def test_walk_forward_is_that_of_all_bars(anchored: bool) -> None:
    walk = statistics.walk_forward_by_period(*SUMS, train=4, test=3, gap=1, anchored=anchored)
    assert [one.tolist() for one in walk.test] == [[5, 6, 7], [8, 9, 10], [11]]
    assert [one.tolist() for one in walk.train][1] == (list(range(7)) if anchored else [3, 4, 5, 6])
    stitched = []
    for window, (train, test) in enumerate(zip(walk.train, walk.test, strict=True)):
        inside = sharpe(RETURNS[bars_of(train)])
        assert walk.chosen[window] == inside.argmax()
        assert walk.in_sample[window] == pytest.approx(inside.max(), rel=1e-9)
        after = RETURNS[bars_of(test), inside.argmax()]
        assert walk.out_of_sample[window] == pytest.approx(float(sharpe(after)), rel=1e-9)
        stitched.append(after)
    assert walk.paths == pytest.approx([float(sharpe(np.concatenate(stitched)))], rel=1e-9)


def test_paths_of_purged_splits_are_those_of_all_bars() -> None:
    found = statistics.cross_validation_by_period(*SUMS, n_folds=6, n_test_folds=2, purge=1, embargo=1)
    splits = statistics.combinatorial_purged_splits(BLOCKS, 6, 2, 1, 1)
    assert (len(found.chosen), len(found.paths)) == (15, 5)
    best = [int(sharpe(RETURNS[bars_of(train)]).argmax()) for train in splits.train]
    assert found.chosen.tolist() == best
    for path, value in zip(splits.paths, found.paths, strict=True):
        bars = [RETURNS[bars_of(np.array([2 * fold, 2 * fold + 1])), best[split]] for fold, split in enumerate(path)]
        assert value == pytest.approx(float(sharpe(np.concatenate(bars))), rel=1e-9)
    assert len(statistics.cross_validation_by_period(*SUMS, n_folds=4).chosen) == 4  # purged k-fold


def test_resampled_paths_are_those_of_a_loop() -> None:
    returns = RETURNS[:60, 0] * 4.0
    found = statistics.resampled_paths(returns, 50, block_length=3.0, ruin=0.8, seed=5)
    drawn = statistics.stationary_bootstrap_indices(60, 3.0, 50, np.random.default_rng(5))
    finals, worsts, ruined = [], [], 0
    for history in drawn:
        equity, peak, worst, low = 1.0, 1.0, 0.0, math.inf
        for place in history:
            equity *= 1.0 + returns[place]
            peak, low = max(peak, equity), min(low, equity)
            worst = min(worst, equity / peak - 1.0)
        finals.append(equity)
        worsts.append(worst)
        ruined += low <= 0.8
    np.testing.assert_allclose(found.final, finals, rtol=1e-12)
    np.testing.assert_allclose(found.max_drawdown, worsts, rtol=1e-9)
    assert found.ruin_probability == ruined / 50 and 0 < ruined < 50
    np.testing.assert_allclose(found.equity[:, -1], np.quantile(finals, found.levels), rtol=1e-12)
    assert found.drawdown_interval == pytest.approx(tuple(np.quantile(worsts, [0.025, 0.975])), rel=1e-9)
    assert "do not test" in found.said


REFUSALS = {
    "train, gap: 12 and 0 of 12": lambda: statistics.walk_forward_by_period(*SUMS, train=12),
    "counts, sums, squares": lambda: statistics.walk_forward_by_period(SUMS[0][:3], *SUMS[1:], train=2),
    "returns: expected at least -1": lambda: statistics.resampled_paths([0.1, -1.5]),
    "returns: expected a vector": lambda: statistics.resampled_paths([0.1]),
    "levels, ruin": lambda: statistics.resampled_paths([0.1, 0.2], ruin=2.0),
}


@pytest.mark.parametrize("text", REFUSALS)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(aj.AdmfError, match=text):
        REFUSALS[text]()
