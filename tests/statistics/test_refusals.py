"""What is refused, and what the message says of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import statistics
from admf_jit.statistics import backtest_overfitting_from_sums, combinatorial_purged_splits, rank_intervals

PSR = statistics.probabilistic_sharpe_ratio
PBO = statistics.probability_of_backtest_overfitting
SPA = statistics.superior_predictive_ability
TABLE = np.random.default_rng(0).standard_normal((64, 4))
HOLE = np.where(np.arange(256).reshape(64, 4) == 9, np.nan, TABLE)
CONSTANT = np.where(np.arange(4) == 2, 0.25, TABLE)
RARE = np.where((np.arange(4) == 1) & (np.arange(64)[:, None] > 0), 0.0, TABLE)

REFUSALS: list[tuple[Callable[[], Any], str]] = [
    (lambda: PSR(0.1, 100, convention="2013"), r"convention: unknown '2013'; expected one of '2012', '2026'; did you"),
    (
        lambda: PSR(0.1, 100, autocorrelation=0.1),
        r'autocorrelation: convention "2012" has none; take convention="2026"',
    ),
    (lambda: PSR(float("nan"), 100), r"sharpe: expected finite numbers, found nan \(1 of 1\)"),
    (lambda: PSR([0.1, np.inf], 100), r"sharpe: expected finite numbers, found inf at index 1 \(1 of 2\)"),
    (lambda: PSR("high", 100), r"sharpe: expected a number or an array of numbers, found 'high'"),
    (lambda: PSR(0.1, 1), r"n: expected at least 2, found 1"),
    (lambda: PSR(0.1, 100, kurtosis=0.0), r"kurtosis: expected at least 1 \+ skewness\^2.*add 3 to an excess kurtosis"),
    (lambda: PSR(2.0, 100, 1.0, 2.0), r"skewness, kurtosis: they give a Sharpe ratio of 2 no variance"),
    (lambda: PSR(0.1, 99, convention="2026", autocorrelation=1.0), r"autocorrelation: expected numbers above -1 and"),
    (lambda: statistics.minimum_track_record_length(0.1, confidence=0.5), r"confidence: expected a number above 0.5"),
    (lambda: statistics.sharpe_confidence_interval(0.1, 9, 0.0, 30.0, convention="2026"), r"n: 9 returns are too few"),
    (lambda: statistics.deflated_sharpe_ratio(0.1, 99, 0.0, 3.0, 0.5, 0.1), r"trials: expected at least 1, found 0.5"),
    (lambda: statistics.deflated_sharpe_ratio(0.1, 99, 0.0, 3.0, 5, -0.1), r"trials_variance: expected at least 0"),
    (lambda: statistics.average_correlation(CONSTANT), r"returns: container 2 has the same return in every period"),
    (lambda: statistics.effective_number_of_trials(9, 1.5), r"correlation: expected numbers from -1 to 1, found 1.5"),
    (lambda: statistics.minimum_backtest_length(5, 0.0), r"sharpe: expected numbers above 0, found 0"),
    (lambda: statistics.holm([0.1, 1.5]), r"p_values: expected numbers from 0 to 1, found 0.1 to 1.5"),
    (lambda: statistics.bonferroni([]), r"p_values: expected a vector of at least one number, found the shape \(0,\)"),
    (lambda: statistics.haircut_sharpe_ratio(0.1, 99, 5, "holm"), r"method: unknown 'holm'; expected one of 'indep"),
    (lambda: statistics.haircut_sharpe_ratios([[0.1]], 99), r"sharpes: expected a vector, found the shape \(1, 1\)"),
    (lambda: PBO(TABLE, 7), r"n_blocks: expected an even number, found 7"),
    (lambda: PBO(TABLE, 26), r"n_blocks: expected a whole number from 2 to 24, found 26"),
    (lambda: PBO(TABLE[:31]), r"returns: expected at least 32 periods \(rows\) and 2 containers \(columns\), found 31"),
    (lambda: PBO(TABLE[:, :1]), r"returns: expected at least 32 periods .* found 64 and 1"),
    (lambda: PBO(TABLE[:, 0]), r"returns: expected a table \[period, container\], found the shape \(64,\)"),
    (lambda: PBO(HOLE), r"returns: expected finite numbers, found nan at index \(2, 1\) \(1 of 256\); leave out rows"),
    (lambda: backtest_overfitting_from_sums([4, 4], TABLE[:2], TABLE[:3] ** 2), r"counts, sums, squares: expected one"),
    (lambda: backtest_overfitting_from_sums([4, 4], np.ones((2, 3)), np.zeros((2, 3))), r"squares: below what"),
    (lambda: SPA(TABLE[:7]), r"returns: expected at least 8 periods"),
    (lambda: SPA(TABLE, TABLE[:9, 0]), r"benchmark: expected 64 returns, found the shape \(9,\)"),
    (lambda: SPA(CONSTANT), r"returns: container 2 leads the benchmark by 0.25 in every period"),
    (lambda: SPA(TABLE, block_length=0.5), r"block_length: expected at least 1, found 0.5"),
    (
        lambda: SPA(TABLE, indices=[[64] * 64]),
        r"indices: expected \[history, period\] with 64 columns and numbers below",
    ),
    (lambda: SPA(TABLE, n_bootstrap=0), r"n_bootstrap: expected a whole number of at least 1, found 0"),
    (lambda: statistics.step_m(TABLE, level=1.0), r"level: expected a number above 0 and below 1, found 1.0"),
    (lambda: statistics.optimal_block_length(np.ones(20)), r"series: expected numbers that differ, found 1 throughout"),
    (lambda: statistics.optimal_block_length(np.ones(7)), r"series: expected a vector of at least 8 numbers"),
    (lambda: rank_intervals(CONSTANT), r"returns: container 2 has the same return in every period; leave it out"),
    (lambda: rank_intervals(RARE), r"returns: a container moves in so few periods"),
    (lambda: rank_intervals(np.zeros((8, 2001))), r"returns: expected at most 2000 containers, found 2001"),
    (lambda: combinatorial_purged_splits(9.5, 3, 1), r"n: expected a whole number of at least 2, found 9.5"),  # type: ignore[arg-type]
    (lambda: combinatorial_purged_splits(60, 6, 6), r"n_test_folds: expected a whole number from 1 to 5, found 6"),
    (
        lambda: combinatorial_purged_splits(60, 6, 2, 40),
        r"purge, embargo: 40 and 0 of 60 periods leave a split nothing",
    ),
    (lambda: combinatorial_purged_splits(60, 40, 20), r"n_folds, n_test_folds: \(40, 20\) has 137,846,528,820 splits"),
]


@pytest.mark.parametrize(("call", "message"), REFUSALS, ids=[message[:30] for _, message in REFUSALS])
def test_it_is_refused_by_name(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(aj.StatisticsError, match=message):
        call()


def test_the_error_is_one_of_the_package_and_of_python() -> None:
    assert issubclass(aj.StatisticsError, aj.AdmfError) and issubclass(aj.StatisticsError, ValueError)
    assert aj.statistics is statistics
    assert all(getattr(statistics, name).__doc__ for name in statistics.__all__)
