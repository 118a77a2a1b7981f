"""Rules mean what pandas makes of them, and are bitwise the class that one would write; a wrong one is pointed at."""

from inspect import signature

import numpy as np
import pandas as pd
import pytest
import yaml

import admf_jit as aj
from admf_jit import ta
from admf_jit.cli.main import main
from admf_jit.config import load_config, load_run
from admf_jit.config.schema import configuration_schema
from admf_jit.errors import ConfigError
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import strategy_digest
from admf_jit.strategies.indicators import KINDS
from admf_jit.strategies.source import collect_source
from admf_jit.workflow import run_grid, run_single, validate

N = 300
CROSSING = {
    "entry": "crosses_above(sma(close, fast), sma(close, slow)) and rsi(14) < upper",
    "exit": "crosses_below(sma(close, fast), sma(close, slow))",
}
VALUES = {"fast": 3, "slow": 9, "upper": 70}


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    """Hourly bars in steps of a quarter, so that values are often equal; some predictions are missing."""
    random = np.random.default_rng(3)
    close = 100.0 + np.cumsum(random.integers(-3, 4, N)) / 4.0
    open_ = np.roll(close, 1)
    open_[0] = 100.0
    span = random.integers(0, 3, (2, N)) / 4.0
    high, low = np.maximum(open_, close) + span[0], np.minimum(open_, close) - span[1]
    prediction = np.where(random.random(N) < 0.1, np.nan, random.normal(size=N))
    time = pd.date_range("2024-03-01", periods=N, freq="h", tz="UTC", name="time")
    columns = {"open": open_, "high": high, "low": low, "close": close, "volume": 1.0, "prediction": prediction}
    return pd.DataFrame({**columns, "my column": random.normal(size=N)}, index=time)


@pytest.fixture(scope="module")
def data(bars: pd.DataFrame) -> aj.MarketData:
    return aj.load(bars, extra=["prediction", "my column"])


def digest(cls: type) -> str:
    definition = definition_of(cls)
    return strategy_digest(definition, collect_source(definition))


# Each rule, and the same in pandas.
RULES = {
    "look_back": (
        "close > close[1] and close[1] <= close[2] and (close - open)[1] > 0.25 * 2 - 1",
        lambda b: _up(b.close) & ~_before(_up(b.close)) & ((b.close - b.open).shift(1) > -0.5),
    ),
    "above": (
        "crosses_above(close, sma(n)) or crosses_above(close, 100)",
        lambda b: _crossed_below(_mean(b, 5), b.close) | _crossed_below(100.0 + 0.0 * b.close, b.close),
    ),
    "below": (
        "crosses_below(sma(high, 2 * n), high)[1]",
        lambda b: _before(_crossed_below(b.high.rolling(10).mean(), b.high)),
    ),
    "rising": ("rising(close, 2)", lambda b: _up(b.close) & _before(_up(b.close))),
    "falling": ("falling(sma(3), 2)", lambda b: _down(_mean(b, 3)) & _before(_down(_mean(b, 3)))),
    "own": (
        "not (x.prediction > level) or x['my column'][1] < -1",
        lambda b: ~(b.prediction > 0.5) | (b["my column"].shift(1) < -1),
    ),
    "clock": (
        "9 <= hour < 12 or weekday == 5 and is_on",
        lambda b: b.index.hour.isin([9, 10, 11]) | (b.index.day_of_week == 5),
    ),
    "output": (
        "bollinger(10, 1).lower[1] > low or max(close, open) - min(close, open) >= abs(-0.75)",
        lambda b: (
            ((_mean(b, 10) - b.close.rolling(10).std(ddof=0)).shift(1) > b.low) | ((b.close - b.open).abs() >= 0.75)
        ),
    ),
}
NESTED = "sma(rsi(n), 2 * n) > level and lowest((high - low) / atr(5), 3) < 0.5 + highest(bollinger(5).upper, 2) * 0"
EXIT = "bars_in_session[1] % 5 == 0"


def _up(series):
    return series > series.shift(1)


def _down(series):
    return series < series.shift(1)


def _before(condition, ago=1):
    return condition.shift(ago, fill_value=False)


def _mean(bars, n):
    return bars.close.rolling(n).mean()


