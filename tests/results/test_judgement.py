"""What a run says about its best row, against the same said of the returns of every row's own replay."""

from __future__ import annotations

import json
import math
from statistics import NormalDist

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import statistics
from admf_jit.cli import main
from admf_jit.results.judgement import judgement_sentences, verdict
from admf_jit.results.ranking import json_value
from admf_jit.results.selection import selection_sentence

DATA = aj.load("sample", symbols=["ALFA"], timeframe="1d").select("ALFA", end="2015-12-31")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> aj.GridResult:
    swept = {"fast_period": [3, 5], "slow_period": [8, 13, 21]}
    return aj.grid("sma_crossover", DATA, swept, commission=0.001, out=tmp_path_factory.mktemp("judged") / "run")


@pytest.fixture(scope="module")
def returns(many: aj.GridResult) -> np.ndarray:
    equity = np.array([many.container(row).equity.to_numpy() for row in range(len(many))]).T
    return np.diff(equity, axis=0, prepend=100_000.0) / np.vstack([np.full(len(many), 100_000.0), equity[:-1]])


def test_splits_are_those_of_all_bars(many: aj.GridResult, returns: np.ndarray) -> None:
    said = many.judgement
    assert said is not None and said["overfitting"]["splits"] == 12_870
    dense = statistics.probability_of_backtest_overfitting(returns)
    assert said["overfitting"]["probability"] == pytest.approx(dense.probability, rel=1e-12)
    assert said["overfitting"]["probability_of_loss"] == pytest.approx(dense.probability_of_loss, rel=1e-12)


