"""The same grid on surrogate markets."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.data.surrogates import surrogate
from admf_jit.report import write_run_report
from admf_jit.results import RunDirectory
from admf_jit.results.null_markets import NULL_NAME, NullSweep
from admf_jit.workflow import null_sweep
from tests.report.pages import data_of

DATA = aj.load("sample", symbols=["ALFA"], timeframe="1d").select("ALFA", end="2015-08-19")


def shapes(data: aj.MarketData) -> np.ndarray:
    """Each bar but the first: its prices over the close before it, and its volume."""
    prices = [np.log(getattr(data, name)[0, 1:] / data.close[0, :-1]) for name in ("open", "high", "low", "close")]
    return np.array([*prices, data.volume[0, 1:]]).T


def test_blocks_are_the_same_bars_in_another_order() -> None:
    market = surrogate(DATA, "blocks", 5, 4.0)
    known, drawn = shapes(DATA), shapes(market)
    places = [int(np.abs(known - bar).sum(axis=1).argmin()) for bar in drawn]
    np.testing.assert_allclose(known[places], drawn, rtol=1e-6, atol=1e-9)
    assert places != list(range(len(places))) and np.mean(np.diff(places) == 1) > 0.5
    assert surrogate(DATA, "blocks", 5, 4.0).digest == market.digest != surrogate(DATA, "blocks", 6, 4.0).digest


def test_signs_turn_bars_round() -> None:
    known, turned = shapes(DATA), shapes(surrogate(DATA, "signs", 5, 1.0))
    same = np.isclose(known[:, 3], turned[:, 3], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(turned[same], known[same], rtol=1e-6, atol=1e-9)
    mirrored = np.column_stack([-known[:, 0], -known[:, 2], -known[:, 1], -known[:, 3], known[:, 4]])
    np.testing.assert_allclose(turned[~same], mirrored[~same], rtol=1e-6, atol=1e-9)
    assert 0.3 < same.mean() < 0.7


def test_the_best_of_each_market_is_that_of_a_sweep_over_it() -> None:
    swept = {"fast_period": [3, 5], "slow_period": [8, 13]}
    many = aj.grid("sma_crossover", DATA, swept, commission=0.001)
    null = many.null(5, seed=3, n_jobs=2)
    assert null.best.tolist() == many.null(5, seed=3, n_jobs=1).best.tolist()
    seeds = [int(np.random.SeedSequence((3, k)).generate_state(1, np.uint64)[0]) for k in range(5)]
    again = aj.grid("sma_crossover", surrogate(DATA, "blocks", seeds[4], null.block_length), swept, commission=0.001)
    assert null.best[4] == again.frame.sharpe_ratio.max()
    assert null.p_value == (1 + np.count_nonzero(null.best >= many.frame.sharpe_ratio.max())) / 6
    assert "surrogate markets" in str(null)


def test_what_has_no_surrogate_is_refused() -> None:
    with pytest.raises(aj.DataError, match="unknown method 'block'"):
        surrogate(DATA, "block", 0, 1.0)
    several = aj.load("sample", timeframe="1d").select(end="2015-03-01")
    assert surrogate(several, "blocks", 0, 3.0).n_symbols == several.n_symbols


@pytest.mark.parametrize(
    ("given", "said"), [({"n": 1.5}, "n is 1.5"), ({"n": 0}, "n is 0"), ({"seed": -1}, "seed is -1")]
)
def test_numbers_that_are_none_are_refused(given: dict, said: str) -> None:
    many = aj.grid("buy_and_hold", DATA, {"position_size": [0.5, 1.0]})
    with pytest.raises(aj.ConfigError, match=f"null: {said}; expected a whole number >= "):
        many.null(**given)


def test_surrogate_markets_without_a_row_that_has_a_value_are_told() -> None:
    never = NullSweep("sharpe_ratio", 1.0, np.full(3, np.nan), 0.25, "blocks", 2.0, 0)
    assert "no row has one: p = 0.250" in str(never)


SWEPT = {"fast_period": [3, 5], "slow_period": [8, 13]}


def seed_of(seed: int, market: int) -> int:
    return int(np.random.SeedSequence((seed, market)).generate_state(1, np.uint64)[0])


def test_shifts_move_the_signals_and_leave_the_bars() -> None:
    """Against signals that pandas computes, moved around the history and run from outside."""
    many = aj.grid("sma_crossover", DATA, SWEPT, commission=0.001)
    null = many.null(3, method="shifts", seed=7)
    close = pd.Series(DATA.close[0])
    for market in range(3):
        shift = int(np.random.default_rng(seed_of(7, market)).integers(1, DATA.n_bars))
        entries, exits = [], []
        for fast, slow in ((f, s) for f in SWEPT["fast_period"] for s in SWEPT["slow_period"]):
            slower = close.rolling(slow).mean()
            above = close.rolling(fast).mean() > slower
            entries.append(np.roll(above, shift))
            exits.append(np.roll(~above & slower.notna(), shift))
        moved = aj.from_signals(DATA, np.array(entries).T, np.array(exits).T, commission=0.001, ledger=False)
        assert null.best[market] == pytest.approx(moved.frame.sharpe_ratio.max(), rel=1e-12)
    given = aj.from_signals(DATA, np.array(entries).T, np.array(exits).T, commission=0.001, ledger=False)
    # What is given from outside is moved as it is: twice the same way.
    assert given.null(2, method="shifts").best.tolist() == given.null(2, method="shifts").best.tolist()


def test_signals_that_are_not_known_ahead_are_not_shifted() -> None:
    many = aj.grid("sma_crossover", DATA, {"fast_period": [3, 5]}, isolation="full")
    with pytest.raises(aj.ConfigError, match="isolation is full.*expected method blocks or signs"):
        many.null(2, method="shifts")
    with pytest.raises(aj.ConfigError, match="unknown method 'shift'.*did you mean 'shifts'"):
        many.null(2, method="shift")


def config_of(folder: Path, **statistics: object) -> Path:
    path = folder / "null.yaml"
    content = {
        "name": "null",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-08-19"},
        "strategy": {"type": "sma_crossover"},
        "account": {"cash": 100_000, "commission": {"type": "percent", "rate": 0.001}},
        "workflow": {"reproducibility": {"master_seed": 0}},
        "optimization": {"objective": "sharpe_ratio", "parameters": SWEPT},
        "infrastructure": {"backend": "inline", "ledger": False},
    }
    path.write_text(json.dumps(content | ({"statistics": statistics} if statistics else {})))
    return path


def test_the_command_runs_them_keeps_them_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = config_of(tmp_path), tmp_path / "run"
    real, done = null_sweep._best, []

    def interrupted(*arguments: object) -> float:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(real(*arguments))  # type: ignore[arg-type]
        return done[-1]

    words = ["grid", str(path), "--out", str(out), "--no-report", "--n-jobs", "1", "--null"]
    monkeypatch.setattr(null_sweep, "_best", interrupted)
    assert main([*words, "6"]) == 130
    assert "--set statistics.null_markets=6" in capsys.readouterr().err
    kept = aj.open_run(out).kept_null
    assert kept is not None and kept.best.tolist() == done
    counted: list[float] = []
    monkeypatch.setattr(null_sweep, "_best", lambda *given: counted.append(real(*given)) or counted[-1])
    assert main([*words, "6", "--resume"]) == 0
    said = capsys.readouterr().out
    null = aj.open_run(out).kept_null
    assert null is not None and null.best.tolist() == done + counted and len(counted) == 3
    assert null.best.tolist() == aj.open_run(out).null(6).best.tolist()
    assert str(null) in said and "p = 0." in said
    assert main(["report", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["null"]
    assert facts["p_value"] == null.p_value and facts["markets"] == 6
    assert facts["quantiles"]["0.5"] == pytest.approx(np.median(null.best), rel=1e-12)


def test_the_page_has_their_distribution(tmp_path: Path) -> None:
    many = aj.grid("sma_crossover", DATA, SWEPT, statistics={"null_markets": 4, "null_method": "signs"}, ledger=False)
    null = many.kept_null
    assert null is not None and null.best.tolist() == many.null(4, method="signs").best.tolist()
    run = RunDirectory.open(many.save(tmp_path / "kept").directory)

    def unprepared() -> None:
        raise aj.ResultsError("not asked for")

    page = write_run_report(run.stored(), run.manifest, run.path, unprepared).path.read_text()  # type: ignore[arg-type]
    drawn = data_of(page)["null"]
    assert sum(drawn["counts"]) == 4 and drawn["observed"] == null.observed
    assert drawn["said"] == str(null)[:1].upper() + str(null)[1:] + "."
    (run.path / NULL_NAME).write_text(json.dumps({"of": "another run"}))
    assert aj.open_run(run.path).kept_null is None
    (run.path / NULL_NAME).write_text("[]")
    with pytest.raises(aj.ResultsError, match="is not what was written"):
        _ = aj.open_run(run.path).kept_null


def test_what_could_not_be_run_at_the_end_is_refused_before_it_begins(tmp_path: Path) -> None:
    asked = {"statistics": {"null_markets": 2}, "ledger": False}
    with pytest.raises(aj.ConfigError, match="ranked by sharpe_ratio - turnover"):
        aj.grid("sma_crossover", DATA, SWEPT, objective="sharpe_ratio - turnover", **asked)
    with pytest.raises(aj.ConfigError, match="has result_constraints"):
        aj.grid("sma_crossover", DATA, SWEPT, result_constraints="n_trades > 3", **asked)
    with pytest.raises(aj.ConfigError, match="the function by_return; expected a metric"):
        aj.grid("sma_crossover", DATA, SWEPT, objective=by_return, **asked)
    with pytest.raises(aj.ConfigError, match="several strategies or sets of data"):
        aj.grid(["sma_crossover", "momentum"], DATA, {}, **asked)
    path = config_of(tmp_path, null_markets=2)
    text = json.loads(path.read_text()) | {"walk_forward": {"train": 60, "test": 20}}
    path.write_text(json.dumps(text))
    assert main(["walk-forward", str(path), "--out", str(tmp_path / "walked")]) == 2


def by_return(row: object) -> float:
    return row.total_return  # type: ignore[attr-defined,no-any-return]
