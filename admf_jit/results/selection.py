"""What the best row of a sweep by Sharpe ratio is worth, since it was chosen from many."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import to_nulls, to_numbers
from admf_jit.results.ranking import MAXIMIZE, RANKED_BY, best_rows, column_of
from admf_jit.statistics import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe_ratio,
    probabilistic_sharpe_ratio,
    sharpe_ratio_variance,
)

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows

SHARPE = "sharpe_ratio"
#: Key of a manifest for the trials of a search by halving.
HALVING = "halving"
_FEWEST_BARS = 4
_FEWEST_TRIALS = 2
#: Below this a result is said to be no more than luck could bring, and from the other on to be more.
_LUCK, _MORE = 0.5, 0.95


def selection_of(table: Rows, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how probable it is that the best row's Sharpe ratio is no luck, or None where that is not defined.

    Every row with a Sharpe ratio counts as a trial; of a search by halving every point that was drawn does.
    That is too many where rows trade alike, and too few where other runs came before: both are said in
    ``selection_sentence``. It is defined for runs that are ranked by the largest Sharpe ratio, over one account of at
    least four bars.

    Returns
    -------
    A dictionary: ``trials``, the number of rows counted; ``expected_maximum_sharpe_ratio`` of so many worthless ones,
    per year; ``probabilistic_sharpe_ratio`` of the best row taken alone, and ``deflated_sharpe_ratio`` as the best of
    all: probabilities. Source: Bailey and Lopez de Prado (2014), see ``admf_jit.statistics``.
    """
    optimization, data = manifest["config"]["optimization"], manifest.get("data", {})
    if (optimization["objective"], optimization["direction"]) != (SHARPE, MAXIMIZE) or RANKED_BY in manifest:
        return None
    best = best_rows(table, SHARPE, MAXIMIZE, 1, optimization.get("result_constraints", ()))
    if not best:
        return None
    bars, year, row = int(data.get("bars", 0)), float(data.get("bars_per_year", math.nan)), best[0]
    if bars < _FEWEST_BARS or any(_is_missing(row.get(name)) for name in (SHARPE, "skewness", "kurtosis")):
        return None
    values = to_numbers(table.column(SHARPE)).astype(np.float64)
    values = values[~to_nulls(table.column(SHARPE)) & np.isfinite(values)] / math.sqrt(year)
    variance = float(values.var(ddof=1)) if len(values) >= _FEWEST_TRIALS else 0.0
    trials = len(values)
    if HALVING in manifest:  # most trials were run over a part of the bars, and are no rows
        trials, variance = int(manifest[HALVING]["trials"]), float(manifest[HALVING]["sharpe_variance"])
    if not 0.0 < variance < math.inf or trials < _FEWEST_TRIALS:
        return None
    sharpe, skewness = row[SHARPE] / math.sqrt(year), row["skewness"]
    # The table has the excess; no distribution has less than the bound, which rounding of a sample may pass.
    kurtosis = max(row["kurtosis"] + 3.0, 1.0 + skewness * skewness)
    return {
        "trials": trials,
        "expected_maximum_sharpe_ratio": expected_maximum_sharpe_ratio(trials, variance) * math.sqrt(year),
        "probabilistic_sharpe_ratio": probabilistic_sharpe_ratio(sharpe, bars, skewness, kurtosis),
        "deflated_sharpe_ratio": deflated_sharpe_ratio(sharpe, bars, skewness, kurtosis, trials, variance),
    }


def sharpe_errors(table: Rows, manifest: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the standard error of each row's annual Sharpe ratio, NaN where it has none."""
    data = manifest.get("data", {})
    if len(data.get("sets", ())) == 1:
        data = next(iter(data["sets"].values()))
    bars, year = int(data.get("bars", 0)), float(data.get("bars_per_year", math.nan))
    sharpe, skewness, excess = (column_of(table, name) for name in (SHARPE, "skewness", "kurtosis"))
    # The same bound as above.
    kurtosis = np.maximum(excess + 3.0, 1.0 + skewness * skewness)
    errors = np.full(len(sharpe), np.nan)
    there = np.isfinite(sharpe) & np.isfinite(skewness) & np.isfinite(kurtosis)
    if bars > 1 and there.any():
        per_bar = sharpe[there] / math.sqrt(year)
        errors[there] = np.sqrt(sharpe_ratio_variance(per_bar, bars, skewness[there], kurtosis[there]) * year)
    return errors


def selection_sentence(selection: Mapping[str, Any]) -> str:
    """Say in words what ``selection_of`` found."""
    alone, deflated = selection["probabilistic_sharpe_ratio"], selection["deflated_sharpe_ratio"]
    if deflated < _LUCK:
        verdict = "luck alone would be expected to bring as much"
    elif deflated < _MORE:
        verdict = "it may be luck"
    else:
        verdict = "luck alone hardly brings as much"
    return (
        f"the best row was chosen from {selection['trials']:,}: {verdict}. Its Sharpe ratio is above zero with "
        f"probability {alone:.1%} taken alone, and with {deflated:.1%} above "
        f"{selection['expected_maximum_sharpe_ratio']:.2f}, "
        "the best that so many worthless rows are expected to have (deflated Sharpe ratio; rows that trade alike count "
        "each, earlier runs do not)"
    )


def _is_missing(value: Any) -> bool:
    return value is None or not math.isfinite(value)
