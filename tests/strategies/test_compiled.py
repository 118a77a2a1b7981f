# ruff: noqa: E501
"""Strategies compiled: what they compute, how errors are told, and that compiling changes no bit."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.sharing import why_bar_by_bar
from admf_jit.strategies.source import collect_source
from admf_jit.testing import generate_test_data
from tests.patience import PATIENCE
from tests.strategies import answering
from tests.strategies.answering import Mixed, Yes
from tests.strategies.declare import declared, line_of, on_bar

ROOT = Path(__file__).resolve().parents[2]
FIELDS = "count = 0\nready = False\nlevel = 0.0"
INTERNALS = (
    "nopython",
    "numba",
    "signature",
    "dispatcher",
    "Function(",
    "jitclass",
    "admf_kernels",
    "admf_presets",
    "float64",
    "int64",
)
ANSWERS = "on_bar must return aj.LONG, aj.FLAT, aj.SHORT, aj.KEEP, True, False, None or aj.signals(...)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("open('x')  # here\nreturn aj.LONG", "open is not supported in compiled code"),
        ("return missing(bar)", "bar has no attribute 'nothing': it has index, time, open"),
        ("return missing(position)", "position has no attribute 'nothing': it has quantity, entry_price"),
        ("return bar.close  # here", ANSWERS),
        ("return 'long'  # here", ANSWERS),
        ("y = 1\nif bar.close > 1:\n    return 1.5  # here\nreturn None", ANSWERS),
        ("self.count = bar.close  # here\nreturn aj.LONG", "a state field that starts as a whole number must stay one"),
        ("self.count /= 2  # here\nreturn aj.LONG", "a state field that starts as a whole number must stay one"),
        ("self.ready = bar.index  # here\nreturn aj.LONG", "a state field that starts as True or False must stay one"),
        ("x = 1\nif bar.close > 1.0:\n    x = 'a'\nreturn x  # here", "x is str 'a' on one path and int 1 on another"),
        ("y = bar.close + 'x'  # here\nreturn y > 1", "+ between float and str 'x' is not supported"),
        ("return missing(bar.close)", "float has no attribute 'nothing'"),
        ("for a in zip((1, 2), (3, 4), strict=True):\n    pass\nreturn aj.LONG  # here", "it uses something that Numba does not support"),
        ("with bar as b:  # here\n    return aj.LONG", ""),
        ("return weighted(bar.close)  # here", "a call with the wrong arguments: missing a required argument: 'b'"),
        ("return 'a' if bar.close > 1.0 else aj.LONG  # here", "on one path and "),
    ],
)  # fmt: skip
def test_a_compile_error_is_told_at_the_users_line_in_the_users_words(tmp_path: Path, body: str, message: str) -> None:
    above = "def missing(x):\n    return x.nothing\n\ndef weighted(a, b):\n    return a * b > 1.0\n"
    definition = declared(tmp_path, on_bar(body, above, FIELDS))
    with pytest.raises(aj.StrategyError) as refused:
        compile_strategy(definition)
    text = str(refused.value)
    file = definition.methods["on_bar"].__code__.co_filename
    marker = "return x.nothing" if "missing(" in body else "# here"
    # Numba does not say where a construct is that it cannot even read; the strategy's file is named all the same.
    assert text.startswith(f"{file}:" if body.startswith("with") else f"{line_of(definition, marker)}: ")
    assert "on_bar of Mine cannot be compiled: " in text and message in text
    reason = text.replace(file, "")
    assert not [word for word in INTERNALS if word in reason], text
    assert len(text.splitlines()) <= 2


def test_a_module_is_compiled_once_and_found_in_the_cache_by_others() -> None:
    first = compile_strategy(definition_of(Yes))
    again = compile_strategy(definition_of(Yes))
    assert first.module.path == again.module.path
    assert first.digest == again.digest
    assert compile_strategy(definition_of(Mixed)).uses_random and not first.uses_random


def test_an_exception_names_its_line_its_message_and_its_bar(tmp_path: Path) -> None:
    above = "def risky(x):\n    if x > 20:\n        raise ValueError('more than twenty')  # here\n    return x\n"
    definition = declared(tmp_path, on_bar("return risky(bar.index) > 100", above))
    one = aj.backtest(definition.cls, generate_test_data(50), raise_errors=False)
    assert one.status == "failed"
    assert one.error is not None
    assert one.error.startswith(
        f"ValueError: more than twenty at {line_of(definition, '# here')}\n    raise ValueError("
    )
    assert "(bar 21, " in one.error


def test_what_is_printed_right_after_compilation_comes_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A text that no cache has: what is found there has its Python objects set another way."""
    text = uuid.uuid4().hex
    definition = declared(tmp_path, on_bar(f"print('{text}', bar.index)\nreturn True"))
    aj.backtest(definition.cls, generate_test_data(3), time_limit=PATIENCE)
    assert [line for line in capfd.readouterr().out.splitlines() if line] == [f"{text} {bar}" for bar in range(3)]


