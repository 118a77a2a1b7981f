"""Answers cases as runner.py does, with admf_jit.statistics."""

from typing import Any

import numpy as np

from admf_jit import statistics
from tests.oracles.statistics.cases import Case

Answer = dict[str, Any]


def answer(case: Case) -> Answer:
    return dict(globals()[case.call](**case.arguments))


def sharpes(
    sharpe: float,
    benchmark: float,
    n: int,
    skewness: float,
    kurtosis: float,
    autocorrelation: float,
    confidence: float,
    trials: int,
    trials_variance: float,
) -> Answer:
    moments, newer = (skewness, kurtosis), ("2026", autocorrelation)
    result = {
        "variance": statistics.sharpe_ratio_variance(sharpe, n, *moments, autocorrelation),
        "probabilistic": statistics.probabilistic_sharpe_ratio(sharpe, n, *moments, benchmark, *newer),
        "expected_maximum": statistics.expected_maximum_sharpe_ratio(trials, trials_variance),
        "lower": statistics.sharpe_confidence_interval(sharpe, n, *moments, confidence, *newer)[0],
    }
    if sharpe > benchmark:
        length = statistics.minimum_track_record_length(sharpe, benchmark, *moments, confidence, *newer)
        result["track_record"] = length
    return result


def deflated(returns: list[float], trials: list[float]) -> Answer:
    series = np.array(returns)
    moved = series - series.mean()
    spread = np.mean(moved**2)
    # The conventions of skfolio: moments of the sample, but variances with divisor n - 1.
    measured = (
        series.mean() / series.std(ddof=1),
        len(series),
        np.mean(moved**3) / spread**1.5,
        np.mean(moved**4) / spread**2,
    )
    return {
        "probabilistic": statistics.probabilistic_sharpe_ratio(*measured, benchmark=0.05),
        "deflated": statistics.deflated_sharpe_ratio(*measured, len(trials), np.var(trials, ddof=1)),
    }


def p_values(p_values: list[float]) -> Answer:
    names = ("bonferroni", "holm", "benjamini_yekutieli")
    return {name: getattr(statistics, name)(p_values).tolist() for name in names}


def block_lengths(series: list[float]) -> Answer:
    return statistics.optimal_block_length(series)._asdict()


def drawn(n: int, block_length: float, histories: int, seed: int) -> Answer:
    return {"indices": statistics.stationary_bootstrap_indices(n, block_length, histories, seed).tolist()}


def superiority(
    returns: list[list[float]], benchmark: list[float], block_length: int, histories: int, seed: int
) -> Answer:
    plain = leads(returns, benchmark, block_length, histories, seed, False)
    assert plain["upper"] == statistics.reality_check(returns, benchmark, block_length, histories, seed)
    studentized = leads(returns, benchmark, block_length, histories, seed, True)
    return {**plain, **{f"scaled_{name}": value for name, value in studentized.items()}}


def leads(
    returns: list[list[float]],
    benchmark: list[float],
    block_length: int,
    histories: int,
    seed: int,
    studentize: bool,
) -> Answer:
    test = statistics.superior_predictive_ability(returns, benchmark, block_length, histories, seed, studentize)
    superior = statistics.step_m(returns, benchmark, 0.1, block_length, histories, seed, studentize)
    return {
        "lower": test.lower,
        "consistent": test.consistent,
        "upper": test.upper,
        "superior": superior.tolist(),
    }


def folds(n: int, n_folds: int, n_test_folds: int, purge: int, embargo: int) -> Answer:
    made = statistics.combinatorial_purged_splits(n, n_folds, n_test_folds, purge, embargo)
    return {
        "train": [train.tolist() for train in made.train],
        "test": [[fold.tolist() for fold in test] for test in made.test],
        "paths": made.paths.tolist(),
    }
