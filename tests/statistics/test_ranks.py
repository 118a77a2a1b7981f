"""Rank intervals: rows that can and cannot be told apart, and how often all intervals hold."""

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit import statistics

Floats = npt.NDArray[np.float64]


def returns_of(sharpes: list[float], seed: int, n: int = 250) -> Floats:
    return 0.01 * (np.random.default_rng(seed).standard_normal((n, len(sharpes))) + np.array(sharpes))


def test_clear_ranks_are_points_and_equal_rows_stay_together() -> None:
    clear = statistics.rank_intervals(returns_of([0.0, 2.0, 1.0], 0), n_bootstrap=300)
    assert clear.lowest.tolist() == clear.highest.tolist() == [3, 1, 2]
    assert clear.tied_with_best.tolist() == [1]
    one = returns_of([0.1], 1)
    same = statistics.rank_intervals(np.repeat(one, 4, axis=1), n_bootstrap=100)
    assert same.lowest.tolist() == [1] * 4 and same.highest.tolist() == [4] * 4


def test_groups_are_told_apart_and_their_rows_are_not() -> None:
    made = statistics.rank_intervals(returns_of([1.0] * 3 + [0.0] * 5, 2), n_bootstrap=300)
    assert made.lowest.tolist() == [1] * 3 + [4] * 5
    assert made.highest.tolist() == [3] * 3 + [8] * 5
    best = made.tied_with_best.tolist()
    assert sorted(best) == [0, 1, 2] and made.sharpe[best].tolist() == sorted(made.sharpe[:3].tolist(), reverse=True)


@given(st.permutations(range(6)), st.floats(0.6, 0.95))
@settings(max_examples=10, deadline=None)
def test_order_does_not_matter_and_confidence_widens(order: list[int], confidence: float) -> None:
    returns = returns_of([0.0, 0.1, 0.2, 0.3, 0.4, 0.5], 3)
    indices = statistics.stationary_bootstrap_indices(250, 2.0, 99)
    made = statistics.rank_intervals(returns, confidence, indices=indices)
    shuffled = statistics.rank_intervals(returns[:, order], confidence, indices=indices)
    assert shuffled.lowest.tolist() == made.lowest[order].tolist()
    assert shuffled.highest.tolist() == made.highest[order].tolist()
    wider = statistics.rank_intervals(returns, 0.99, indices=indices)
    assert np.all(wider.lowest <= made.lowest) and np.all(wider.highest >= made.highest)


def test_all_intervals_hold_with_the_confidence() -> None:
    truth = [0.3, 0.2, 0.1, 0.0]
    held = 0
    for seed in range(200):
        made = statistics.rank_intervals(
            returns_of(truth, seed, 150), 0.8, block_length=1.0, n_bootstrap=150, seed=seed
        )
        ranks = np.arange(1, 5)
        held += bool(np.all((made.lowest <= ranks) & (ranks <= made.highest)))
    # Differences of ranks are covered at least as often as those of Sharpe ratios; 0.71 is three standard errors below.
    assert held / 200 > 0.71