def test_a_backtest_that_fails_raises_in_one_line(tmp_path: Path) -> None:
    definition = declared(tmp_path, on_bar("print('bar', bar.index)\nreturn 10 // (bar.index - 3) > 5  # here"))
    with pytest.raises(aj.BacktestError) as raised:
        aj.backtest(definition.cls, generate_test_data(10))
    message = str(raised.value)
    assert message.startswith(
        f"ZeroDivisionError: division by zero at {line_of(definition, '# here')}\n    return 10 //"
    )
    assert "(bar 3, " in message and raised.value.result.error == message
    # IPython asks for this instead of printing thirty frames of the package.
    assert raised.value._render_traceback_() == [f"BacktestError: {message}"]


PRINTING = """
@aj.strategy
class Printing:
    cut: int = 99

    def on_bar(self, bar, position):
        print("bar", bar.index)
        if bar.index == self.cut:
            raise ValueError("cut")
        return bar.close > bar.open
"""


def test_what_is_printed_is_printed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = declared(tmp_path, PRINTING, "Printing")
    data = generate_test_data(12)
    for keywords, n_bars in (({}, 12), ({"intrabar": "bounds", "exits": {"stop_loss": 0.5}}, 12), ({"cut": 5}, 6)):
        settings: dict[str, Any] = {key: value for key, value in keywords.items() if key != "cut"}
        cut = keywords.get("cut", 99)
        aj.backtest(definition.cls(cut=cut), data, raise_errors=False, **settings)
        assert capsys.readouterr().out.splitlines() == [f"bar {i}" for i in range(n_bars)], keywords
    reason = why_bar_by_bar(definition, collect_source(definition))
    assert reason == "on_bar prints", "whoever shares answers prints once for many"


def test_answers_of_every_kind_lead_to_trades() -> None:
    data = generate_test_data(120, seed=3)
    yes = aj.backtest(Yes, data)
    assert yes.error is None
    assert yes.metrics["n_trades"] > 2
    assert (yes.trades["holding"] <= 4).all()
    mixed = aj.backtest(Mixed, data, master_seed=1)
    assert mixed.error is None
    assert set(mixed.trades["direction"]) == {1, -1}


def test_the_seed_decides_the_random_numbers() -> None:
    data = generate_test_data(120, seed=3)
    hashes = {seed: aj.backtest(Mixed, data, master_seed=seed).metrics["final_equity"] for seed in (1, 2, 3)}
    assert len(set(hashes.values())) == 3
    assert aj.backtest(Mixed, data, master_seed=2).metrics["final_equity"] == hashes[2]


def test_every_container_starts_from_fresh_state() -> None:
    data = generate_test_data(120, seed=3)
    many = aj.grid(Mixed, data, {"period": [3, 4, 5], "position_size": [0.5, 1.0]}, n_jobs=1, batch_size=6)
    assert (many.frame["status"] == "ok").all()
    for index in (5, 0, 3):
        assert many.container(index).result_hash == many.frame["result_hash"][index]


def plain_figures() -> Any:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "tests.strategies.answering"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compiled_and_plain_python_give_the_same_bits() -> None:
    found = answering.figures()
    assert plain_figures() == json.loads(json.dumps(found))
    assert all(values[0] is None for values in found.values())
    assert found["mixed 1"] != found["mixed 2"]


def test_an_edited_helper_changes_the_results(tmp_path: Path) -> None:
    text = on_bar("return bar.index % period() == 0", "def period():\n    return 3\n")
    data = generate_test_data(60)
    three = aj.backtest(declared(tmp_path, text).cls, data)
    five = aj.backtest(declared(tmp_path, text.replace("return 3", "return 5")).cls, data)
    assert three.metrics["n_trades"] > five.metrics["n_trades"] > 0
    assert three.container_id != five.container_id
