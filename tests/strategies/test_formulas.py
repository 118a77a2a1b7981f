# ruff: noqa: E501
"""Indicators whose arguments are computed from parameters: they follow in a sweep, or are refused by line."""

from pathlib import Path
from typing import Any

import pytest
from numba import config

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.formula import formula
from admf_jit.testing import generate_test_data
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies.declare import class_with, declared

DATA = generate_test_data(120, seed=9)
FACTOR = 3
FORMS = ("plain", "computed", "text", "constant", "keyword", "several")


@aj.strategy
class Computed:
    """Averages over periods that are computed from ``k``; each is compared with its own, declared as a number below."""

    k: int = 5
    share: float = 0.5
    form: int = 0
    plain = ta.sma(k)
    computed = ta.sma(2 * k)
    text = ta.sma("2 * k")
    constant = ta.sma(FACTOR * k - 1)
    keyword = ta.sma(period=k + 1, source="high", lag=1)
    several = ta.bollinger(max(k, 6), width=4 * share)
    halved, rounded = ta.ema(k // 2 + 1), ta.ema(round(k * share))

    def on_bar(self, bar, position):
        value = self.plain
        if self.form == 1:
            value = self.computed
        if self.form == 2:
            value = self.text
        if self.form == 3:
            value = self.constant
        if self.form == 4:
            value = self.keyword
        if self.form == 5:
            value = self.several.upper
        return bar.close > value


@aj.strategy
class Numbers:
    """What ``Computed`` comes to where ``k`` is 8 and ``share`` 0.25."""

    k: int = 8
    share: float = 0.25
    form: int = 0
    plain = ta.sma(8)
    computed = ta.sma(16)
    text = ta.sma(16)
    constant = ta.sma(23)
    keyword = ta.sma(9, source="high", lag=1)
    several = ta.bollinger(8, 1.0)
    halved, rounded = ta.ema(5), ta.ema(2)

    def on_bar(self, bar, position):
        value = self.plain
        if self.form == 1:
            value = self.computed
        if self.form == 2:
            value = self.text
        if self.form == 3:
            value = self.constant
        if self.form == 4:
            value = self.keyword
        if self.form == 5:
            value = self.several.upper
        return bar.close > value


@pytest.mark.parametrize("isolation", ["full"] if config.DISABLE_JIT else ["full", "minimal"])
def test_computed_arguments_follow_in_a_sweep(isolation: str, tmp_path: Path) -> None:
    sweep = {"form": range(len(FORMS)), "k": [5, 8], "share": [0.25]}
    many = aj.grid(Computed, DATA, sweep, n_jobs=1, isolation=isolation, out=tmp_path / "computed")
    assert many.frame["error"].isna().all()
    numbers = aj.grid(Numbers, DATA, {"form": range(len(FORMS))}, n_jobs=1, isolation=isolation, out=tmp_path / "n")
    at_eight = many.frame[many.frame["k"] == 8]
    for metric in ("final_equity", "n_trades", "sharpe_ratio", "max_drawdown"):
        assert at_eight[metric].tolist() == numbers.frame[metric].tolist(), metric
    at_five = many.frame[many.frame["k"] == 5]
    assert (at_five["final_equity"].to_numpy() != at_eight["final_equity"].to_numpy()).all()


def test_what_a_class_body_computes_becomes_a_formula() -> None:
    indicators = definition_of(Computed).indicators
    said = {name: indicator.arguments for name, indicator in indicators.items()}
    assert said == {
        "plain": ("k",),
        "computed": ("2 * k",),
        "text": ("2 * k",),
        "constant": ("3 * k - 1",),
        "keyword": ("k + 1",),
        "several": ("max(k, 6)", "4 * share"),
        "halved": ("k // 2 + 1",),
        "rounded": ("round(k * share)",),
    }
    assert indicators["several"].told == ("k", "share")
    assert indicators["computed"].warmup({"k": 7}) == 13


def test_a_parameter_with_bounds_is_computed_with_like_any_other() -> None:
    @aj.strategy
    class Bounded:
        k: int = aj.parameter(4, minimum=2)
        share: float = aj.parameter(0.5, minimum=0.0)
        same = ta.sma(k)
        twice = ta.sma(2 * k)
        band = ta.bollinger(k + 1, 4 * share)

        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.LONG if self.same > self.twice else aj.FLAT

    indicators = definition_of(Bounded).indicators
    assert [indicators[name].arguments for name in ("same", "twice", "band")] == [
        ("k",),
        ("2 * k",),
        ("k + 1", "4 * share"),
    ]


def test_a_value_that_no_indicator_can_take_is_refused_or_a_failed_row(tmp_path: Path) -> None:
    text = class_with(
        "k: int = 5\nm: int = 4\nf = ta.sma(k - m)\ndef on_bar(self, bar, position):\n    return bar.close > self.f"
    )
    many = aj.grid(declared(tmp_path, text).cls, DATA, {"k": [4, 5, 6]}, n_jobs=1, isolation="full", out=tmp_path / "a")
    assert many.frame["status"].tolist() == ["failed", "ok", "ok"]
    assert "indicator f: ta.sma: period 0: expected a whole number >= 1" in many.frame["error"][0]
    alone = declared(tmp_path, text.replace("k - m", "k - 4")).cls
    with pytest.raises(aj.ConfigError, match=r"optimization.parameters.k\[0\]: ta.sma: period 0: expected a whole"):
        aj.grid(alone, DATA, {"k": [4, 5, 6]}, n_jobs=1, out=tmp_path / "b")


ON_BAR = "\ndef on_bar(self, bar, position):\n    return aj.LONG"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("k: int = 5\nn = 2 * k  # here", "n = 2 * k is computed once, with the default of parameter k"),
        ("k: int = 5\nm: int = 3 * k  # here", "the default of parameter m is computed from parameter k"),
        ("k: int = 5\nm: int = aj.parameter(3 * k, minimum=2)  # here", "the default of parameter m is computed"),
        ("k: int = 1\nf = ta.sma(5, lag=k)  # here", "ta.sma: lag cannot follow a parameter (k): write its value"),
        ("k: int = 5\nf = average(k)  # here", "average(k) is computed once, with the default of parameter k"),
        ("k: int = 5\nf = ta.sma(k ** 2)  # here", "ta.sma: period: 'k ** 2': k ** 2 cannot be part of a formula"),
        ("k: int = 5\nf = ta.sma(5 if k else 6)  # here", "cannot be part of a formula: expected numbers, parameters"),
        ("k: int = 5\nf = ta.sma(longer(k))  # here", "longer(k) cannot be part of a formula"),
    ],
)
def test_what_would_not_follow_is_refused_at_its_line(tmp_path: Path, body: str, said: str) -> None:
    above = "def average(n):\n    return ta.sma(n)\n\ndef longer(n):\n    return 2 * n\n\n"
    with pytest.raises(aj.StrategyError) as refused:
        declared(tmp_path, class_with(body + ON_BAR, above))
    message = str(refused.value)
    (file,) = tmp_path.glob("*.py")
    number = 1 + [line.endswith("# here") for line in file.read_text().splitlines()].index(True)
    assert message.startswith(f"{file}:{number}: ") and said in message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("k: int = 5\nf = ta.sma('2 * kk')", "indicator f: 'kk' is not a parameter; did you mean 'k'?"),
        ("k: int = 5\nf = ta.sma('2 *')", "indicator f: period: '2 *' is no formula: expected numbers, parameters"),
        (
            "k: int = 5\nf = ta.sma('k / 2')",
            "period is a whole number, but k / 2 may be a fraction: use // or int(...)",
        ),
        ("k: float = 5.0\nf = ta.sma('k')", "period is a whole number, but parameter k is a float"),
        ("k: bool = True\nf = ta.sma('2 * k')", "a fraction: use // or int(...)"),
        ("k: int = 5\nf = ta.sma('pow(k, 2)')", "pow(k, 2) cannot be part of a formula"),
    ],
)
def test_a_formula_is_checked_at_declaration(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(aj.StrategyError) as refused:
        declared(tmp_path, class_with(body + ON_BAR))
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["2 * k", "k // 2 + 7 % k", "-k + 30", "int(k * share)", "round(k / 2)", "min(k, 9)"])
def test_a_formula_is_pythons_arithmetic(text: str) -> None:
    for k in (3, 8, 17):
        values: dict[str, Any] = {"k": k, "share": 0.3}
        assert formula(text).value(values) == eval(text, {}, values)


