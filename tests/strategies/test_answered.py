"""Whole numbers that `on_bar` returns: directions, or refused with their line; only `aj.signals` makes signals."""

from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.return_lines import doubtful_returns
from admf_jit.strategies.source import collect_source
from admf_jit.testing import generate_test_data
from admf_kernels.constants import SIGNALS, SIGNALS_ANSWER
from admf_kernels.return_values import UNKNOWN, code_of
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies.declare import declared, line_of, on_bar

#: What no `on_bar` may answer: what signals and a raised exception are inside of the engines, and others.
NUMBERS = (2, -2, SIGNALS, 17, 2 * SIGNALS - 1, 255, -127, -128, 2**40)
SAID = "on_bar returned something else than aj.LONG, aj.FLAT, aj.SHORT or aj.KEEP"


@pytest.mark.parametrize(
    ("body", "doubtful"),
    [
        ("return 17  # here", True),
        ("return -2  # here", True),
        # What aj.KEEP is may not be written as a number.
        ("return 127  # here", True),
        ("return aj.LONG if bar.close > 1.0 else 16  # here", True),
        ("if bar.close > 1.0:\n    return aj.KEEP\nreturn MANY  # here", True),
        ("return bar.close > 1.0 and 5  # here", True),
        ("return len('word')  # here", True),
        ("answer = aj.LONG\nreturn answer  # here", True),
        ("return -1  # here", False),
        ("if bar.close > 1.0:\n    return None\nreturn aj.SHORT if bar.close > 2.0 else 1  # here", False),
        ("if not bar.close > 1.0:\n    return not bar.index\nreturn ONE or bar.close > 1.0 > bar.open  # here", False),
    ],
)
def test_lines_that_may_answer_with_another_number_are_known(tmp_path: Path, body: str, doubtful: bool) -> None:
    definition = declared(tmp_path, on_bar(body, "MANY = 40\nONE = 1\n"))
    lines = [str(origin) for origin in doubtful_returns(collect_source(definition))]
    assert lines == ([line_of(definition, "# here")] if doubtful else [])


@aj.strategy
class Numbers:
    """Answers with a number from bar 20 on."""

    number: int = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index < 20:
            return -1 if bar.index > 10 else 1
        return self.number


@aj.strategy
class BySide:
    """The same, and long unless it is."""

    number: int = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index < 20:
            return aj.FLAT if position.quantity > 0.0 else aj.LONG
        return self.number


@aj.strategy
class Held:
    """The same, and looks at its entry."""

    number: int = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index < 20:
            return aj.FLAT if position.entry_bar > 3 else aj.LONG
        return self.number


@aj.strategy
class Ordering:
    """The same, with orders and state."""

    number: int = 0
    asked = 0

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        self.asked += 1
        if bar.index == 3:
            orders.market(1.0)
        answer = self.number
        return answer if bar.index >= 20 else aj.KEEP


ALL = (Numbers, BySide, Held, Ordering)


@pytest.mark.parametrize("isolation", ["minimal", "full"])
@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: strategy.__name__)
def test_another_number_ends_the_container_at_its_line_and_bar(tmp_path: Path, strategy: Any, isolation: str) -> None:
    swept = {"number": [-1, 0, 1, *NUMBERS]}
    many = aj.grid(strategy, generate_test_data(50), swept, isolation=isolation, n_jobs=1, out=tmp_path / "run")
    frame = many.frame.set_index("number")
    assert list(frame.loc[[-1, 0, 1], "status"]) == ["ok"] * 3
    code = strategy.on_bar.__code__
    last = code.co_firstlineno + (5 if strategy is Ordering else 3)
    for error in frame.loc[list(NUMBERS), "error"]:
        assert error.startswith(f"{SAID} at {code.co_filename}:{last}\n    return "), error
        assert "(bar 20, " in error


def test_a_number_in_the_text_is_named_by_its_line(tmp_path: Path) -> None:
    definition = declared(tmp_path, on_bar("return 17 if bar.index == 7 else aj.KEEP  # here"))
    one = aj.backtest(definition.cls, generate_test_data(50), raise_errors=False)
    assert str(one.error).startswith(f"{SAID} at {line_of(definition, '# here')}\n    return 17 if ")
    assert "(bar 7, " in str(one.error)


def test_of_several_lines_each_is_named(tmp_path: Path) -> None:
    body = "if bar.close > bar.open:\n    return bar.index  # one\nif bar.close < bar.open:\n    return aj.KEEP\n"
    definition = declared(tmp_path, on_bar(body + "return bar.index * 2  # other"))
    one = aj.backtest(definition.cls, generate_test_data(50), raise_errors=False)
    places = line_of(definition, "# one"), line_of(definition, "# other")
    assert str(one.error).startswith(f"{SAID} at {places[0]} or {places[1]} (bar ")


@pytest.mark.parametrize(("beyond", "code"), [(-1, UNKNOWN), (0, SIGNALS), (15, 2 * SIGNALS - 1), (16, UNKNOWN)])
def test_of_the_large_numbers_sixteen_are_signals(beyond: int, code: int) -> None:
    assert getattr(code_of, "py_func", code_of)(SIGNALS_ANSWER + beyond) == code
    # No parameter is as large.
    assert SIGNALS_ANSWER > 2**53


@aj.strategy
class Signalling:
    """Signals, or nothing."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index % 2 == 0:
            return aj.signals(long_entry=bar.close > bar.open, long_exit=bar.close < bar.open)
        return aj.KEEP


def test_signals_are_answers_and_no_line_of_theirs_is_in_doubt() -> None:
    data = generate_test_data(50)
    assert aj.backtest(Signalling, data).metrics["orders"] > 5
    assert doubtful_returns(collect_source(definition_of(Signalling))) == ()


def test_in_plain_python() -> None:
    """The same without compilation."""
    assert_pass_in_plain_python(__file__, "ends_the_container or several or signals or in_the_text", 15)
