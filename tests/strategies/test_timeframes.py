"""Longer timeframes in a strategy: what is declared, refused and generated, and what containers make of it."""

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data import MarketData, generate_sample
from admf_jit.strategies.generate import ORDER_ENGINE, PORTFOLIO_ENGINE, generate, strategy_digest
from admf_jit.strategies.source import collect_source
from admf_jit.workflow import prepare
from admf_kernels.constants import EventKind
from tests.patience import PATIENCE
from tests.strategies import hourly
from tests.strategies.declare import class_with, declared, on_bar
from tests.strategies.hourly import Hourly

ROOT = Path(__file__).resolve().parents[2]
HOLD = "return aj.LONG if bar.close > self.slow else aj.FLAT"


def minutes(sessions: int = 6) -> MarketData:
    return generate_sample("1m", sessions=sessions).select("ALFA")


def test_a_timeframe_has_one_spelling() -> None:
    assert ta.sma(3, timeframe="60min").timeframe == "1h" == ta.sma(3, timeframe="1H").timeframe
    assert ta.sma(3, timeframe="60min") == ta.sma(3, timeframe="1h") != ta.sma(3)


@pytest.mark.parametrize("name", ta.__all__)
def test_every_indicator_takes_a_timeframe(name: str) -> None:
    needed = [one for one in inspect.signature(getattr(ta, name)).parameters.values() if one.default is one.empty]
    given = [10 + place for place, one in enumerate(needed) if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert getattr(ta, name)(*given, lag=1, timeframe="4h").timeframe == "4h"


@pytest.mark.parametrize("timeframe", ["7x", "h1", "", "0m", 60])
def test_what_is_no_timeframe_is_refused_where_it_is_declared(tmp_path: Path, timeframe: object) -> None:
    said = f"ta.sma: timeframe {timeframe!r}: expected a bar length such as 5m, 1h, 1d or 1w"
    with pytest.raises(aj.StrategyError, match=re.escape(said)):
        declared(tmp_path, on_bar(HOLD, fields=f"slow = ta.sma(3, timeframe={timeframe!r})"))


@pytest.mark.parametrize(
    ("timeframe", "reason"),
    [
        ("1h", "'1h' is not a whole multiple of the data's 5h"),
        ("7h", "'7h' is not a whole multiple of the data's 5h"),
        ("2d", "'2d' cannot be made of shorter bars; expected Nm, Nh (below a day), 1d or 1w"),
        ("1mo", "'1mo' cannot be made of shorter bars; expected Nm, Nh (below a day), 1d or 1w"),
    ],
)
def test_a_timeframe_that_the_data_cannot_make_is_refused_before_anything_runs(
    tmp_path: Path, timeframe: str, reason: str
) -> None:
    index = pd.date_range("2024-01-01", periods=50, freq="5h", tz="UTC")
    data = aj.load(pd.DataFrame({name: 1.0 for name in ("open", "high", "low", "close", "volume")}, index=index))
    fields = f"fine = ta.sma(3, timeframe='10h')\nslow = ta.sma(3, timeframe={timeframe!r})"
    definition = declared(tmp_path, on_bar(HOLD, fields=fields))
    with pytest.raises(aj.StrategyError) as refused:
        aj.backtest(definition.cls, data)
    assert str(refused.value) == (
        f"strategy Mine, indicator slow: bars of {timeframe} cannot be made of the data's bars of 5h: "
        f"timeframe: {reason}"
    )


def test_the_timeframe_is_part_of_what_a_strategy_says_and_none_changes_nothing(tmp_path: Path) -> None:
    def digest(arguments: str) -> str:
        definition = declared(tmp_path, on_bar(HOLD, fields=f"slow = ta.sma(3{arguments})"))
        return strategy_digest(definition, collect_source(definition))

    plain = digest("")
    # The digest that this strategy had before there were timeframes: identities of stored runs hang on it.
    assert plain == "a1ce69319e28346fa35982f7ea4b1f6585dca8695384cfab99b7ed45e88d083c"
    hours, minutes = digest(", timeframe='1h'"), digest(", timeframe='5m'")
    assert len({plain, hours, minutes}) == 3
    assert digest(", timeframe='60m'") == hours


def test_a_strategy_without_a_timeframe_has_no_code_for_them(tmp_path: Path) -> None:
    fields = "slow = ta.sma(3)\nbands = ta.bollinger(5, lag=1)"
    text = generate(declared(tmp_path, on_bar(HOLD, fields=fields))).text
    passed_on = re.sub(r"(volume|source), (high)er, completed", "", text)
    assert "higher" not in passed_on
    assert re.findall(r".*completed.*", passed_on) == ["def warmup_of(strategy, completed):"]
    assert "HigherCursor" not in text and "first_bar" not in text and "take_" not in text


@pytest.mark.parametrize("name", ["take_1h", "HigherCursor", "first_bar", "borrow", "local_copy", "View"])
def test_a_users_name_may_be_one_of_the_generated_modules_own(tmp_path: Path, name: str) -> None:
    above = f"def {name}(x):\n    return x + 1.0\n"
    fields = "slow = ta.sma(3, timeframe='1h')"
    generated = generate(declared(tmp_path, on_bar(f"return {name}(bar.close) > self.slow", above, fields))).text
    assert f"def {name}_2(x):" in generated


def test_indicators_may_be_named_as_the_generated_code_names_things(tmp_path: Path) -> None:
    names = ("t", "k", "cursor", "higher", "completed", "close", "open_", "strategy", "indicators")
    fields = "\n".join(f"{name} = ta.sma(3, timeframe='1h')" for name in names)
    same = " and ".join(f"self.t == self.{name}" for name in names)
    definition = declared(tmp_path, on_bar(f"return {same} and bar.close > self.t", fields=fields))
    definition_alone = declared(tmp_path, on_bar("return bar.close > self.t", fields="t = ta.sma(3, timeframe='1h')"))
    data = minutes()
    one, alone = aj.backtest(definition.cls, data), aj.backtest(definition_alone.cls, data)
    assert one.error is None and one.metrics["n_trades"] > 5
    assert one.records.tobytes() == alone.records.tobytes()


def decisions(data: MarketData, fast: int, slow: int) -> pd.Series:
    """Long or flat at each bar by pandas: a mean of minutes above a mean of the hours that are over at its close."""
    frame = data.frame()
    hours = frame.close.resample("1h").last().dropna().rolling(slow).mean()
    over = hours.index.searchsorted((frame.index + pd.Timedelta("1min")).floor("1h")) - 1
    level = np.where(over >= 0, hours.to_numpy()[over], np.nan)
    average = frame.close.rolling(fast).mean()
    return (average > level).where(~np.isnan(level) & average.notna())


def test_minutes_and_hours_in_one_strategy(tmp_path: Path) -> None:
    data = minutes()
    text = "fast = ta.sma(20)\nslow = ta.sma('n', timeframe='1h')"
    body = f"n: int = 4\n{text}\n\ndef on_bar(self, bar, position):\n    return self.fast > self.slow"
    one = aj.backtest(declared(tmp_path, class_with(body)).cls(n=3), data, close_at_end=False)
    expected = decisions(data, 20, 3)
    asked = one.records["bar"][one.records["kind"] == EventKind.FEATURES]
    assert asked.tolist() == np.flatnonzero(expected.notna()).tolist()
    held = one.records[one.records["kind"] == EventKind.PORTFOLIO_UPDATE]["quantity"] > 0
    # An order fills at the next open, and what an average of ones's own bars rounds to is not at stake here.
    assert held[1:].tolist() == (expected.fillna(False).astype(bool).to_numpy()[:-1]).tolist()
    assert one.metrics["n_trades"] > 10


@pytest.mark.parametrize("timeframe", ["1h", "1d"])
def test_a_strategy_is_asked_when_the_last_of_its_indicators_is_warm_and_never_before(
    tmp_path: Path, timeframe: str
) -> None:
    data = minutes()
    body = (
        f"n: int = 2\nfast = ta.sma(50)\nslow = ta.sma('n', timeframe='{timeframe}')\n\n"
        "def on_bar(self, bar, position):\n    return aj.LONG"
    )
    cls = declared(tmp_path, class_with(body)).cls
    index = data.frame().index
    rule = {"1h": "1h", "1d": "1D"}[timeframe]
    own, after = index.floor(rule), (index + pd.Timedelta("1min")).floor(rule)
    over = np.cumsum(np.append(False, own[1:] != own[:-1])) + (own != after)
    for n in (1, 5, 10**6):
        one = aj.backtest(cls(n=n), data, close_at_end=False)
        asked = one.records["bar"][one.records["kind"] == EventKind.FEATURES]
        expected = np.flatnonzero((over >= n) & (np.arange(len(index)) >= 49))
        assert one.error is None and asked.tolist() == expected.tolist()
        assert (len(asked) == 0) == (n == 10**6)


def bits(one: Any) -> list[str]:
    return [one.error, *(value.hex() for value in one.metrics.values()), *(value.hex() for value in one.equity)]


@pytest.mark.parametrize("engine", [ORDER_ENGINE, PORTFOLIO_ENGINE])
def test_the_same_bits_on_every_engine(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    data = generate_sample("5m", sessions=8).select("ALFA")
    plain = aj.backtest(Hourly(short=True), data)
    monkeypatch.setattr(prepare, "_engine", lambda *_: (engine, None))
    other = aj.backtest(Hourly(short=True), data)
    assert plain.metrics["n_trades"] > 10
    assert bits(other) == bits(plain)


@pytest.mark.parametrize("preset", ["vectorbt", "backtesting.py"])
def test_presets_ask_at_the_bars_at_which_indicators_are_warm(preset: str) -> None:
    data = generate_sample("5m", sessions=8).select("ALFA")
    asked = [
        one.records["bar"][one.records["kind"] == EventKind.FEATURES].tolist()
        for one in (aj.backtest(Hourly, data), aj.backtest(Hourly, data, preset=preset))
    ]
    later = preset == "backtesting.py"  # it asks one bar later than the indicators are warm
    assert asked[1] == asked[0][later:] and len(asked[1]) > 100


def test_a_symbol_with_missing_bars_trades_as_it_does_alone(tmp_path: Path) -> None:
    whole = generate_sample("5m", sessions=10)
    first, second = (whole.frame(symbol) for symbol in whole.symbols[:2])
    generator = np.random.default_rng(3)
    kept = second[(generator.random(len(second)) < 0.6) & (second.index.hour != 12)].iloc[30:]
    data = aj.load({"A": first, "B": kept}, timezone="America/New_York")
    assert data.missing_bars[1] > 300
    many = aj.grid(Hourly, data, {"symbol": ["A", "B"]}, n_jobs=1, out=tmp_path / "run")
    for index, frame in enumerate((first, kept)):
        alone = aj.backtest(Hourly, aj.load(frame, timezone="America/New_York"))
        together = many.container(index)
        columns = ["entry_time", "exit_time", "direction", "entry_price", "exit_price"]
        pd.testing.assert_frame_equal(together.trades[columns], alone.trades[columns])
        assert len(alone.trades) > 10


def test_what_happened_does_not_depend_on_later_bars() -> None:
    data = generate_sample("5m", sessions=8).select("ALFA")
    frame = data.frame()
    whole = aj.backtest(Hourly(short=True), data, close_at_end=False).records
    for kept in (200, 205, 306, 307, 400, 401, 402, 403, 623):
        changed = frame.copy()
        changed.iloc[kept:] *= 1.3
        for other in (data.select(end=frame.index[kept - 1]), aj.load(changed, timezone=data.timezone)):
            found = aj.backtest(Hourly(short=True), other, close_at_end=False).records
            assert found[found["bar"] < kept].tobytes() == whole[whole["bar"] < kept].tobytes()


def plain_figures() -> Any:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "tests.strategies.hourly"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compiled_and_plain_python_give_the_same_bits() -> None:
    found = hourly.figures()
    assert plain_figures() == json.loads(json.dumps(found))
    assert all(values[0] is None for values in found.values())
    assert found["short True"] != found["short False"]


def test_workers_make_the_same_rows(tmp_path: Path) -> None:
    data = generate_sample("5m", sessions=8).select("ALFA")
    axes = {"slow_period": [2, 3, 4], "fast_period": [4, 9]}
    one = aj.grid(Hourly, data, axes, n_jobs=1, out=tmp_path / "one")
    two = aj.grid(Hourly, data, axes, n_jobs=2, batch_size=2, out=tmp_path / "two")
    assert (one.frame["status"] == "ok").all() and one.frame["result_hash"].nunique() == 6
    assert one.frame["result_hash"].tolist() == two.frame["result_hash"].tolist()
