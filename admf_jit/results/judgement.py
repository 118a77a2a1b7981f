"""What all statistics of selection say about the rows of a sweep, from its table and its sums by period."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import statistics
from admf_jit.errors import ResultsError, StatisticsError
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.period_rows import PERIODS, read_periods
from admf_jit.results.period_sums import PeriodSums, blocks_of, has_one_history, months_of
from admf_jit.results.ranking import MAXIMIZE, RANKED_BY, best_rows, column_of
from admf_jit.results.selection import SHARPE, Convention, selection_of
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows

Floats = NDArray[np.float64]
#: So many months at least are resampled; with fewer it is blocks of bars.
_FEWEST_MONTHS, _FEWEST_PERIODS = 24, 8
#: Best rows whose ranks are compared with one another.
_RANKED = 100
_LEVEL = 0.05
#: What is said of a row by itself.
_OF_ONE = ("probabilistic_sharpe_ratio", "sharpe_low", "sharpe_high", "minimum_track_record_years", "p_value")
_HISTORIES = 1000


def row_statistics(table: Rows, manifest: Mapping[str, Any]) -> dict[str, Floats]:
    """What is said of each row by itself, and as one of all: arrays of n numbers, NaN for a row without a Sharpe ratio.

    ``probabilistic_sharpe_ratio``, ``sharpe_low`` and ``sharpe_high`` (95 %, per year), ``minimum_track_record_years``
    (above 0, at 95 %), ``p_value`` (of no better than 0, one-sided), ``p_holm`` and ``p_benjamini_yekutieli``,
    ``haircut_sharpe_ratio`` (per year, Holm) and ``break_even_cost``: the share of the traded value that trading would
    have to cost more for the mean return to be 0. Source: ``admf_jit.statistics``.
    """
    bars, year = _bars(manifest), _bars_per_year(manifest)
    sharpe, skewness, excess = (column_of(table, name) for name in (SHARPE, "skewness", "kurtosis"))
    kurtosis = _bounded_kurtosis(excess, skewness)
    there = np.isfinite(sharpe) & np.isfinite(skewness) & np.isfinite(kurtosis)
    names = (
        *_OF_ONE,
        "p_holm",
        "p_benjamini_yekutieli",
        "haircut_sharpe_ratio",
        "break_even_cost",
    )
    found = {name: np.full(len(sharpe), np.nan) for name in names}
    if bars < 2 or not there.any():
        return found
    root = math.sqrt(year)
    per_bar = sharpe[there] / root
    alone = _of_one(per_bar, skewness[there], kurtosis[there], manifest, Convention())
    p = alone["p_value"]
    volatility, turnover = column_of(table, "annual_volatility")[there], column_of(table, "turnover")[there]
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(turnover > 0.0, sharpe[there] * volatility / year * bars / turnover, np.nan)
    values = (
        *alone.values(),
        statistics.holm(p),
        statistics.benjamini_yekutieli(p),
        np.asarray(statistics.haircut_sharpe_ratios(per_bar, np.full(len(per_bar), bars)).sharpe) * root,
        cost,
    )
    for name, value in zip(names, values, strict=True):
        found[name][there] = value
    return found


def _bounded_kurtosis(excess: Floats, skewness: Floats) -> Floats:
    """Kurtosis from its excess: no distribution has less than the bound, which rounding of a sample may pass."""
    return np.maximum(excess + 3.0, 1.0 + skewness * skewness)


def _of_one(
    sharpe: Floats, skewness: Floats, kurtosis: Floats, manifest: Mapping[str, Any], convention: Convention
) -> dict[str, Floats]:
    """What is said of rows by themselves, by the names of ``_OF_ONE``; ``sharpe`` is per bar."""
    bars, year = _bars(manifest), _bars_per_year(manifest)
    given, root = convention.arguments, math.sqrt(year)
    above = np.asarray(statistics.probabilistic_sharpe_ratio(sharpe, bars, skewness, kurtosis, **given))
    low, high = statistics.sharpe_confidence_interval(sharpe, bars, skewness, kurtosis, **given)
    length = np.full(len(sharpe), np.inf)
    good = sharpe > 0.0
    if good.any():
        shape = skewness[good], kurtosis[good]
        length[good] = statistics.minimum_track_record_length(sharpe[good], 0.0, *shape, **given)
    values = above, np.asarray(low) * root, np.asarray(high) * root, length / year, 1.0 - above
    return dict(zip(_OF_ONE, values, strict=True))


def judgement_of(
    table: Rows,
    manifest: Mapping[str, Any],
    directory: Path,
    convention: str = "2012",
    returns_of: Callable[[int], Floats] | None = None,
) -> dict[str, Any] | None:
    """What is said about the best row as the best of all, or None where the run has no sums by period for it.

    Beside what ``selection_of`` says: ``row``, the index of the best by Sharpe ratio of those that satisfy
    ``result_constraints``, with what ``row_statistics`` says of it; ``significant_holm`` and
    ``significant_benjamini_yekutieli``, rows at 5 %; ``minimum_backtest_years``; ``overfitting`` (see
    ``overfitting_of``); and of resampled ``periods`` ("months" or "blocks", ``n_periods``) ``spa_lower``,
    ``spa_consistent``, ``spa_upper``, ``reality_check``, ``step_m`` (the rows that beat doing nothing) and
    ``tied_with_best``, the rows that cannot be told apart from the best of all, by falling Sharpe ratio; the mean
    ``correlation`` of the rows by the same periods, as ``selection_of`` says.

    ``convention`` is that of ``admf_jit.statistics.sharpe`` for what is said of the best row. ``returns_of`` gives the
    returns by bar of a row by its index, where it is run again: then ``autocorrelation`` is known, which the convention
    of 2026 takes (0 without it), and ``drawdown_low`` and ``drawdown_high``, between which the largest drawdown lies in
    95 % of resampled histories.
    """
    optimization = manifest["config"]["optimization"]
    ranked = (optimization["objective"], optimization["direction"]) == (SHARPE, MAXIMIZE)
    if not ranked or RANKED_BY in manifest or PERIODS not in manifest or not has_one_history(manifest):
        return None
    if selection_of(table, manifest) is None:
        return None
    rows = row_statistics(table, manifest)
    sharpe = column_of(table, SHARPE)
    index = to_numbers(table.column("index")).astype(np.int64)
    best = best_rows(table, SHARPE, MAXIMIZE, 1, optimization.get("result_constraints", ()))
    place = int(np.flatnonzero(index == best[0]["index"])[0])
    returns = None if returns_of is None else returns_of(int(index[place]))
    chosen = Convention(convention, 0.0 if returns is None or convention == "2012" else _autocorrelation(returns))
    numbers = read_periods(directory, manifest)
    sums = _resampled_sums(numbers, index, manifest)
    selection = selection_of(table, manifest, None if sums is None else _correlation(sums[1]), chosen)
    assert selection is not None
    found: dict[str, Any] = {**selection, "row": int(index[place]), "convention": convention}
    found |= {name: float(value[place]) for name, value in rows.items()}
    if convention != "2012":
        found |= _by_convention(table, place, manifest, chosen)
    if returns is not None:
        found |= _of_returns(returns, column_of(table, "max_drawdown")[place])
    # Of the best one, Holm's is Bonferroni's with all trials counted, those of other runs among them.
    cut = statistics.haircut_sharpe_ratio(
        float(sharpe[place]) / math.sqrt(_bars_per_year(manifest)), _bars(manifest), selection["trials"], "bonferroni"
    )
    found["haircut_sharpe_ratio"] = float(cut.sharpe) * math.sqrt(_bars_per_year(manifest))
    with np.errstate(invalid="ignore"):
        for name in ("holm", "benjamini_yekutieli"):
            found[f"significant_{name}"] = int(np.count_nonzero(rows[f"p_{name}"] < _LEVEL))
    if sharpe[place] > 0.0:
        found["minimum_backtest_years"] = statistics.minimum_backtest_length(selection["trials"], float(sharpe[place]))
    of_all = {} if sums is None else _of_resampled(*sums, index, sharpe)
    return found | overfitting_of(numbers, index, manifest) | of_all


def _by_convention(table: Rows, place: int, manifest: Mapping[str, Any], chosen: Convention) -> dict[str, Any]:
    """What ``row_statistics`` says of a row by itself, by another convention."""
    sharpe, skewness, excess = (column_of(table, name)[place : place + 1] for name in (SHARPE, "skewness", "kurtosis"))
    kurtosis = _bounded_kurtosis(excess, skewness)
    found = _of_one(sharpe / math.sqrt(_bars_per_year(manifest)), skewness, kurtosis, manifest, chosen)
    return {name: float(values[0]) for name, values in found.items()}


def _of_returns(returns: Floats, drawdown: float) -> dict[str, Any]:
    """What is said of the best row by its returns of bars."""
    low, high = statistics.resampled_paths(returns, _HISTORIES).drawdown_interval
    return {
        "autocorrelation": _autocorrelation(returns),
        "max_drawdown": float(drawdown),
        "drawdown_low": low,
        "drawdown_high": high,
    }


def _autocorrelation(returns: Floats) -> float:
    """Of each return with the next: sum of products of deviations from the mean, over that of squares."""
    moved = returns - returns.mean()
    squares = float(moved @ moved)
    return float(moved[1:] @ moved[:-1]) / squares if squares > 0.0 else 0.0


def overfitting_of(numbers: Floats, index: NDArray[np.int64], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """PBO over all rows that traded, by the blocks of the run; nothing where these are too few or odd in number.

    ``overfitting``: ``probability``, ``probability_of_loss``, ``splits``, ``blocks``, and ``logits``, their deciles
    from the lowest to the highest.
    """
    try:
        blocks = blocks_of(numbers, index, manifest)
        sums = _moving(blocks)
        if sums.returns.shape[1] < 2:
            return {}
        result = statistics.backtest_overfitting_from_sums(sums.bars, sums.returns, sums.returns_2)
    except (ResultsError, StatisticsError):
        return {}
    return {
        "overfitting": {
            "probability": result.probability,
            "probability_of_loss": result.probability_of_loss,
            "splits": len(result.logits),
            "blocks": len(blocks.bars),
            "logits": [round(float(one), 4) for one in np.quantile(result.logits, np.linspace(0.0, 1.0, 11))],
        }
    }


def _moving(sums: PeriodSums) -> PeriodSums:
    """The containers that have returns at all."""
    return sums.part(np.isfinite(sums.returns).all(axis=0) & (sums.returns_2.sum(axis=0) > 0.0))


def _resampled_sums(
    numbers: Floats, index: NDArray[np.int64], manifest: Mapping[str, Any]
) -> tuple[str, PeriodSums] | None:
    """Sums of months, or of blocks where months are few, of the rows whose returns differ; None where they are few."""
    name = "months" if len(manifest[PERIODS]["sweeps"][0]["months"]) >= _FEWEST_MONTHS else "blocks"
    try:
        sums = _moving((months_of if name == "months" else blocks_of)(numbers, index, manifest))
    except ResultsError:
        return None
    sums = sums.part(np.ptp(sums.returns, axis=0) > 0.0)
    return (name, sums) if len(sums.bars) >= _FEWEST_PERIODS and sums.returns.shape[1] else None


def _correlation(sums: PeriodSums) -> float | None:
    """The mean correlation of the rows, None for one row."""
    return statistics.average_correlation(sums.returns) if sums.returns.shape[1] > 1 else None


def _of_resampled(name: str, sums: PeriodSums, index: NDArray[np.int64], sharpe: Floats) -> dict[str, Any]:
    """Tests by the stationary bootstrap, over the sums of returns of periods."""
    try:
        spa = statistics.superior_predictive_ability(sums.returns, n_bootstrap=_HISTORIES)
        found: dict[str, Any] = {
            "periods": name,
            "n_periods": len(sums.bars),
            "block_length": spa.block_length,
            "spa_lower": spa.lower,
            "spa_consistent": spa.consistent,
            "spa_upper": spa.upper,
            "reality_check": statistics.reality_check(sums.returns, n_bootstrap=_HISTORIES),
            "step_m": len(statistics.step_m(sums.returns, n_bootstrap=_HISTORIES)),
        }
    except StatisticsError:
        return {}
    return found | _tied(sums, dict(zip(index.tolist(), sharpe.tolist(), strict=True)))


def _tied(sums: PeriodSums, sharpe: Mapping[int, float]) -> dict[str, Any]:
    """The rows among the best that cannot be told apart from the first."""
    by_row = np.array([sharpe[row] for row in sums.index.tolist()])
    best = sums.part(np.argsort(-by_row, kind="stable")[:_RANKED])
    try:
        ranks = statistics.rank_intervals(best.returns, n_bootstrap=_HISTORIES)
    except StatisticsError:
        return {}
    return {"compared": len(best.index), "tied_with_best": [int(best.index[place]) for place in ranks.tied_with_best]}


def judgement_sentences(found: Mapping[str, Any]) -> list[str]:
    """Say in words what ``judgement_of`` found, beyond ``selection_sentence``."""
    row = found["row"]
    said = [
        f"row {row}: Sharpe ratio between {found['sharpe_low']:.2f} and {found['sharpe_high']:.2f} (95 %), "
        f"{found['haircut_sharpe_ratio']:.2f} after the haircut for {found['trials']:,} tests; {_track_record(found)}; "
        f"trading may cost {100.0 * found['break_even_cost']:.3f} % of what is traded more until its mean return is 0",
        f"{counted(found['significant_holm'], 'row is', 'rows are')} above 0 at 5 % with all of them counted (Holm), "
        f"{found['significant_benjamini_yekutieli']:,} with one false in twenty allowed (Benjamini-Yekutieli)",
    ]
    if "drawdown_low" in found:
        said.append(
            f"its largest drawdown of {found['max_drawdown']:.1%} lies between {found['drawdown_low']:.1%} and "
            f"{found['drawdown_high']:.1%} in 95 % of resampled histories"
        )
    if "overfitting" in found:
        over = found["overfitting"]
        said.append(
            f"chosen on half of {over['blocks']} blocks, the best row is in the worse half on the other blocks in "
            f"{over['probability']:.1%} of {over['splits']:,} splits (probability of backtest overfitting), and loses "
            f"money there in {over['probability_of_loss']:.1%}"
        )
    if "spa_consistent" in found:
        said.append(
            f"without any skill the best of all rows would do as well with probability {found['spa_consistent']:.3f} "
            f"(SPA, {found['spa_lower']:.3f} to {found['spa_upper']:.3f}; reality check {found['reality_check']:.3f}), "
            f"by {found['n_periods']} {found['periods']} resampled; {found['step_m']:,} rows beat doing nothing (StepM)"
        )
    if len(found.get("tied_with_best", ())) > 1:
        n = len(found["tied_with_best"])
        said.append(f"ranks 1 to {n} of the best {found['compared']} cannot be told apart (95 %)")
    return [*said, verdict(found)]


def verdict(found: Mapping[str, Any]) -> str:
    """One sentence on what all of it says about the best row."""
    against = []
    if found["deflated_sharpe_ratio"] < 0.95:
        against.append("its Sharpe ratio is within what luck brings (deflated Sharpe ratio)")
    if found.get("overfitting", {}).get("probability", 0.0) > 0.2:
        against.append("what is best in one part of the history is not in another (PBO)")
    if found.get("spa_consistent", 0.0) > _LEVEL:
        against.append("the best of as many rows without skill would do as well (SPA)")
    if not against:
        return "none of the tests speaks against the best row; they do not know of runs before this one"
    return f"the best row is not to be believed yet: {'; '.join(against)}"


def _track_record(found: Mapping[str, Any]) -> str:
    years = found["minimum_track_record_years"]
    if not years < math.inf:
        return "no length of history would do to say it is above 0"
    return f"{years:.1f} years would do to say it is above 0, taken alone (95 %)"


def _bars(manifest: Mapping[str, Any]) -> int:
    return int(_data(manifest).get("bars", 0))


def _bars_per_year(manifest: Mapping[str, Any]) -> float:
    return float(_data(manifest).get("bars_per_year", math.nan))


def _data(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    data: Mapping[str, Any] = manifest.get("data", {})
    return next(iter(data["sets"].values())) if len(data.get("sets", ())) == 1 else data