def test_a_division_by_zero_says_of_what() -> None:
    with pytest.raises(aj.StrategyError, match=r"10 // k of k 0: "):
        formula("10 // k").value({"k": 0})


def test_a_period_longer_than_the_data_is_refused_or_warned_of(tmp_path: Path) -> None:
    text = class_with("k: int = 119\nf = ta.sma(121)\ndef on_bar(self, bar, position):\n    return bar.close > self.f")
    with pytest.raises(aj.StrategyError) as refused:
        aj.backtest(declared(tmp_path, text).cls, DATA)
    assert (
        "indicator f: ta.sma has its first value after 120 bars, and the data has 120 bars: the strategy would never be "
        "evaluated"
    ) in str(refused.value)
    swept = declared(tmp_path, text.replace("121", "'k + 2'"))
    with pytest.warns(UserWarning, match=r"Mine was never evaluated: its warm-up is longer than the data \(120 bars\)"):
        aj.backtest(swept.cls, DATA)


def test_the_warning_is_given_at_the_line_of_the_call(tmp_path: Path) -> None:
    text = class_with(
        "k: int = 119\nf = ta.sma('k + 2')\ndef on_bar(self, bar, position):\n    return bar.close > self.f"
    )
    swept = declared(tmp_path, text)
    code = compile(
        "import admf_jit as aj\n\ndef run(cls, data):\n    aj.backtest(\n        cls, data)\n",
        "/home/me/mine.py",
        "exec",
    )
    mine: dict[str, Any] = {}
    exec(code, mine)
    with pytest.warns(UserWarning, match="Mine was never evaluated") as seen:
        mine["run"](swept.cls, DATA)
    said = [one for one in seen if "never evaluated" in str(one.message)]
    assert [(one.filename, one.lineno) for one in said] == [("/home/me/mine.py", 4)]


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_follows_too() -> None:
    assert_pass_in_plain_python("tests/strategies/test_formulas.py", "follow_in_a_sweep or failed_row", 2)
