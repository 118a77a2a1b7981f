# ruff: noqa: E501
"""What a class may declare, and the message for what it may not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.declaration import definition_of
from tests.strategies.declare import class_with, declared

HOLD = "def on_bar(self, bar, position):\n    return aj.LONG"


@aj.strategy
class Sample:
    period: int = 5
    width: float = aj.parameter(2, minimum=0.5, maximum=4)
    short: bool = False
    average = ta.sma("period")
    seen = 0

    def on_bar(self, bar: Any, position: Any) -> int:
        return aj.LONG


def test_a_definition_holds_what_the_class_declares_in_order() -> None:
    definition = definition_of(Sample)
    assert definition.defaults == {"period": 5, "width": 2.0, "short": False}
    assert list(definition.indicators) == ["average"]
    assert dict(definition.state) == {"seen": 0}
    assert list(definition.methods) == ["on_bar"]
    assert isinstance(definition.defaults["width"], float)


def test_an_instance_holds_its_parameters() -> None:
    one = Sample(period=8, width=1)  # type: ignore[call-arg]
    assert one.parameters == {"period": 8, "width": 1.0, "short": False}  # type: ignore[attr-defined]
    assert repr(one) == "Sample(period=8, width=1.0, short=False)"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"perid": 5},
            "strategy Sample has no parameter 'perid' (its parameters: period, width, short); did you mean 'period'?",
        ),
        ({"period": 2.5}, "parameter period: 2.5: expected a whole number"),
        ({"period": True}, "parameter period: True: expected a whole number"),
        ({"period": "5"}, "parameter period: '5': expected a whole number"),
        ({"period": float("nan")}, "parameter period: nan: expected a whole number"),
        ({"period": 2**60}, f"parameter period: {2**60}: expected a whole number"),
        ({"width": 0.4}, "parameter width: 0.4: expected a number >= 0.5 <= 4"),
        ({"width": 4.5}, "parameter width: 4.5: expected a number >= 0.5 <= 4"),
        ({"width": None}, "parameter width: None: expected a number >= 0.5 <= 4"),
        ({"short": 1}, "parameter short: 1: expected true or false"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(aj.StrategyError) as refused:
        definition_of(Sample).complete(given)
    assert str(refused.value) == message


def test_whole_floats_and_numpy_scalars_fit() -> None:
    given = {"period": 7.0, "width": np.float32(1.5), "short": np.bool_(True)}
    values = definition_of(Sample).complete(given)
    assert values == {"period": 7, "width": 1.5, "short": True}
    assert [type(value) for value in values.values()] == [int, float, bool]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("period: str = 'a'\n" + HOLD, "strategy Mine: period: str: a parameter is annotated int, float or bool"),
        ("period: int\n" + HOLD, "strategy Mine: parameter period has no default: write period: int = "),
        ("period: int = 2.5\n" + HOLD, "strategy Mine: default of parameter period: 2.5: expected a whole number"),
        ("period: int = aj.parameter(1, minimum=2)\n" + HOLD, "strategy Mine: default of parameter period: 1: expected a whole number >= 2"),
        ("names = ['a']\n" + HOLD, "strategy Mine: names is a list: expected a parameter (annotated), an indicator"),
        ("@property\ndef x(self):\n    return 1\n\n" + HOLD, "strategy Mine: x is a property: expected"),
        ("def __init__(self):\n    pass\n\n" + HOLD, "strategy Mine: __init__ is not supported: declare state as class attributes"),
        ("period: int = 3", "strategy Mine has no method on_bar(self, bar, position)"),
        ("@staticmethod\ndef on_bar(bar, position, x):\n    return 1", "strategy Mine has no method on_bar(self, bar, position)"),
        ("def on_bar(self, bar):\n    return 1", "strategy Mine: on_bar takes 2 arguments: expected on_bar(self, bar, position)"),
        ("random = 0\n" + HOLD, "strategy Mine: the name 'random' is reserved"),
        ("a__b = 0\n" + HOLD, "strategy Mine: the name 'a__b' is reserved"),
        ("period: int = 3\nfast = ta.sma('perid')\n" + HOLD, "strategy Mine, indicator fast: 'perid' is not a parameter; did you mean 'period'?"),
        ("period: float = 3.0\nfast = ta.sma('period')\n" + HOLD, "strategy Mine, indicator fast: period is a whole number, but parameter period is a float"),
        ("fast = ta.sma(0)\n" + HOLD, "ta.sma: period 0: expected a whole number >= 1"),
        ("fast = ta.sma(2.5)\n" + HOLD, "ta.sma: period 2.5: expected a whole number >= 1"),
        ("fast = ta.sma(True)\n" + HOLD, "ta.sma: period True: expected a whole number >= 1"),
        ("fast = ta.sma(2**32)\n" + HOLD, "ta.sma: period 4294967296: expected at most 2**31"),
        ("fast = ta.sma(5, source='clsoe')\n" + HOLD, "ta.sma: source 'clsoe' is not a column: expected one of open, high, low, close, volume; did you mean 'close'?"),
        ("fast = ta.sma(5, lag=51)\n" + HOLD, "ta.sma: lag 51: expected a whole number from 0 to 50"),
        ("bands = ta.bollinger(5, -1.0)\n" + HOLD, "ta.bollinger: width -1.0: expected a number >= 0"),
    ],
)  # fmt: skip
def test_a_declaration_that_cannot_be_compiled_is_refused(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(aj.StrategyError) as refused:
        declared(tmp_path, class_with(body))
    assert message in str(refused.value)


def test_a_base_class_is_refused(tmp_path: Path) -> None:
    text = "class Base:\n    pass\n\n@aj.strategy\nclass Mine(Base):\n    def on_bar(self, bar, position):\n        return 1\n"
    with pytest.raises(aj.StrategyError, match="strategy Mine: a strategy class has no base classes"):
        declared(tmp_path, text)


def test_an_undecorated_class_is_refused() -> None:
    with pytest.raises(aj.StrategyError, match="int is not a strategy: decorate its class"):
        definition_of(int)


def test_values_that_an_indicator_cannot_compute_with_are_named(tmp_path: Path) -> None:
    definition = declared(tmp_path, class_with("a: int = 5\nb: int = 9\nlines = ta.macd('a', 'b', 3)\n" + HOLD))
    definition.check({"a": 5, "b": 9})
    with pytest.raises(
        aj.StrategyError, match="strategy Mine, indicator lines: ta.macd: fast_period 9 must be below slow_period 9"
    ):
        definition.check({"a": 9, "b": 9})
    with pytest.raises(aj.StrategyError, match="strategy Mine, indicator lines: ta.macd: fast_period 0: expected"):
        definition.check({"a": 0, "b": 9})


def test_future_annotations_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "future.py"
    path.write_text("from __future__ import annotations\nimport admf_jit as aj\n" + class_with("n: int = 3\n" + HOLD))
    from admf_jit.strategies.resolve import resolve_strategy

    assert resolve_strategy(f"{path}:Mine").defaults == {"n": 3}


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (ta.sma(5), 4),
        (ta.sma(5, lag=1), 5),
        (ta.rsi(14), 14),
        (ta.atr(14), 14),
        (ta.macd(12, 26, 9), 33),
        (ta.stochastic(14, 3), 15),
        (ta.vwap(), 0),
        (ta.vwap(lag=1), 1),
        (ta.donchian(20), 19),
        (ta.sma("n"), 6),
    ],
)
def test_warm_up(indicator: Any, expected: int) -> None:
    assert indicator.warmup({"n": 7}) == expected
