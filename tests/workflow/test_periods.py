"""Sums by period: of every engine and form, against what the bars of each container's own replay add up to."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data.periods import block_ends, month_ends
from admf_jit.results.period_rows import Periods
from admf_kernels.constants import PERIOD_FIELDS

DATA = aj.load("sample", symbols=["ALFA"], timeframe="1d").select("ALFA", end="2015-08-19")
SWEPT = {"fast_period": [3, 5], "slow_period": [8, 13], "position_size": [0.5, 1.0]}
FEES: dict[str, Any] = {"commission": 0.001}


@aj.strategy
class OwnStop:
    """Long above an average, until it has lost two percent: it looks at what it holds."""

    fast_period: int = 3
    slow_period: int = 8
    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity != 0.0 and bar.close < 0.98 * position.entry_price:
            return aj.FLAT
        return aj.LONG if self.fast > self.slow else aj.FLAT


@aj.strategy
class Divides:
    """Fails where it divides by zero."""

    by: int = 1

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if bar.index // self.by > 3 else aj.FLAT


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "market orders": ("sma_crossover", FEES),
    "at the close": ("sma_crossover", {**FEES, "fill": "same_close", "close_at_end": True}),
    "by position": (OwnStop, FEES),
    "exits": ("sma_crossover", {**FEES, "exits": {"stop_loss": 0.01, "take_profit": 0.03}}),
    "bounds": ("sma_crossover", {"intrabar": "bounds", "exits": {"stop_loss": 0.005, "take_profit": 0.005}}),
    "vectorbt": ("sma_crossover", {**FEES, "preset": "vectorbt"}),
    "backtesting.py": ("sma_crossover", {"preset": "backtesting.py"}),
}
PARAMETERS = {
    "vectorbt": {name: SWEPT[name] for name in ("fast_period", "slow_period")},
    "backtesting.py": {name: SWEPT[name] for name in ("fast_period", "slow_period")},
}


def sweep(name: str, isolation: str, out: Path, **settings: Any) -> aj.GridResult:
    strategy, given = CASES[name]
    return aj.grid(strategy, DATA, PARAMETERS.get(name, SWEPT), isolation=isolation, out=out, **given, **settings)


def periods_of(many: aj.GridResult) -> tuple[np.ndarray, tuple[int, ...]]:
    facts = many.manifest["periods"]
    return np.load(many.directory / "periods.npy"), Periods.of(facts["sweeps"][0]).ends


def expected(result: Any, cash: float, ends: tuple[int, ...], closing: list[int]) -> np.ndarray:
    """By the text: from the equity at every close and the bars at which trades were closed."""
    equity = np.concatenate([[cash], result.equity.to_numpy()])
    returns = equity[1:] / equity[:-1] - 1.0
    held = result.events.query("kind == 'PORTFOLIO_UPDATE'").quantity.to_numpy() != 0.0
    rows = []
    for start, end in itertools.pairwise((0, *ends)):
        part, ratio = returns[start:end], equity[start + 1 : end + 1] / equity[start]
        trades = sum(start <= bar < end for bar in closing)
        sums = [np.sum(part**power) for power in (1, 2, 3, 4)]
        rows.append([end - start, ratio[-1], ratio.min(), ratio.max(), *sums, trades, held[start:end].sum()])
    return np.array(rows)


@pytest.mark.parametrize("name", CASES)
def test_every_form_adds_up_its_own_bars(name: str, tmp_path: Path) -> None:
    full = sweep(name, "full", tmp_path / "full")
    numbers, ends = periods_of(full)
    assert numbers.shape[1:] == (len(ends), len(PERIOD_FIELDS)) and full.failed == 0
    for row in (0, len(numbers) - 1):
        result = full.container(row)
        closing = result.events.query("kind == 'POSITION_CLOSE'").bar.tolist()
        wanted = expected(result, 100_000.0, ends, closing)
        np.testing.assert_allclose(numbers[row], wanted, rtol=1e-9, atol=1e-15)
    if name not in PARAMETERS:
        shared, _ = periods_of(sweep(name, "minimal", tmp_path / "minimal"))
        assert shared.tobytes() == numbers.tobytes()


def test_noting_changes_no_bit_and_costs_nothing_when_off(tmp_path: Path) -> None:
    noted = sweep("market orders", "minimal", tmp_path / "on")
    off = sweep("market orders", "minimal", tmp_path / "off", statistics={"periods": 0, "months": False})
    assert not (tmp_path / "off" / "periods.npy").exists() and "periods" not in off.manifest
    table = "results.parquet"
    assert (tmp_path / "on" / table).read_bytes() == (tmp_path / "off" / table).read_bytes()
    assert noted.frame.equals(off.frame)


def test_blocks_and_months_are_put_together(tmp_path: Path) -> None:
    many = sweep("market orders", "minimal", tmp_path / "run")
    equity = np.concatenate([[100_000.0], many.container(2).equity.to_numpy()])
    returns = equity[1:] / equity[:-1] - 1.0
    for table in (many.periods, many.months):
        begins = np.concatenate([[0], np.cumsum(table.bars)])
        for period, (begin, end) in enumerate(itertools.pairwise(begins)):
            ratio = equity[begin + 1 : end + 1] / equity[begin]
            found = [getattr(table, name)[period, 2] for name in ("growth", "lowest", "highest", "returns_2")]
            wanted = [ratio[-1], ratio.min(), ratio.max(), np.sum(returns[begin:end] ** 2)]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-15)
    assert many.periods.trades.sum(axis=0).tolist() == many.frame.n_trades.tolist()
    assert many.months.part(np.array([2])).index.tolist() == [2]
    later = aj.open_run(tmp_path / "run")
    np.testing.assert_array_equal(later.periods.growth, many.periods.growth)
    with (tmp_path / "run" / "periods.npy").open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"changed!")
    with pytest.raises(aj.ResultsError, match="is not what was written"):
        _ = aj.open_run(tmp_path / "run").periods


def test_one_container_in_another_order(tmp_path: Path) -> None:
    one = aj.backtest("sma_crossover", DATA, parameters={"fast_period": 3, "slow_period": 8}, commission=0.001)
    by_bars, by_trades = one.monte_carlo(200), one.monte_carlo(200, of="trades")
    assert (by_bars.steps[-1], by_trades.steps[-1]) == (DATA.n_bars, len(one.trades))
    mean = np.mean(np.diff(np.concatenate([[100_000.0], one.equity])) / np.concatenate([[100_000.0], one.equity[:-1]]))
    assert np.log(by_bars.final).mean() == pytest.approx(mean * DATA.n_bars, abs=0.05)
    assert by_trades.block_length == 1.0 and by_bars.max_drawdown.max() <= 0.0
    with pytest.raises(aj.AdmfError, match="of: unknown 'trade'"):
        one.monte_carlo(of="trade")


def test_a_larger_grid_takes_the_periods_of_its_rows_along(tmp_path: Path) -> None:
    rows = {"fast_period": [3, 5], "slow_period": [8, 13]}
    aj.grid("sma_crossover", DATA, rows, out=tmp_path / "grown")
    grown = aj.grid("sma_crossover", DATA, {**rows, "slow_period": [8, 10, 13]}, out=tmp_path / "grown", resume=True)
    anew = aj.grid("sma_crossover", DATA, {**rows, "slow_period": [8, 10, 13]}, out=tmp_path / "anew")
    assert (tmp_path / "grown" / "periods.npy").read_bytes() == (tmp_path / "anew" / "periods.npy").read_bytes()
    assert grown.periods.growth.shape == anew.periods.growth.shape == (16, 6)


def test_a_run_that_was_ended_before_its_file_of_periods_goes_on(tmp_path: Path) -> None:
    rows = {"fast_period": [3, 5], "slow_period": [8, 13]}
    whole = aj.grid("sma_crossover", DATA, rows, out=tmp_path / "whole")
    manifest = json.loads((whole.directory / "manifest.json").read_text(encoding="utf-8"))
    del manifest["periods"]["sha256"]
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "manifest.json").write_text(json.dumps({**manifest, "status": "running"}), encoding="utf-8")
    again = aj.grid("sma_crossover", DATA, rows, out=tmp_path / "begun", resume=True)
    for name in ("periods.npy", "results.parquet"):
        assert (again.directory / name).read_bytes() == (whole.directory / name).read_bytes()


def test_where_periods_end() -> None:
    assert block_ends(50, 16).tolist() == [50 * (k + 1) // 16 for k in range(16)]
    assert block_ends(3, 16).tolist() == [1, 2, 3] and not len(block_ends(10, 0))
    months = month_ends(DATA)
    dates = DATA.frame().index
    names = dates.tz_localize(None).to_period("M").astype(str) if dates.tz else dates.to_period("M").astype(str)
    counted = {name: int((names <= name).sum()) for name in dict.fromkeys(names)}
    assert months == counted


def test_a_row_that_fails_has_no_periods(tmp_path: Path) -> None:
    many = aj.grid(Divides, DATA, {"by": [1, 0]}, out=tmp_path / "run")
    numbers, _ = periods_of(many)
    assert many.failed == 1 and np.isnan(numbers[1]).all() and np.isfinite(numbers[0]).all()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("market orders", "blocks"), ("market orders", "months"), ("exits", "blocks"), ("by position", "blocks")],
)
def test_a_flat_border_is_a_run_over_the_bars_of_the_period(name: str, kind: str, tmp_path: Path) -> None:
    """Against containers run again over the cut data, and what the bars of their replays add up to."""
    asked = {"blocks": {"periods": 4, "months": False}, "months": {"periods": 0, "months": True}}[kind]
    carried = sweep(name, "minimal", tmp_path / "carried", statistics=asked)
    flat = sweep(name, "minimal", tmp_path / "flat", statistics={**asked, "border": "flat"})
    table = "results.parquet"
    assert (tmp_path / "flat" / table).read_bytes() == (tmp_path / "carried" / table).read_bytes()
    numbers, ends = periods_of(flat)
    first = numbers[:, 0].copy()
    np.testing.assert_array_equal(first, periods_of(carried)[0][:, 0])
    strategy, given = CASES[name]
    moments = flat.container(0).equity.index
    for period, (begin, end) in enumerate(itertools.pairwise((0, *ends))):
        part = DATA.select(start=moments[begin].to_pydatetime(), end=moments[end - 1].to_pydatetime())
        assert (part.n_bars, part.n_history) == (end - begin, begin)
        again = aj.grid(strategy, part, SWEPT, isolation="minimal", ledger=False, **given)
        growth = again.frame.final_equity.to_numpy() / 100_000.0
        np.testing.assert_allclose(numbers[:, period, PERIOD_FIELDS.index("growth")], growth, rtol=1e-12)
        trades = numbers[:, period, PERIOD_FIELDS.index("trades")]
        assert trades.tolist() == again.frame.n_trades.tolist()
        result = again.container(1)
        closing = result.events.query("kind == 'POSITION_CLOSE'").bar.tolist()
        wanted = expected(result, 100_000.0, (end - begin,), closing)[0]
        np.testing.assert_allclose(numbers[1, period], wanted, rtol=1e-9, atol=1e-15)
    assert not np.array_equal(numbers, periods_of(carried)[0])
    assert flat.manifest["periods"]["border"] == "flat"
    before = (tmp_path / "flat" / "periods.npy").read_bytes()
    if kind == "months":
        sweep(name, "minimal", tmp_path / "flat", statistics={**asked, "border": "flat"}, resume=True)
        assert (tmp_path / "flat" / "periods.npy").read_bytes() == before
        with pytest.raises(aj.ResultsError, match="config.statistics.border was 'flat'"):
            sweep(name, "minimal", tmp_path / "flat", statistics=asked, resume=True)


def test_a_container_that_fails_has_no_flat_periods(tmp_path: Path) -> None:
    asked = {"periods": 4, "months": False, "border": "flat"}
    many = aj.grid(Divides, DATA, {"by": [0, 50]}, statistics=asked, ledger=False)
    assert np.isnan(many.periods.growth[:, 0]).all() and not np.isnan(many.periods.growth[:, 1]).any()


@pytest.mark.parametrize(
    ("asked", "more", "said"),
    [
        ({"border": "flat"}, {}, "blocks and months have other borders"),
        ({"border": "flat", "periods": 0, "months": False}, {}, "blocks and months have other borders"),
        ({"border": "flat", "periods": 200, "months": False}, {}, "the period from bar 0 has 1 bar"),
        ({"border": "flat", "months": False}, {"method": "optuna", "n_trials": 3}, "method is optuna"),
    ],
)
def test_flat_borders_that_cannot_be_are_refused(asked: dict[str, Any], more: dict[str, Any], said: str) -> None:
    with pytest.raises(aj.ConfigError, match=said):
        aj.grid("sma_crossover", DATA, {"fast_period": [3, 5]}, statistics=asked, ledger=False, **more)