def _crossed_below(a, b):
    return (a < b) & (a.shift(1) >= b.shift(1))


@pytest.fixture(scope="module")
def all_rules(data):
    """One strategy of all rules."""
    options = ", ".join(f"{name}={rule}" for name, (rule, _) in RULES.items())
    parameters = {"n": 5, "level": 0.5, "is_on": True}
    return aj.grid(aj.rules(entry=f"choice({options})", exit=EXIT, parameters=parameters), data, {"position_size": 1.0})


@pytest.mark.parametrize("name", RULES)
def test_a_rule_holds_where_pandas_says(name, bars, all_rules):
    row = all_rules.frame.set_index("entry_choice").loc[name]
    first = int(row["first_evaluated_bar"])
    entry = np.asarray(RULES[name][1](bars), bool)
    leave = np.roll(bars.index.hour, 1) % 5 == 0
    long = np.zeros(N + 1, bool)  # at the close of each bar, by the signals of the bar before
    for bar in range(first, N - 1):
        long[bar + 1] = entry[bar] if entry[bar] != leave[bar] else long[bar]
    begins, ends = np.flatnonzero(long[1:] & ~long[:-1]) + 1, np.flatnonzero(long[:-1] & ~long[1:]) + 1
    opens = np.r_[bars.open, bars.close.iloc[-1]]
    assert row["n_trades"] == (ends < N).sum() > 2
    assert row["exposure"] == pytest.approx(long.sum() / N, rel=1e-12)
    assert row["final_equity"] == pytest.approx(100_000.0 * np.prod(opens[ends] / opens[begins]), rel=1e-9)


def test_bars_are_counted_since_a_condition(bars, data):
    one = aj.backtest(aj.rules(entry="bars_since(close > open) == 2", exit="bars_since(close > open) != 2"), data)
    last, expected = None, []
    for bar, up in enumerate(bars.close > bars.open):
        last = bar if up else last
        expected.append(last is not None and bar - last == 2)
    entries = [bar + 1 for bar in range(1, N - 1) if expected[bar] and not expected[bar - 1]]
    assert one.trades["entry_bar"].tolist() == entries and len(entries) > 3


def test_what_is_counted_has_another_name_than_a_parameter(data):
    named, other = (
        aj.backtest(aj.rules(entry=f"bars_since(close > open) > {name}", parameters={name: 1}), data)
        for name in ("bars_since_1", "bars")
    )
    assert named.metrics["final_equity"] == other.metrics["final_equity"] and named.metrics["exposure"] > 0.0


@aj.strategy
class Nested:
    """The rule of indicators of indicators and of expressions, written by hand."""

    n: int = 3
    level: float = 50.0
    strength = ta.sma(ta.rsi("n"), "2 * n")
    range = ta.lowest((aj.high - aj.low) / ta.atr(5), 3)
    top = ta.highest(ta.bollinger(5).upper, 2)

    def on_bar(self, bar, position):
        held = self.strength > self.level and self.range < 0.5 + self.top * 0.0
        return aj.signals(held, not held)


def test_indicators_may_read_indicators(data):
    swept = {"n": [2, 3], "level": [45, 50]}
    rules = aj.grid(aj.rules(entry=NESTED, exit=f"not ({NESTED})", parameters={"n": 3, "level": 50}), data, swept)
    written = aj.grid(Nested, data, swept)
    assert rules.frame["final_equity"].tolist() == written.frame["final_equity"].tolist()
    assert rules.frame["final_equity"].nunique() == 4
    assert rules.manifest["isolation"]["evaluated"] == "together"


@aj.strategy
class Written:
    """What somebody would write."""

    fast: int = 3
    slow: int = 9
    upper: float = 70.0
    short = ta.sma("fast")
    long = ta.sma("slow")
    index = ta.rsi(14)

    def on_bar(self, bar, position):
        if self.short > self.long and self.short[1] <= self.long[1] and self.index < self.upper:
            return aj.LONG
        return aj.FLAT if self.short < self.long and self.short[1] >= self.long[1] else aj.KEEP


