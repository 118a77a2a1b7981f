"""What a result found by searching is worth: numbers and arrays in, numbers out.

Every function states its formula and its source; docs/statistics.md says in plain sentences what each one tells.
"""

from admf_jit.statistics.bootstrap import BlockLength, optimal_block_length, stationary_bootstrap_indices
from admf_jit.statistics.by_period import PeriodSelection, cross_validation_by_period, walk_forward_by_period
from admf_jit.statistics.correlation import average_correlation, effective_number_of_trials
from admf_jit.statistics.deflation import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe_ratio,
    minimum_backtest_length,
)
from admf_jit.statistics.folds import PurgedSplits, combinatorial_purged_splits
from admf_jit.statistics.haircut import Haircut, haircut_sharpe_ratio, haircut_sharpe_ratios
from admf_jit.statistics.multiple_tests import benjamini_yekutieli, bonferroni, holm
from admf_jit.statistics.overfitting import (
    BacktestOverfitting,
    backtest_overfitting_from_sums,
    probability_of_backtest_overfitting,
)
from admf_jit.statistics.pareto import hypervolume, pareto_front
from admf_jit.statistics.ranks import RankIntervals, rank_intervals
from admf_jit.statistics.resampled import ResampledPaths, resampled_paths
from admf_jit.statistics.sharpe import (
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_confidence_interval,
    sharpe_ratio_variance,
)
from admf_jit.statistics.superiority import (
    SuperiorPredictiveAbility,
    reality_check,
    step_m,
    superior_predictive_ability,
)

__all__ = [
    "BacktestOverfitting",
    "BlockLength",
    "Haircut",
    "PeriodSelection",
    "PurgedSplits",
    "RankIntervals",
    "ResampledPaths",
    "SuperiorPredictiveAbility",
    "average_correlation",
    "backtest_overfitting_from_sums",
    "benjamini_yekutieli",
    "bonferroni",
    "combinatorial_purged_splits",
    "cross_validation_by_period",
    "deflated_sharpe_ratio",
    "effective_number_of_trials",
    "expected_maximum_sharpe_ratio",
    "haircut_sharpe_ratio",
    "haircut_sharpe_ratios",
    "holm",
    "hypervolume",
    "minimum_backtest_length",
    "minimum_track_record_length",
    "optimal_block_length",
    "pareto_front",
    "probabilistic_sharpe_ratio",
    "probability_of_backtest_overfitting",
    "rank_intervals",
    "reality_check",
    "resampled_paths",
    "sharpe_confidence_interval",
    "sharpe_ratio_variance",
    "stationary_bootstrap_indices",
    "step_m",
    "superior_predictive_ability",
    "walk_forward_by_period",
]
