"""What somebody meets in the first hour: what a message names, where it breaks, and what two like things are called."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.wording import broken
from admf_jit.workflow import prepared as of_prepared
from admf_jit.workflow import validate
from admf_jit.workflow.prepare import prepare

BOTH_SIDES = "date,bidopen,bidhigh,bidlow,bidclose,askopen,askhigh,asklow,askclose\n" + "".join(
    f"2024-0{month}-{day:02},1.0,1.2,0.9,1.1,1.1,1.3,1.0,1.2\n" for month in (1, 2) for day in range(2, 14)
)


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load("sample", symbols=["ALFA"], timeframe="1d").select(end="2016-06-30")


@aj.strategy
class Bracketed:
    """Enters by a bracket every twenty bars, of one leg or of both."""

    legs: int = 3

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0 and bar.index % 20 == 0:
            side = 1.0 if bar.index % 40 == 0 else -1.0
            stop, target = bar.close * (1.0 - 0.02 * side), bar.close * (1.0 + 0.02 * side)
            if self.legs == 3:
                orders.bracket(10.0 * side, stop=stop, target=target)
            elif self.legs == 2:
                orders.bracket(10.0 * side, target=target)
            else:
                orders.bracket(10.0 * side, stop=stop)


@pytest.mark.parametrize(
    ("legs", "reasons"), [(3, {"bracket stop", "bracket target"}), (2, {"bracket target"}), (1, {"bracket stop"})]
)
def test_a_trade_says_which_order_of_its_bracket_closed_it(data: aj.MarketData, legs: int, reasons: set[str]) -> None:
    whole = aj.load("sample", symbols=["ALFA"], timeframe="1d") if legs == 2 else data
    trades = aj.backtest(Bracketed(legs=legs), whole, slippage=0.001).trades
    assert set(trades["exit_reason"]) == reasons and len(trades) > 3
    if legs == 3:  # two percent of the close before, and a fill near it
        gained = trades["direction"] * (trades["exit_price"] / trades["entry_price"] - 1.0) > 0.0
        assert ((trades["exit_reason"] == "bracket target") == gained).mean() > 0.9
        assert set(trades["direction"]) == {1, -1}


def test_init_says_that_bars_cannot_be_read_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "both.csv").write_text(BOTH_SIDES)
    assert main(["init", str(tmp_path / "mine"), "--data", str(tmp_path / "both.csv")]) == 0
    said = capsys.readouterr()
    assert "say under data.format, or to aj.load, which prices: price: bid (or ask, mid)" in said.err
    assert said.out.splitlines()[-1].startswith("next: say in ") and "validate" in said.out.splitlines()[-1]
    config = (tmp_path / "mine" / "config.yaml").read_text()
    (tmp_path / "mine" / "config.yaml").write_text(config.replace("\ndata:\n", "\ndata:\n  format: {price: bid}\n"))
    assert main(["validate", str(tmp_path / "mine" / "config.yaml")]) == 0
    assert "such containers never trade" in capsys.readouterr().err, "24 bars are fewer than its periods"


def test_validate_names_periods_that_are_longer_than_the_data() -> None:
    config: dict[str, Any] = {"name": "long", "strategy": {"type": "sma_crossover"}, "optimization": {}}
    config["data"] = {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-12-31"}
    for longest, count in ((100, 0), (400, 1)):
        config["optimization"]["parameters"] = {"fast_period": [5], "slow_period": [20, longest]}
        notes = [note for note in validate(load_config(config))["notes"] if "never trade" in note]
        assert len(notes) == count
    assert notes[0].startswith("slow_period 400: slow has its first value after 399 bars, and the data has 2")


def test_a_benchmark_without_a_price_says_so(data: aj.MarketData) -> None:
    index = pd.DatetimeIndex(data.time.astype("datetime64[ns]"))
    prices = pd.Series(np.linspace(5.0, 6.0, data.n_bars), index=index)
    prices.iloc[3] = -1.0
    with pytest.warns(UserWarning, match=r"benchmark: has no price above 0 at 2015-01-07T\d\d:\d\d:\d\dZ"):
        one = aj.backtest("buy_and_hold", data, benchmark=prices)
    with pytest.warns(UserWarning, match="measures against it are NaN"):
        assert np.isnan(one.measures()["beta"])


class Terminal:
    def isatty(self) -> bool:
        return True


def test_messages_break_between_words_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "error: " + "some words and a/path/that/has-no-space " * 4 + "\nsecond"
    terminal: Any = Terminal()
    lines = broken(text, terminal).split("\n")
    assert max(map(len, lines)) <= 40 and lines[-1] == "second" and lines[1].startswith("  ")
    assert " ".join(line.strip() for line in lines) == " ".join(text.split())
    with open("/dev/null") as nowhere:
        assert broken(text, nowhere) == text


def test_unknown_commands_break_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit):
        main(["vaildate"])
    assert max(map(len, capsys.readouterr().err.splitlines())) <= 60


def test_what_replays_run_is_compiled_under_a_name_of_its_own(
    data: aj.MarketData, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    announced = of_prepared.announced

    def noting(title: str, kind: str) -> Any:
        said.append(title)
        return announced(title, kind)

    monkeypatch.setattr(of_prepared, "announced", noting)
    config = {"name": "x", "data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}}
    swept = prepare(load_config({**config, "optimization": {"parameters": {"fast_period": [3, 4]}}}), data=data)
    _ = swept.runner, swept.compiled
    assert [title for title in said if "engine" not in title] == ["sma_crossover", "sma_crossover for replays"]
    alone = prepare(load_config(config), data=data)
    _ = alone.compiled
    assert said[-1] == "sma_crossover"
