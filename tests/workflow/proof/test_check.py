"""What a check says of strategies with state, draws and orders, of portfolios, and of arrays of files and functions."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.cli import main
from admf_jit.data import MarketData, load
from admf_jit.workflow.proof import CheckReport
from admf_jit.workflow.proof.altered import ending, futures, starting

HEAD = "import admf_jit as aj\nfrom admf_jit import ta\n\n\n"


@cache
def bars(*symbols: str) -> MarketData:
    return load("sample", symbols=list(symbols or ("ALFA",)), timeframe="1d", start="2015-03-01", end="2015-08-01")


def kinds(report: CheckReport) -> list[str]:
    return [finding.kind for finding in report.findings]


@aj.strategy
class Everything:
    """Draws, keeps state, sends orders, and asks two indicators, one of which settles slowly."""

    period: int = 5
    unused: float = 1.5
    bought = 0
    average = ta.sma("period")
    slow = ta.ema("2 * period")

    def on_bar(self, bar: Any, position: Any, orders: Any) -> None:
        if position.quantity == 0.0 and self.average > self.slow and self.random.uniform() < 0.5:
            orders.bracket(quantity=10.0, stop=bar.close * 0.97, target=bar.close * 1.03)
            self.bought += 1
        elif position.quantity > 0.0 and self.average < self.slow:
            orders.market(-position.quantity)


def test_a_strategy_of_many_parts_is_not_accused_and_its_dead_parameter_is_found() -> None:
    report = aj.check(
        Everything, bars(), {"period": [4, 6]}, containers=2, cuts=3, close_at_end=True, commission=0.001, master_seed=3
    )
    assert not report.looks_ahead and report.containers == 2
    assert "unused changes nothing in container 0, whether it is 1.5" in next(
        finding.text for finding in report.findings if finding.kind == "dead parameter"
    )
    assert kinds(report).count("dead parameter") == 1, "the other one does something"


def test_a_portfolio_is_checked_with_bars_that_are_missing() -> None:
    @aj.strategy
    class Equal:
        fast = ta.sma(3)
        slow = ta.sma(8)

        def target_weights(self, market: Any, weights: Any) -> None:
            for symbol in range(len(weights)):
                weights[symbol] = 0.4 if self.fast[symbol] > self.slow[symbol] else 0.0

    frame = bars("ALFA", "BETA").frame().reset_index()
    holed = frame.drop(index=[30, 31, 150])
    report = aj.check(Equal, holed, cuts=3)
    assert report.containers == 1 and not {"look-ahead", "not checked"} & set(kinds(report)), str(report)


def test_results_that_hang_on_the_start_are_told() -> None:
    @aj.strategy
    class Counting:
        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.LONG if bar.index % 20 < 10 else aj.FLAT  # type: ignore[no-any-return]

    report = aj.check(Counting, bars(), cuts=2)
    assert kinds(report) == ["start date"]
    assert "when it starts 1, 2, 3, 5 or 8 bars later" in report.findings[0].text


def test_a_return_of_the_last_bar_is_told() -> None:
    frame = bars().frame()
    frame.iloc[-1, frame.columns.get_indexer(["high", "close"])] *= 1.8
    report = aj.check("buy_and_hold", frame, cuts=2)
    assert kinds(report) == ["last bar"]


def test_arrays_of_a_class_are_named_as_not_checked() -> None:
    ahead = np.append(np.diff(bars().close[0]), 0.0)

    @aj.strategy
    class Foreseeing:
        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.LONG if ahead[bar.index] > 0.0 else aj.FLAT  # type: ignore[no-any-return]

    report = aj.check(Foreseeing, bars(), cuts=2)
    assert not report.looks_ahead and kinds(report) == ["not checked"]
    assert f"ahead ({len(ahead)} values) stays the same whatever the bars are" in report.findings[0].text
    assert "what could be checked, which is not everything" in report.verdict


def test_a_number_made_of_all_bars_is_found_by_what_it_does() -> None:
    def make(market: MarketData) -> type:
        typical = float(np.median(market.close))

        @aj.strategy
        class Below:
            def on_bar(self, bar: Any, position: Any) -> int:
                return aj.LONG if bar.close < typical else aj.FLAT  # type: ignore[no-any-return]

        return Below

    report = aj.check(make, bars(), cuts=2)  # each of the altered bars is another number to compile
    assert report.looks_ahead and "its SIGNAL at 2015-" in report.findings[0].text


@pytest.mark.parametrize("ahead", [True, False])
def test_columns_that_a_function_computes_are_checked(ahead: bool) -> None:
    def features(market: MarketData) -> Any:
        frame = market.with_history.frame()[["close"]].rename(columns={"close": "score"})
        average = frame["score"].rolling(5, center=ahead, min_periods=1).mean()
        return (frame["score"] - average).to_frame()

    @aj.strategy
    class Scored:
        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.LONG if bar.x.score > 0.0 else aj.FLAT  # type: ignore[no-any-return]

    report = aj.check(Scored, bars(), features=features, cuts=3)
    assert report.looks_ahead is ahead, str(report)
    assert not ahead or "the column score has other values for bars" in report.findings[0].text


READS = (
    HEAD
    + """import numpy as np

