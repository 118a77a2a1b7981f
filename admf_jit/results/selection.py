"""What the best row of a sweep by Sharpe ratio is worth, since it was chosen from many."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import to_nulls, to_numbers
from admf_jit.results.ranking import MAXIMIZE, RANKED_BY, best_rows, column_of
from admf_jit.statistics import (
    deflated_sharpe_ratio,
    effective_number_of_trials,
    expected_maximum_sharpe_ratio,
    probabilistic_sharpe_ratio,
    sharpe_ratio_variance,
)

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows

SHARPE = "sharpe_ratio"
#: Key of a manifest for what the ledger of trials knew when the run ended.
LEDGER = "ledger"
#: Key of a manifest for the trials of a search by halving.
HALVING = "halving"
_FEWEST_BARS = 4
_FEWEST_TRIALS = 2
#: Below this a result is said to be no more than luck could bring, and from the other on to be more.
_LUCK, _MORE = 0.5, 0.95


@dataclass(frozen=True)
class Convention:
    """How the probability of a Sharpe ratio is reckoned: see ``admf_jit.statistics.sharpe``."""

    name: str = "2012"
    autocorrelation: float = 0.0

    @property
    def arguments(self) -> dict[str, Any]:
        """What functions of statistics take."""
        return {"convention": self.name, "autocorrelation": self.autocorrelation}


def selection_of(
    table: Rows,
    manifest: Mapping[str, Any],
    correlation: float | None = None,
    convention: Convention = Convention(),  # noqa: B008
) -> dict[str, Any] | None:
    """Return how probable it is that the best row's Sharpe ratio is no luck, or None where that is not defined.

    Every container that was ever run on the data and has a Sharpe ratio counts as a trial, as the ledger of trials knew
    them when the run ended; of a search by halving every point that was drawn does. That is too many where rows trade
    alike, and too few where runs were not recorded: ``selection_sentence`` says both. It is defined for runs that are
    ranked by the largest Sharpe ratio, over one account of at least four bars.

    Returns
    -------
    A dictionary: ``trials``, the number counted, of which ``earlier_trials`` are of other runs, and ``lower_bound``,
    why there may be more, or None; ``expected_maximum_sharpe_ratio`` of so many worthless ones, per year;
    ``probabilistic_sharpe_ratio`` of the best row taken alone, and ``deflated_sharpe_ratio`` as the best of all:
    probabilities. ``effective_trials`` counts those with the same signals and exits once, None where that is not known,
    and ``effective_deflated_sharpe_ratio`` is deflated by so many. With ``correlation``, the mean one of all pairs of
    rows, it is there too, with ``independent_trials``, how many trials without any it comes to, and
    ``independent_deflated_sharpe_ratio``. Source: Bailey and Lopez de Prado (2014), see
    ``admf_jit.statistics``.
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
    found = _trials(table, manifest, year)
    if not 0.0 < found.variance < math.inf or found.count < _FEWEST_TRIALS:
        return None
    sharpe, skewness = row[SHARPE] / math.sqrt(year), row["skewness"]
    # The table has the excess; no distribution has less than the bound, which rounding of a sample may pass.
    kurtosis = max(row["kurtosis"] + 3.0, 1.0 + skewness * skewness)

    def deflated(trials: float | None) -> Any:
        if trials is None:
            return None
        moments = sharpe, bars, skewness, kurtosis
        return deflated_sharpe_ratio(*moments, trials, found.variance, **convention.arguments)

    independent = None if correlation is None else effective_number_of_trials(found.count, correlation)
    of_correlation = {
        "correlation": correlation,
        "independent_trials": independent,
        "independent_deflated_sharpe_ratio": deflated(independent),
    }
    return {
        "trials": found.count,
        "earlier_trials": found.earlier,
        "lower_bound": found.lower_bound,
        "expected_maximum_sharpe_ratio": expected_maximum_sharpe_ratio(found.count, found.variance) * math.sqrt(year),
        "probabilistic_sharpe_ratio": probabilistic_sharpe_ratio(
            sharpe, bars, skewness, kurtosis, **convention.arguments
        ),
        "deflated_sharpe_ratio": deflated(found.count),
        "effective_trials": found.effective,
        "effective_deflated_sharpe_ratio": deflated(found.effective),
        **(of_correlation if correlation is not None else {}),
    }


@dataclass(frozen=True)
class _Trials:
    """How many trials a best row was chosen from: all, those of earlier runs, and those that differ.

    ``variance`` (divisor n - 1) is that of their Sharpe ratios per bar.
    """

    count: int
    earlier: int
    variance: float
    effective: int | None
    lower_bound: str | None


def _trials(table: Rows, manifest: Mapping[str, Any], year: float) -> _Trials:
    """The trials of a run and, where the ledger was told of it, of the runs before it on the same data."""
    values = to_numbers(table.column(SHARPE)).astype(np.float64)
    values = values[~to_nulls(table.column(SHARPE)) & np.isfinite(values)] / math.sqrt(year)
    ledger = manifest.get(LEDGER) or {}
    counts = (ledger.get("data") or {}).get(manifest["data"].get("digest"), {})
    earlier = int(counts.get("earlier", 0))
    count, variance = len(values), float(values.var(ddof=1)) if len(values) >= _FEWEST_TRIALS else 0.0
    effective = max(1, min(int(counts["streams"]), count + earlier)) if counts else None
    if earlier and count:
        distance = float(values.mean()) - float(counts["earlier_mean"])
        squares = float(values.var()) * count + float(counts["earlier_variance"]) * earlier
        squares += distance * distance * count * earlier / (count + earlier)
        variance = squares / (count + earlier - 1)
    if HALVING in manifest:  # most trials were run over a part of the bars, and are no rows
        said = manifest[HALVING]
        count, variance, effective = int(said["trials"]), float(said["sharpe_variance"]), None
    why = None if ledger.get("recorded") else str(ledger.get("reason") or "the run is older than that")
    return _Trials(count + earlier, earlier, variance, effective, why)


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
    trials, earlier = selection["trials"], selection.get("earlier_trials", 0)
    of_others = f" ({trials - earlier:,} of this run, {earlier:,} of earlier ones on the same data)" if earlier else ""
    notes = ["deflated Sharpe ratio"]
    effective = selection.get("effective_trials")
    if effective is not None and effective < trials:
        other = selection["effective_deflated_sharpe_ratio"]
        notes.append(f"{other:.1%} where the {effective:,} with different signals or exits count alone")
    if selection.get("correlation") is not None:
        other = selection["independent_deflated_sharpe_ratio"]
        notes.append(
            f"{other:.1%} by the {selection['independent_trials']:,.1f} independent trials that rows of a mean "
            f"correlation of {selection['correlation']:.2f} come to"
        )
    if selection.get("lower_bound"):
        notes.append(f"the number is a lower bound, as the ledger of trials has no record: {selection['lower_bound']}")
    return (
        f"the best row was chosen from {trials:,}{of_others}: {verdict}. Its Sharpe ratio is above zero with "
        f"probability {alone:.1%} taken alone, and with {deflated:.1%} above "
        f"{selection['expected_maximum_sharpe_ratio']:.2f}, "
        f"the best that so many worthless rows are expected to have ({'; '.join(notes)})"
    )


def _is_missing(value: Any) -> bool:
    return value is None or not math.isfinite(value)