def test_tests_by_resampling_are_those_of_the_blocks(many: aj.GridResult, returns: np.ndarray) -> None:
    said = many.judgement
    assert said is not None
    borders = [len(returns) * block // 16 for block in range(17)]
    blocks = np.array([returns[a:b].sum(axis=0) for a, b in zip(borders, borders[1:], strict=False)])
    spa = statistics.superior_predictive_ability(blocks)
    assert (said["periods"], said["n_periods"]) == ("blocks", 16)
    assert [said[f"spa_{kind}"] for kind in ("lower", "consistent", "upper")] == [spa.lower, spa.consistent, spa.upper]
    assert said["reality_check"] == statistics.reality_check(blocks)
    assert said["step_m"] == len(statistics.step_m(blocks))
    order = np.argsort(-many.frame.sharpe_ratio.to_numpy(), kind="stable")
    tied = statistics.rank_intervals(blocks[:, order]).tied_with_best
    assert said["tied_with_best"] == order[tied].tolist()


def test_correlated_rows_are_fewer_trials(many: aj.GridResult, returns: np.ndarray) -> None:
    said = many.judgement
    assert said is not None
    borders = [len(returns) * block // 16 for block in range(17)]
    blocks = np.array([returns[a:b].sum(axis=0) for a, b in zip(borders, borders[1:], strict=False)])
    between = np.corrcoef(blocks.T)
    mean = (between.sum() - 6.0) / 30.0
    assert said["correlation"] == pytest.approx(mean, rel=1e-12)
    independent = mean + (1.0 - mean) * said["trials"]
    assert said["independent_trials"] == pytest.approx(independent, rel=1e-12)
    row = many.frame.loc[many.frame.sharpe_ratio.idxmax()]
    year = DATA.bars_per_year
    given = row.sharpe_ratio / np.sqrt(year), len(returns), row["skewness"], row["kurtosis"] + 3.0
    # All trials are those of this run, or of runs before it with the same rows.
    if not said["earlier_trials"]:
        variance = many.frame.sharpe_ratio.var(ddof=1) / year
        deflated = statistics.deflated_sharpe_ratio(*given, independent, variance)
        assert said["independent_deflated_sharpe_ratio"] == pytest.approx(deflated, rel=1e-9)
    assert said["independent_deflated_sharpe_ratio"] > said["deflated_sharpe_ratio"]
    words = f"by the {independent:,.1f} independent trials that rows of a mean correlation of {mean:.2f} come to"
    assert words in selection_sentence(said) and f"was chosen from {said['trials']:,}" in selection_sentence(said)


def test_the_convention_of_2026_knows_of_autocorrelation(
    many: aj.GridResult, returns: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    said, before = many.judge("2026"), many.judgement
    assert said is not None and before is not None
    best = int(many.frame.sharpe_ratio.idxmax())
    row, mine = many.frame.loc[best], returns[:, best]
    moved = mine - mine.mean()
    r = float((moved[1:] * moved[:-1]).sum() / (moved**2).sum())
    assert said["autocorrelation"] == pytest.approx(r, rel=1e-9)
    n, sharpe = len(mine), row.sharpe_ratio / math.sqrt(DATA.bars_per_year)
    skewness, kurtosis = row["skewness"], row["kurtosis"] + 3.0
    a, b, c = (1 + r) / (1 - r), 1 + r / (1 - r) + r * r / (1 - r * r), (1 + r * r) / (1 - r * r)

    def above(benchmark: float) -> float:
        variance = (a - b * skewness * benchmark + c * (kurtosis - 1) / 4 * benchmark**2) / n
        return NormalDist().cdf((sharpe - benchmark) / math.sqrt(variance))

    assert said["probabilistic_sharpe_ratio"] == pytest.approx(above(0.0), rel=1e-9)
    luck = said["expected_maximum_sharpe_ratio"] / math.sqrt(DATA.bars_per_year)
    assert said["deflated_sharpe_ratio"] == pytest.approx(above(luck), rel=1e-9)
    for side, chance in (("sharpe_low", 0.975), ("sharpe_high", 0.025)):
        assert above(said[side] / math.sqrt(DATA.bars_per_year)) == pytest.approx(chance, rel=1e-6)
    assert said["spa_consistent"] == before["spa_consistent"] and before["convention"] == "2012"
    low, high = statistics.resampled_paths(mine, 1000).drawdown_interval
    assert (said["drawdown_low"], said["drawdown_high"]) == pytest.approx((low, high), rel=1e-9)
    assert any("of resampled histories" in line for line in judgement_sentences(said))
    assert main(["report", str(many.directory), "--convention", "2026", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["judgement"] == json_value(said)
    with pytest.raises(aj.StatisticsError, match="unknown '2027'"):
        many.judge("2027")


def test_each_row_has_its_own_statistics(many: aj.GridResult, returns: np.ndarray) -> None:
    rows, frame = many.statistics, many.frame
    bars, year = len(returns), DATA.bars_per_year
    p = []
    for place in range(len(frame)):
        row = frame.iloc[place]
        given = row.sharpe_ratio / np.sqrt(year), bars, row["skewness"], row["kurtosis"] + 3.0
        above = statistics.probabilistic_sharpe_ratio(*given)
        assert rows.probabilistic_sharpe_ratio[place] == pytest.approx(above, rel=1e-12)
        low, high = statistics.sharpe_confidence_interval(*given)
        assert rows.sharpe_low[place] == pytest.approx(low * np.sqrt(year), rel=1e-12)
        assert rows.sharpe_high[place] == pytest.approx(high * np.sqrt(year), rel=1e-12)
        p.append(1.0 - above)
        # What is traded, by the cost that takes all of the returns away.
        traded = row.turnover
        assert rows.break_even_cost[place] * traded == pytest.approx(returns[:, place].sum(), rel=1e-9)
    np.testing.assert_allclose(rows.p_holm, statistics.holm(p), rtol=1e-12)
    np.testing.assert_allclose(rows.p_benjamini_yekutieli, statistics.benjamini_yekutieli(p), rtol=1e-12)


def test_it_is_said_of_the_best_row_that_satisfies_the_constraints(many: aj.GridResult) -> None:
    whole = many.best(len(many))
    n_trades = whole["n_trades"].tolist()
    place = next(k for k in range(1, len(whole)) if n_trades[k] != n_trades[0])
    constraint = f"n_trades {'<' if n_trades[place] < n_trades[0] else '>'} {n_trades[0]}"
    swept = {"fast_period": [3, 5], "slow_period": [8, 13, 21]}
    some = aj.grid("sma_crossover", DATA, swept, commission=0.001, result_constraints=[constraint])
    said, best = some.judgement, some.best(1).iloc[0]
    assert said is not None and many.judgement is not None
    assert said["row"] == best["index"] != many.judgement["row"]
    assert said["sharpe_low"] < best["sharpe_ratio"] < said["sharpe_high"]


def test_it_is_said_in_words(many: aj.GridResult) -> None:
    said = many.judgement
    assert said is not None
    lines = judgement_sentences(said)
    assert any("12,870 splits" in line for line in lines) and lines[-1] == verdict(said)
    believed = {**said, "deflated_sharpe_ratio": 0.99, "overfitting": {"probability": 0.1}, "spa_consistent": 0.01}
    assert verdict(believed).startswith("none of the tests speaks against")
    assert "SPA" in verdict({**believed, "spa_consistent": 0.3})


def test_a_run_without_periods_says_nothing_of_them() -> None:
    off = aj.grid("sma_crossover", DATA, {"fast_period": [3, 5]}, statistics={"periods": 0, "months": False})
    assert off.judgement is None and off.selection is not None
