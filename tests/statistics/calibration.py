"""How often tests of the 5 % level reject noise: `python -m tests.statistics.calibration [DRAWS]` prints the shares.

Each draw is 250 normal returns of ten containers without skill, resampled into 199 histories; the last two lines have
an autocorrelation of 0.3.
"""

import sys
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from admf_jit import statistics
from tests.oracles.statistics.ar1 import ar1

Floats = npt.NDArray[np.float64]
N, K, HISTORIES = 250, 10, 199
CORRELATION = 0.3
# Those of which theory says 5 %. The others: "lower" of SPA is liberal by construction; the quantile of StepM lies
# between two of 199 histories; a deflated Sharpe ratio has to be above the expected best, and not above zero;
# adjustments are at most 5 %; the form of 2012 knows of no correlation.
AT_THE_LEVEL = {
    "probabilistic_sharpe_ratio, 2012",
    "probabilistic_sharpe_ratio, 2026",
    "probabilistic_sharpe_ratio, 2026, of correlated returns",
    "sharpe_confidence_interval, 2012",
    "sharpe_confidence_interval, 2026",
    "haircut_sharpe_ratio of the best, both sides",
    "superior_predictive_ability, consistent",
    "superior_predictive_ability, upper",
    "reality_check",
}


def shares(draws: int) -> dict[str, float]:
    """Return the share of draws that each test rejects."""
    outcomes: dict[str, list[bool]] = {}
    for seed in range(draws):
        rng = np.random.default_rng([2026, seed])
        for name, rejected in _outcomes(rng, seed):
            outcomes.setdefault(name, []).append(bool(rejected))
    return {name: float(np.mean(rejected)) for name, rejected in outcomes.items()}


def _outcomes(rng: np.random.Generator, seed: int) -> Iterator[tuple[str, bool]]:
    returns = 0.01 * rng.standard_normal((N, K))
    measured = _measured(returns[:, 0])
    for convention in ("2012", "2026"):
        probability = statistics.probabilistic_sharpe_ratio(*measured, convention=convention)
        yield f"probabilistic_sharpe_ratio, {convention}", probability > 0.95
        low, high = statistics.sharpe_confidence_interval(*measured, convention=convention)
        yield f"sharpe_confidence_interval, {convention}", not low <= 0.0 <= high
    yield from _of_the_best(returns)
    yield from _bootstrapped(returns, seed)
    series = 0.01 * ar1(rng.standard_normal(N + 50), CORRELATION)[50:]
    measured = _measured(series)
    older = statistics.probabilistic_sharpe_ratio(*measured)
    newer = statistics.probabilistic_sharpe_ratio(*measured, convention="2026", autocorrelation=CORRELATION)
    yield "probabilistic_sharpe_ratio, 2012, of correlated returns", older > 0.95
    yield "probabilistic_sharpe_ratio, 2026, of correlated returns", newer > 0.95


def _of_the_best(returns: Floats) -> Iterator[tuple[str, bool]]:
    sharpes = returns.mean(axis=0) / returns.std(axis=0, ddof=1)
    best = int(sharpes.argmax())
    deflated = statistics.deflated_sharpe_ratio(*_measured(returns[:, best]), K, 1.0 / N)
    yield "deflated_sharpe_ratio", deflated > 0.95
    both = statistics.haircut_sharpe_ratio(np.abs(sharpes).max(), N, K)
    yield "haircut_sharpe_ratio of the best, both sides", both.p_value <= 0.05
    for method in ("bonferroni", "holm", "benjamini_yekutieli"):
        cut = statistics.haircut_sharpe_ratios(np.abs(sharpes), N, method)
        yield f"{method}, both sides", cut.p_value.min() <= 0.05


def _bootstrapped(returns: Floats, seed: int) -> Iterator[tuple[str, bool]]:
    indices = statistics.stationary_bootstrap_indices(N, 1.0, HISTORIES, seed)
    test = statistics.superior_predictive_ability(returns, None, 1.0, indices=indices)
    for kind in ("lower", "consistent", "upper"):
        yield f"superior_predictive_ability, {kind}", getattr(test, kind) <= 0.05
    yield "reality_check", statistics.reality_check(returns, None, 1.0, indices=indices) <= 0.05
    yield "step_m", statistics.step_m(returns, None, 0.05, 1.0, indices=indices).size > 0


def _measured(series: Floats) -> tuple[float, int, float, float]:
    moved = series - series.mean()
    spread = np.mean(moved**2)
    return (
        float(series.mean() / series.std(ddof=1)),
        len(series),
        float(np.mean(moved**3) / spread**1.5),
        float(np.mean(moved**4) / spread**2),
    )


if __name__ == "__main__":
    for name, share in shares(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000).items():
        print(f"{share:7.2%}  {name}{'' if name in AT_THE_LEVEL else '  (not a test of 5 % here)'}")
