"""SPA, reality check, StepM and their bootstrap: what always holds, and how often they reject noise."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit import statistics
from tests.oracles.statistics.ar1 import ar1

Floats = npt.NDArray[np.float64]


def noise(seed: int, n: int = 120, k: int = 12) -> Floats:
    return 0.01 * np.random.default_rng(seed).standard_normal((n, k))


def test_blocks_run_on_around_the_end_and_have_the_mean_length() -> None:
    drawn = statistics.stationary_bootstrap_indices(50, 5.0, 2000, seed=1)
    assert drawn.shape == (2000, 50) and drawn.min() == 0 and drawn.max() == 49
    breaks = np.mean((drawn[:, 1:] - drawn[:, :-1]) % 50 != 1)
    assert breaks == pytest.approx(0.2 * 49 / 50, rel=0.02)
    assert np.bincount(drawn.ravel()).std() / 2000 < 0.05
    assert statistics.stationary_bootstrap_indices(50, 5.0, 2000, seed=1).tolist() == drawn.tolist()


def test_dependence_asks_for_longer_blocks() -> None:
    shocks = np.random.default_rng(2).standard_normal(2000)
    lengths = [statistics.optimal_block_length(ar1(shocks, r)).stationary for r in (0.0, 0.3, 0.8)]
    assert lengths == sorted(lengths) and lengths[2] > 3 * lengths[0]


def test_the_standard_error_is_that_of_resampled_means() -> None:
    returns = 0.01 * ar1(np.random.default_rng(4).standard_normal((80, 3)), 0.4) + 0.005
    made = statistics.superior_predictive_ability(returns, block_length=4.0)
    drawn = statistics.stationary_bootstrap_indices(80, 4.0, 40_000, seed=9)
    errors = np.array([returns[drawn, place].mean(axis=1).std() for place in range(3)])
    assert made.statistic == pytest.approx((returns.mean(axis=0) / errors).max(), rel=0.02)


@given(st.permutations(range(12)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_containers_does_not_matter(order: list[int]) -> None:
    returns = noise(5) + 0.002 * (np.arange(12) > 9)
    made = statistics.superior_predictive_ability(returns, n_bootstrap=99)
    shuffled = statistics.superior_predictive_ability(returns[:, order], n_bootstrap=99, block_length=made.block_length)
    assert (shuffled.lower, shuffled.consistent, shuffled.upper) == (made.lower, made.consistent, made.upper)
    assert order[shuffled.best] == made.best
    steps = statistics.step_m(returns, block_length=made.block_length, n_bootstrap=99)
    again = statistics.step_m(returns[:, order], block_length=made.block_length, n_bootstrap=99)
    assert sorted(order[place] for place in again) == steps.tolist()


@given(st.integers(0, 10**6), st.floats(0.1, 50.0))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_returns_does_not_matter_and_the_three_are_ordered(seed: int, unit: float) -> None:
    returns, indices = noise(seed), statistics.stationary_bootstrap_indices(120, 3.0, 99, seed)
    for studentize in (False, True):
        made, other = (
            statistics.superior_predictive_ability(r, None, 3.0, studentize=studentize, indices=indices)
            for r in (returns, unit * returns)
        )
        assert made.lower <= made.consistent <= made.upper
        assert (made.lower, made.consistent, made.upper) == (other.lower, other.consistent, other.upper)


def test_a_benchmark_is_what_the_returns_are_over() -> None:
    returns, base = noise(8), noise(9, k=1)[:, 0]
    over = statistics.superior_predictive_ability(returns - base[:, None])
    assert statistics.superior_predictive_ability(returns, base) == over
    assert statistics.superior_predictive_ability(returns, np.zeros(120)) == statistics.superior_predictive_ability(
        returns
    )


def test_a_container_equal_to_the_benchmark_changes_nothing() -> None:
    returns = noise(10) + 0.001
    made = statistics.superior_predictive_ability(returns, block_length=2.0)
    with_flat = statistics.superior_predictive_ability(np.column_stack((returns, np.zeros(120))), block_length=2.0)
    assert with_flat == made


def test_planted_skill_is_found_and_nothing_else() -> None:
    returns = noise(12, n=250, k=200)
    returns[:, [3, 77]] += 0.004
    made = statistics.superior_predictive_ability(returns, n_bootstrap=500)
    assert made.best in (3, 77) and made.upper == 0.0
    assert statistics.reality_check(returns, n_bootstrap=500) == 0.0
    assert statistics.step_m(returns, level=0.01, n_bootstrap=500).tolist() == [3, 77]


def test_noise_is_rejected_as_often_as_the_level_says() -> None:
    draws = 400
    p = [
        statistics.superior_predictive_ability(noise(seed, 100, 10), block_length=1.0, n_bootstrap=199, seed=seed).upper
        for seed in range(draws)
    ]
    # Three standard errors of a share of 400 draws, and 1/200 for the number of histories.
    for level in (0.05, 0.1, 0.5):
        assert np.mean(np.array(p) <= level) == pytest.approx(
            level, abs=3.0 * math.sqrt(level * (1 - level) / draws) + 0.005
        )