def test_results_are_bitwise_those_of_the_class(data):
    swept = {"fast": [2, 3, 4], "upper": [55.0, 70.0], "position_size": [0.5, 1.0]}
    crossing = aj.rules(**CROSSING, parameters=VALUES)
    rules, written = (aj.grid(one, data, swept, commission=0.001) for one in (crossing, Written))
    metrics = [name for name in rules.frame if name not in ("container_id", "seed", "result_hash")]
    pd.testing.assert_frame_equal(rules.frame[metrics], written.frame[metrics], check_exact=True)
    assert (rules.frame["n_trades"] > 0).all()
    # Signals are shared, and evaluated in blocks of bars.
    assert rules.manifest["isolation"] == written.manifest["isolation"]
    assert (rules.manifest["isolation"]["shares"], rules.manifest["isolation"]["evaluated"]) == ("signals", "together")


@pytest.mark.parametrize("name", ta.__all__)
def test_every_indicator_is_a_word(name):
    taken = signature(getattr(ta, name)).parameters.values()
    needed = ", ".join("5" for one in taken if one.default is one.empty)
    outputs = KINDS[name].outputs
    said = f"{name}({needed})" + (f".{outputs[0]}" if len(outputs) > 1 else "")
    definition = definition_of(aj.rules(entry=f"{said} > {said}[1]"))
    assert KINDS[name].name in {indicator.kind.name for indicator in definition.indicators.values()}


def test_equal_rules_are_one_strategy():
    spaced = {key: f"\n {text.replace(' ', '  ').replace('(', '( ')} # said so" for key, text in CROSSING.items()}
    one, same = aj.rules(**CROSSING, parameters=VALUES), aj.rules(**spaced, parameters={"upper": 10.0, **VALUES})
    assert digest(one) == digest(same)
    assert digest(one) != digest(aj.rules(**{**CROSSING, "exit": "close < sma(slow)"}, parameters=VALUES))
    signature = one.__init__.__signature__  # type: ignore[misc]
    assert {name: type(found.default) for name, found in signature.parameters.items() if name != "self"} == {
        "fast": int,
        "slow": int,
        "upper": float,
    }


def configuration(folder, bars, **blocks):
    bars.to_csv(folder / "bars.csv")
    strategy = {"type": "rules", **CROSSING, "parameters": {"slow": 9, "upper": 70}}
    fields = {"data": {"source": "bars.csv"}, "strategy": strategy, "optimization": {"parameters": {"fast": [3, 4]}}}
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({**fields, **blocks}), encoding="utf-8")
    return path


def test_a_configuration_is_the_same_strategy(tmp_path, bars, data):
    path = configuration(tmp_path, bars)
    assert validate(load_config(path))["strategy_digest"] == digest(aj.rules(**CROSSING, parameters=VALUES))
    run = run_grid(load_config(path), out=tmp_path / "run", n_jobs=1)
    python = aj.grid(aj.rules(**CROSSING, parameters=VALUES), data, {"fast": [3, 4]})
    opened = aj.open_run(run.directory)
    for name in ("n_trades", "final_equity", "sharpe_ratio"):
        assert opened.frame[name].tolist() == python.frame[name].tolist()
    assert opened.container(1).metrics["final_equity"] == python.frame["final_equity"][1]
    # Of one backtest a parameter that is only swept has its first value.
    assert run_single(load_config(path)).metrics["final_equity"] == python.frame["final_equity"][0]
    assert main(["check", str(path), "--cuts", "2"]) == 0


def test_a_choice_is_swept_unless_it_is_fixed(tmp_path, bars):
    chosen = {"type": "rules", "entry": "choice(close > sma(5), up=close > close[1])", "exit": "close < open"}
    swept = {"parameters": {"position_size": [0.5, 1.0]}}
    config = load_config(configuration(tmp_path, bars, strategy=chosen, optimization=swept))
    assert config.optimization.parameters["entry_choice"] == ("close > sma(5)", "up")
    assert validate(config)["containers"] == 4
    listed = {"parameters": [{"position_size": 0.5}, {"position_size": [0.7, 1.0]}]}
    assert validate(load_config(configuration(tmp_path, bars, strategy=chosen, optimization=listed)))["containers"] == 6
    fixed = {**chosen, "parameters": {"entry_choice": "up"}}
    config = load_config(configuration(tmp_path, bars, strategy=fixed, optimization=swept))
    assert "entry_choice" not in config.optimization.parameters and validate(config)["containers"] == 2
    wrong = {**chosen, "parameters": {"entry_choice": "upp"}}
    said = "strategy.parameter entry_choice: 'upp': expected one of close > sma.5., up; did you mean 'up'"
    with pytest.raises(aj.StrategyError, match=said):
        validate(load_config(configuration(tmp_path, bars, strategy=wrong, optimization={})))