BARS = aj.load({source!r})
AHEAD = np.append(BARS.close[0][{shift}:], BARS.close[0][:{shift}]) - BARS.close[0]


@aj.strategy
class Reading:
    def on_bar(self, bar, position):
        return aj.LONG if AHEAD[bar.index] > 0.0 else aj.FLAT
"""
)
CAUSAL = READS.replace(
    "np.append(BARS.close[0][{shift}:], BARS.close[0][:{shift}])", "np.append(BARS.close[0][:1], BARS.close[0][:-1])"
)


@pytest.mark.parametrize(("text", "found"), [(READS, True), (CAUSAL, False)])
def test_a_file_that_loads_the_bars_of_the_run_is_executed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, found: bool
) -> None:
    source = tmp_path / "bars.csv"
    bars().frame().to_csv(source)
    strategy = tmp_path / "reading.py"
    strategy.write_text(text.format(source=str(source), shift=1))
    config = tmp_path / "run.yaml"
    config.write_text(f"data: {{source: {source}}}\nstrategy: {{type: '{strategy}:Reading'}}\n")
    status = main(["check", str(config), "--cuts", "3", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert status == (1 if found else 0)
    assert ("look-ahead" in {finding["kind"] for finding in said["findings"]}) is found
    assert "not checked" not in {finding["kind"] for finding in said["findings"]}


def test_a_function_of_a_file_makes_the_strategy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "making.py"
    path.write_text(
        HEAD
        + """def make(bars):
    ahead = bars.close[0].max()

    @aj.strategy
    class Made:
        def on_bar(self, bar, position):
            return aj.LONG if bar.close < 0.9 * ahead else aj.FLAT

    return Made
"""
    )
    status = main(["check", f"{path}:make", "--set", "data.end=2015-06-01", "--cuts", "3"])
    said = capsys.readouterr().out
    assert status == 1 and said.startswith("Made looks ahead (1 container, 3 places, ")
    assert "look-ahead: container 0: its " in said


def test_a_container_that_does_nothing_proves_nothing() -> None:
    @aj.strategy
    class Idle:
        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.FLAT  # type: ignore[no-any-return]

    report = aj.check(Idle, bars(), cuts=2)
    assert kinds(report) == ["not checked"] and report.containers == 0
    assert "container 0 has no signal and no order on these bars" in report.findings[0].text


def test_nothing_is_left_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admf_jit.workflow.run_data.store_folder", lambda: tmp_path)
    aj.check("sma_crossover", bars().frame(), cuts=2)
    assert len(list(tmp_path.glob("[!.]*"))) == 1, "the store of the bars themselves"


def test_altered_bars_are_the_same_up_to_the_cut_and_bars_of_a_market_after_it() -> None:
    data = bars("ALFA", "BETA")
    assert data.n_history > 0
    for said, other in futures(data, 40, seed=1):
        for name in ("open", "high", "low", "close", "volume"):
            one, two = getattr(data.with_history, name), getattr(other.with_history, name)
            first = data.n_history + 40
            assert one[:, :first].tobytes() == two[:, :first].tobytes(), said
            assert two.shape[1] == first or not (one[:, first:] == two[:, first:]).any()
        assert (other.high >= np.maximum(other.open, other.close)).all()
        assert (0 < other.low).all() and (other.low <= np.minimum(other.open, other.close)).all()
        assert (other.n_history, other.bars_per_year) == (data.n_history, data.bars_per_year)
    assert [other.n_bars for _, other in futures(data, 40, seed=1)] == [40, data.n_bars, data.n_bars]
    assert ending(data, data.n_bars).with_history.close.tobytes() == data.with_history.close.tobytes()
    later = starting(data, 7, 5)
    assert (later.n_history, later.n_bars) == (5, data.n_bars - 7)
    assert later.close.tobytes() == data.close[:, 7:].tobytes()


def test_bad_usage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sma_crossovr"]) == 2
    assert "did you mean 'sma_crossover'" in capsys.readouterr().err
    assert main(["check", "sma_crossover", "--set", "data.end=2015-01-10"]) == 2
    assert "a check needs more than 20" in capsys.readouterr().err


def test_a_search_that_makes_points_of_rows_is_checked_at_random_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "run.json"
    fields = {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-12-31"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"method": "optuna", "n_trials": 9, "parameters": {"fast_period": {"start": 2, "stop": 20}}},
    }
    config.write_text(json.dumps(fields))
    assert main(["check", str(config), "--cuts", "2", "--containers", "2"]) == 0
    assert capsys.readouterr().out.startswith("SmaCrossover: no look-ahead was found (2 containers, 2 places, ")
