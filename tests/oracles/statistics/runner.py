"""Answers cases with arch, jsharpe, skfolio and statsmodels: JSON lines from stdin to stdout.

Runs inside `.oracles/statistics` alone. In: a case of cases.py. Out: a name and a number, or a list of them, each.
"""

import json
import sys
from typing import Any

import jsharpe
import numpy as np
from arch.bootstrap import SPA, StationaryBootstrap, StepM, optimal_block_length
from scipy.optimize import brentq
from skfolio.measures import deflated_sharpe_ratio, probabilistic_sharpe_ratio
from skfolio.model_selection import CombinatorialPurgedCV
from statsmodels.stats.multitest import multipletests

Answer = dict[str, Any]


def main() -> None:
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(globals()[case["call"]](**case["arguments"])), flush=True)


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
    moments = {"gamma3": skewness, "gamma4": kurtosis, "rho": autocorrelation}
    answer = {
        "variance": jsharpe.sharpe_ratio_variance(sharpe, n, **moments),
        "probabilistic": jsharpe.probabilistic_sharpe_ratio(sharpe, benchmark, T=n, **moments),
        "expected_maximum": jsharpe.expected_maximum_sharpe_ratio(trials, trials_variance),
        # The benchmark that would just be rejected.
        "lower": brentq(
            lambda low: jsharpe.critical_sharpe_ratio(low, n, alpha=0.5 * (1.0 - confidence), **moments) - sharpe,
            sharpe - 10.0,
            sharpe,
            xtol=1e-15,
        ),
    }
    if sharpe > benchmark:
        answer["track_record"] = jsharpe.minimum_track_record_length(
            sharpe, benchmark, alpha=1.0 - confidence, **moments
        )
    return answer


def deflated(returns: list[float], trials: list[float]) -> Answer:
    return {
        "probabilistic": float(probabilistic_sharpe_ratio(np.array(returns), 0.05)),
        "deflated": float(deflated_sharpe_ratio(np.array(returns), np.array(trials))),
    }


def p_values(p_values: list[float]) -> Answer:
    p = np.array(p_values)
    methods = {"bonferroni": "bonferroni", "holm": "holm", "benjamini_yekutieli": "fdr_by"}
    answer = {name: multipletests(p, method=method)[1].tolist() for name, method in methods.items()}
    np.testing.assert_allclose(jsharpe.adjusted_p_values_bonferroni(p), answer["bonferroni"], rtol=1e-12)
    np.testing.assert_allclose(jsharpe.adjusted_p_values_holm(p), answer["holm"], rtol=1e-12)
    return answer


def block_lengths(series: list[float]) -> Answer:
    lengths = optimal_block_length(np.array(series))
    return {name: float(lengths[name].iloc[0]) for name in ("stationary", "circular")}


def drawn(n: int, block_length: float, histories: int, seed: int) -> Answer:
    bootstrap = StationaryBootstrap(block_length, np.arange(n), seed=np.random.default_rng(seed))
    return {"indices": [data[0][0].tolist() for data in bootstrap.bootstrap(histories)]}


def superiority(
    returns: list[list[float]], benchmark: list[float], block_length: int, histories: int, seed: int
) -> Answer:
    """Also of leads over their standard errors, which studentizes: arch itself does not, whatever it is told."""
    models, base = -np.array(returns), -np.array(benchmark)
    plain = spa(base, models, block_length, histories, seed)
    errors = SPA(base, models, block_length, histories, seed=seed)
    errors._compute_variance()
    scaled = (models - base[:, None]) / np.sqrt(errors._loss_diff_var / len(base))
    return {**plain, **{f"scaled_{k}": v for k, v in spa(0.0 * base, scaled, block_length, histories, seed).items()}}


def spa(base: Any, models: Any, block_length: int, histories: int, seed: int) -> Answer:
    test = SPA(base, models, block_length, histories, seed=np.random.default_rng(seed))
    test.compute()
    steps = StepM(base, models, 0.1, block_length, histories, seed=np.random.default_rng(seed))
    steps.compute()
    return {
        **{k: float(v) for k, v in test.pvalues.items()},
        "superior": [int(place) for place in steps.superior_models],
    }


def folds(n: int, n_folds: int, n_test_folds: int, purge: int, embargo: int) -> Answer:
    splitter = CombinatorialPurgedCV(n_folds, n_test_folds, purged_size=purge, embargo_size=embargo)
    splits = list(splitter.split(np.zeros((n, 1))))
    return {
        "train": [train.tolist() for train, _ in splits],
        "test": [[fold.tolist() for fold in test] for _, test in splits],
        "paths": splitter.recombined_paths.T.tolist(),
    }


if __name__ == "__main__":
    main()