def test_several_strategies_may_be_rules(tmp_path, bars):
    several = {
        "first": {"type": "rules", "entry": "choice(a=close > sma(3), b=rsi(2) < 20)"},
        "second": {"type": "momentum"},
    }
    path = configuration(tmp_path, bars, strategies=several, optimization={})
    text = {key: value for key, value in yaml.safe_load(path.read_text()).items() if key != "strategy"}
    run = load_run(text | {"data": {"source": str(tmp_path / "bars.csv")}})
    assert [one.config.optimization.parameters for one in run.sweeps] == [{"entry_choice": ("a", "b")}, {}]
    assert [len(one["values"] if "values" in one else one) > 0 for one in validate(run)["sweeps"]] == [True, True]
    again = load_run(run.resolved())
    assert [one.config.strategy for one in again.sweeps] == [one.config.strategy for one in run.sweeps]


WRONG = {
    "smaa(3) > 1": ("unknown function 'smaa'; did you mean 'sma'?", "^^^^"),
    "close > fsat": ("unknown word 'fsat'; did you mean 'fast'?", "        ^^^^"),
    "close": ("is a number; expected a condition", "^^^^^"),
    "close > (open > 1)": ("is true or false; expected a number", "         ^^^^^^^^"),
    "close > open & rsi(14) < 30": ("write and between two conditions", "        ^^^^^^^^^^^^^^"),
    "close[-1] > open": ("close[1] is the one before", "^^^^^^^^^"),
    "close[fast] > 1": ("write a whole number, as in close[1]", "^^^^^^^^^^^"),
    "bollinger(20) > 1": ("has upper, middle, lower: write bollinger(20).upper", "^^^^^^^^^^^^^"),
    "bollinger(20).uper > 1": ("did you mean 'upper'?", "^^^^^^^^^^^^^^^^^^"),
    "sma(close, high, 2) > 1": ("which is too many; it takes period", "                 ^"),
    "sma(periode=3) > 1": ("no argument 'periode'; did you mean 'period'?", "    ^^^^^^^^^"),
    "sma('fast') > 1": ("without quotes", "    ^^^^^^"),
    "sma(2 * fats) > 1": ("'fats' is no parameter; did you mean 'fast'?", "    ^^^^^^^^"),
    "sma(0) > 1": ("period 0: expected a whole number >= 1", "^^^^^^"),
    "sma(10)[51] > 1": ("looked back 50 bars at the most", "^^^^^^^"),
    "sma(10, lag=fast) > 1": ("cannot follow a parameter", "            ^^^^"),
    "atr(high, 14) > 1": ("leave the source out", "    ^^^^"),
    "ta.sma(3) > 1": ("write sma without ta", "^^^^^^^^^"),
    "bar.close > 1": ("write close without bar", "^^^^^^^^^"),
    "rising(close, 60)": ("from 1 to 50", "              ^^"),
    "1 < rsi": ("rsi is a function", "    ^^^"),
    "é > 1 or fsat > 1": ("unknown word 'é'", "^"),
    "close > é or fsat > 1": ("unknown word 'é'", "        ^"),
    "sma(close[1], 3) > 1": ("the look back goes behind it", "    ^^^^^^^^"),
    "sma(bollinger(5), 3) > 1": ("write one after a dot", "    ^^^^^^^^^^^^"),
    "sma(close ** 2, 3) > 1": ("is no source", "    ^^^^^^^^^^"),
    "sma(hour, 3) > 1": ("too many; it takes period", "          ^"),
    "position.size > 1": ("position has no 'size'", "^^^^^^^^^^^^^"),
    "position.quantity[1] > 1": ("without a look back", "^^^^^^^^^^^^^^^^^"),
    "choice(close > 1)": ("two options or more", "^^^^^^^^^^^^^^^^^"),
    "choice(close > 1, open)": ("all conditions, or all numbers", "^^^^^^^^^^^^^^^^^^^^^^^"),
    "(close > 1": ("was never closed", "^"),
    "close) > (open": ("unmatched ')'", "     ^"),
    "__import__('os').system('true')": ("is no function", "^" * 31),
    "close.__class__ > 1": ("is unknown", "^^^^^^^^^^^^^^^"),
    "[c for c in close]": ("is not allowed", "^" * 18),
    "close > 'a'": ("expected a number", "        ^^^"),
    f"{'not ' * 40}true": ("nested more than 30 levels deep", " " * 124 + "^" * 40),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_rule_is_pointed_at(text):
    said, caret = WRONG[text]
    with pytest.raises(aj.StrategyError) as problem:
        aj.rules(exit=text, entry="close > sma(fast)", parameters={"fast": 3})
    first, shown, below = str(problem.value).split("\n")
    assert first.startswith(f"exit: column {len(caret) - len(caret.lstrip()) + 1}: ") and said in first
    assert shown.strip() in text
    assert below.strip() == caret.strip()
    assert shown[below.index("^") :].startswith(text[caret.index("^") :][:60])


def test_a_line_of_several_is_pointed_at():
    with pytest.raises(aj.StrategyError) as problem:
        aj.rules(entry="close > 1  # smaa\n  and smaa(3) > 1\n")
    assert str(problem.value).split("\n") == [
        "entry: line 2, column 7: unknown function 'smaa'; did you mean 'sma'?",
        "      and smaa(3) > 1",
        "          ^^^^",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"exit": "close > 1"}, "no entry is given"),
        ({"entry": "close > 1", "parameters": {"fast": 3}}, "'fast' is in no rule"),
        ({"entry": "close > sma", "parameters": {"sma": 3}}, "is a word of the rules language"),
        ({"entry": "close > ta", "parameters": {"ta": 3}}, "is a word of the rules language"),
        ({"entry": "close > 1", "parameters": {"lambda": 3}}, "is a word of the rules language"),
        ({"entry": "close > float", "parameters": {"float": 3}}, "is a word of the rules language"),
        ({"entry": "close > kind", "parameters": {"kind": "a"}}, "choice.* is for texts"),
        ({"entry": "close > sma(n)", "parameters": {"n": 2.5}}, "expected a whole number"),
        ({"entry": 3}, "expected a rule"),
        ({"entry": f"rising({' + '.join(['lowest(low, 100)'] * 25)}, 50)"}, "too long"),
    ],
)
def test_what_makes_no_strategy_is_refused(given, said):
    with pytest.raises(aj.StrategyError, match=said):
        aj.rules(**given)


