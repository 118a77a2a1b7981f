"""How often tests of the 5 % level reject sweeps without skill: `python -m benchmarks.null_calibration [DRAWS]`.

Each draw is 500 daily bars of a random walk, and a grid of nine crossovers of averages over it, without costs. It is
judged as a run judges its best row, and held against 19 surrogate markets of each method, so that 5 % is one of twenty.
The second world has a drift with a Sharpe ratio of 1 a year: whoever is long has it, without any skill of timing.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit import statistics
from admf_jit.config.statistics import NULL_METHODS
from admf_jit.data import MarketData
from admf_jit.errors import StatisticsError
from admf_jit.workers.batch import NO_RING, run_containers
from admf_jit.workflow.null_sweep import null_sweep
from admf_jit.workflow.other_bars import blocks_of
from admf_jit.workflow.prepared import Prepared
from admf_kernels.constants import METRIC_NAMES, PERIOD_FIELDS

BARS, MARKETS, BLOCKS, HISTORIES = 500, 19, 16, 199
YEAR, DEVIATION = 252.0, 0.01
DRIFTS = {"random walk": 0.0, "with a drift": DEVIATION / np.sqrt(YEAR)}
SWEPT = {"fast_period": [3, 5, 8], "slow_period": [13, 21, 34]}


def market(seed: int, drift: float) -> MarketData:
    """Bars whose returns are independent and normal, with this mean."""
    random = np.random.default_rng([19, seed])
    close = 100.0 * np.cumprod(1.0 + drift + DEVIATION * random.standard_normal(BARS))
    opened = np.append(100.0, close[:-1])
    wicks = 1.0 + 0.002 * random.random((2, BARS))
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2020-01-01", periods=BARS, freq="D", tz="UTC"),
            "open": opened,
            "high": np.maximum(opened, close) * wicks[0],
            "low": np.minimum(opened, close) / wicks[1],
            "close": close,
            "volume": 1.0,
        }
    )
    return aj.load(frame, bars_per_year=YEAR)


def outcomes(prepared: Prepared, seed: int, drift: float) -> Iterator[tuple[str, bool]]:
    """Whether each test rejects one draw."""
    drawn = replace(prepared, data=market(seed, drift))
    ends = tuple(BARS * block // BLOCKS for block in range(1, BLOCKS + 1))
    ((_, inputs),) = blocks_of(drawn)
    rows = np.empty((len(inputs.symbol), len(METRIC_NAMES) + BLOCKS * len(PERIOD_FIELDS)))
    run_containers(drawn.runner.module, drawn.data, inputs, NO_RING, rows, ends=ends)
    sharpe, skewness, excess = (rows[:, METRIC_NAMES.index(name)] for name in ("sharpe_ratio", "skewness", "kurtosis"))
    best, per_bar = int(np.nanargmax(sharpe)), sharpe / np.sqrt(YEAR)
    given = per_bar[best], BARS, skewness[best], max(excess[best] + 3.0, 1.0 + skewness[best] ** 2)
    alone = statistics.probabilistic_sharpe_ratio(*given)
    yield "probabilistic Sharpe ratio of the best, alone", alone > 0.95
    yield "the same by Bonferroni, 9 trials", 9.0 * (1.0 - alone) <= 0.05
    variance = float(np.nanvar(per_bar, ddof=1))
    yield "deflated Sharpe ratio, 9 trials", statistics.deflated_sharpe_ratio(*given, 9, variance) > 0.95
    periods = rows[:, len(METRIC_NAMES) :].reshape(len(rows), BLOCKS, -1)
    sums = periods[:, :, PERIOD_FIELDS.index("returns")].T
    independent = statistics.effective_number_of_trials(9, statistics.average_correlation(sums))
    deflated = statistics.deflated_sharpe_ratio(*given, independent, variance)
    yield "deflated Sharpe ratio, correlated trials", deflated > 0.95
    try:
        spa = statistics.superior_predictive_ability(sums, n_bootstrap=HISTORIES, seed=seed)
        yield "SPA of 16 blocks, consistent", spa.consistent <= 0.05
        yield "SPA of 16 blocks, upper", spa.upper <= 0.05
        yield "reality check of 16 blocks", statistics.reality_check(sums, n_bootstrap=HISTORIES, seed=seed) <= 0.05
    except StatisticsError as problem:  # a row that traded in no block
        print(problem, file=sys.stderr)
    overfitting = statistics.backtest_overfitting_from_sums(
        np.diff(ends, prepend=0), sums, periods[:, :, PERIOD_FIELDS.index("returns_2")].T
    )
    yield "PBO below 5 % (says that it is not overfitted)", overfitting.probability < 0.05
    for method in NULL_METHODS:
        null = null_sweep(drawn, float(sharpe[best]), MARKETS, method, seed, n_jobs=1)
        yield f"null sweep, {method}", null.p_value <= 0.05


def main(draws: int) -> None:
    """Print the share of draws that each test rejects, in both worlds."""
    many = aj.grid("sma_crossover", market(0, 0.0), SWEPT, ledger=False, n_jobs=1)
    prepared = many._prepared.sweeps[0].prepared
    found: dict[str, dict[str, list[bool]]] = {}
    for world, drift in DRIFTS.items():
        for seed in range(draws):
            for name, rejected in outcomes(prepared, seed, drift):
                found.setdefault(name, {}).setdefault(world, []).append(bool(rejected))
    print(f"| test | {' | '.join(DRIFTS)} |")
    for name, worlds in found.items():
        print(f"| {name} | {' | '.join(f'{100.0 * np.mean(worlds[world]):.1f} %' for world in DRIFTS)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
