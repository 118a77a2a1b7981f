"""What the number of trials costs: published values, and what always holds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit import statistics

# Bailey and Lopez de Prado (2014): an annual Sharpe ratio of 2.5 over 1,250 days, trials of variance 1/2 a year.
SHARPE, DAYS, VARIANCE = 2.5 / math.sqrt(250), 1250, 0.5 / 250


def test_the_example_of_the_paper() -> None:
    assert round(statistics.expected_maximum_sharpe_ratio(100, VARIANCE), 4) == 0.1132
    assert round(statistics.deflated_sharpe_ratio(SHARPE, DAYS, -3.0, 10.0, 100, VARIANCE), 4) == 0.9004


@pytest.mark.parametrize(("trials", "skewness", "kurtosis"), [(46, -3.0, 10.0), (88, 0.0, 3.0)])
def test_how_many_trials_leave_95_percent(trials: int, skewness: float, kurtosis: float) -> None:
    assert round(statistics.deflated_sharpe_ratio(SHARPE, DAYS, skewness, kurtosis, trials, VARIANCE), 4) == 0.9505
    more = statistics.deflated_sharpe_ratio(SHARPE, DAYS, skewness, kurtosis, trials + 2, VARIANCE)
    assert more < 0.9505


def test_five_years_are_for_45_trials() -> None:
    assert round(statistics.minimum_backtest_length(45, 1.0), 3) == 4.998
    assert statistics.minimum_backtest_length(46, 1.0) > 5.0


def test_one_trial_costs_nothing() -> None:
    assert statistics.expected_maximum_sharpe_ratio(1, 1.0) == 0.0
    assert statistics.minimum_backtest_length(1) == 0.0
    plain = statistics.probabilistic_sharpe_ratio(SHARPE, DAYS, -3.0, 10.0)
    assert statistics.deflated_sharpe_ratio(SHARPE, DAYS, -3.0, 10.0, 1, VARIANCE) == plain


@given(st.floats(1.0, 1e9), st.floats(1.0, 100.0), st.floats(0.0, 1.0))
def test_more_trials_never_help(trials: float, factor: float, variance: float) -> None:
    fewer, more = (
        statistics.deflated_sharpe_ratio(SHARPE, DAYS, -1.0, 6.0, count, variance)
        for count in (trials, trials * factor)
    )
    assert more <= fewer
    lengths = statistics.minimum_backtest_length(np.array([trials, trials * factor]), 0.5)
    assert lengths[0] <= lengths[1]


def test_the_expected_maximum_is_that_of_random_trials() -> None:
    best = np.random.default_rng(1).normal(0.0, 0.1, size=(4000, 500)).max(axis=1)
    assert statistics.expected_maximum_sharpe_ratio(500, 0.01) == pytest.approx(best.mean(), rel=0.01)


def test_correlated_trials_are_fewer() -> None:
    """Bailey and Lopez de Prado (2014), appendix: r + (1 - r) N."""
    assert statistics.effective_number_of_trials(100, 0.5) == 50.5
    assert statistics.effective_number_of_trials([1188, 100, 100], [0.9, 1.0, -0.2]).tolist() == [
        pytest.approx(119.7),
        1.0,
        100.0,
    ]
    returns = np.random.default_rng(3).standard_normal((40, 7)) + np.random.default_rng(4).standard_normal((40, 1))
    pairs = [statistics_of_pair(returns[:, i], returns[:, j]) for i in range(7) for j in range(i)]
    assert statistics.average_correlation(returns) == pytest.approx(sum(pairs) / len(pairs), rel=1e-12)
    assert statistics.average_correlation(np.column_stack([returns[:, 0], -2.0 * returns[:, 0]])) == -1.0


def statistics_of_pair(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's correlation, in plain Python."""
    n = len(one)
    a, b = sum(one.tolist()) / n, sum(other.tolist()) / n
    both = sum((x - a) * (y - b) for x, y in zip(one.tolist(), other.tolist(), strict=True))
    squares = sum((x - a) ** 2 for x in one.tolist()), sum((y - b) ** 2 for y in other.tolist())
    return both / math.sqrt(squares[0] * squares[1])


def test_the_form_of_2026_is_taken_at_what_luck_brings() -> None:
    luck = statistics.expected_maximum_sharpe_ratio(100, VARIANCE)
    deflated = statistics.deflated_sharpe_ratio(SHARPE, DAYS, -3.0, 10.0, 100, VARIANCE, "2026", 0.2)
    above = statistics.probabilistic_sharpe_ratio(SHARPE, DAYS, -3.0, 10.0, luck, "2026", 0.2)
    assert deflated == above