def test_a_configuration_says_its_key(tmp_path, bars):
    wrong = {"type": "rules", "entry": "close > smaa(3)"}
    with pytest.raises(aj.StrategyError, match=r"strategy.entry: column 9: unknown function 'smaa'"):
        validate(load_config(configuration(tmp_path, bars, strategy=wrong, optimization={})))
    unread = {"type": "rules", "entry": "close >"}
    with pytest.raises(ConfigError, match=r"rules.yaml:\d+: strategy.entry: column 8: invalid syntax"):
        load_config(configuration(tmp_path, bars, strategy=unread))
    for strategy, said in (
        ({"type": "rules", "exit": "close > 1"}, "type rules needs entry or short_entry"),
        ({"type": "momentum", "entry": "close > 1"}, "entry is for type rules alone"),
        ({"type": "rules", "entyr": "close > 1"}, "unknown key; did you mean 'entry'"),
    ):
        with pytest.raises(ConfigError, match=said):
            load_config(configuration(tmp_path, bars, strategy=strategy))


def test_a_division_by_zero_names_the_rule(data):
    one = aj.backtest(aj.rules(entry="(close - low) / (close - close) > 1"), data, raise_errors=False)
    assert one.error is not None and one.error.startswith("ZeroDivisionError: division by zero at the strategy's rules")
    assert "entry = " in one.error


def test_the_schema_knows_the_keys():
    properties = configuration_schema()["$defs"]["StrategyConfig"]["properties"]
    assert {"entry", "exit", "short_entry", "short_exit"} <= set(properties)
