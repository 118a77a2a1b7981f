"""A variable that a path reads before it is assigned is refused; one that every path assigns never is."""

import ast
from pathlib import Path

import pytest

import admf_jit as aj
from admf_jit.strategies.assignment import refuse_unassigned
from admf_jit.strategies.generate import generate
from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy
from tests.strategies.declare import class_with, declared, line_of, on_bar

MESSAGE = "variable 'y' may be read before it is assigned: assign it on every path"


def check(body: str) -> None:
    """Check a function of ``x`` and ``items``; its first line is line 2."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    (function,) = ast.parse(f"def f(x, items=(), *rest, key=0):\n{lines}").body
    assert isinstance(function, ast.FunctionDef)
    refuse_unassigned(function, "mine.py")


REFUSED = {
    "if": "if x:\n    y = 1\nreturn y  #",
    "else": "if x:\n    pass\nelse:\n    y = 1\nreturn y  #",
    "elif": "if x:\n    y = 1\nelif x > 1:\n    y = 2\nreturn y  #",
    "later": "x = y  #\ny = 1",
    "itself": "y = y + 1  #",
    "augmented": "y += 1  #",
    "annotated": "y: float\nreturn y  #",
    "deleted": "y = 1\ndel y\nreturn y  #",
    "for body": "for i in items:\n    y = i\nreturn y  #",
    "for variable": "for y in items:\n    pass\nreturn y  #",
    "empty range": "for y in range(3, 3):\n    pass\nreturn y  #",
    "for else after break": "for i in items:\n    if i:\n        break\nelse:\n    y = 1\nreturn y  #",
    "second round": "y = 1\nfor i in items:\n    x = y  #\n    del y",
    "continue": "for i in range(3):\n    if x:\n        continue\n    y = 1\nreturn y  #",
    "while": "while x:\n    y = 1\nreturn y  #",
    "while true": "while True:\n    if x:\n        break\n    y = 1\nreturn y  #",
    "while else": "while x:\n    if x > 1:\n        break\nelse:\n    y = 1\nreturn y  #",
    "try": "try:\n    y = 1 / x\nexcept Exception:\n    pass\nreturn y  #",
    "handler": "try:\n    y = 1 / x\nexcept Exception:\n    return y  #",
    "finally": "try:\n    y = 1 / x\nfinally:\n    x = y  #",
    "handler name": "try:\n    x = 1 / x\nexcept Exception as y:\n    pass\nreturn y  #",
    "match": "match x:\n    case 1:\n        y = 1\nreturn y  #",
    "guarded": "match x:\n    case z if z > 1:\n        y = 1\nreturn y  #",
    "and": "if x and (y := 1):\n    pass\nreturn y  #",
    "or": "if x or (y := 1):\n    return y  #",
    "chained comparison": "if x < 1 < (y := 2):\n    pass\nreturn y  #",
    "conditional expression": "x = (y := 1) if x else 2\nreturn y  #",
    "comprehension variable": "x = [y for y in items]\nz = y  #\ny = 1",
    "comprehension walrus": "x = [(y := i) for i in items]\nreturn y  #",
    "inside a comprehension": "x = [y for i in items]  #\ny = 1",
    "lambda": "x = max(items, key=lambda i: i + y)  #\ny = 1",
    "own variable of an inner function": "def g(z):\n    if z:\n        y = 1\n    return y  #\nreturn g(1)",
    "captured": "def g():\n    return y  #\nx = g()\ny = 1\nreturn x",
    "captured through another": "def h():\n    return y  #\ndef g():\n    return h()\nx = g()\ny = 1\nreturn x",
    "captured by a named lambda": "g = lambda: y  #\nx = g()\ny = 1\nreturn x",
    "inner function itself": "if x:\n    def y():\n        return 1\nreturn y()  #",
}

ACCEPTED = {
    "arguments": "return x + len(items) + len(rest) + key",
    "not its own": "return SOMETHING + len(items)",
    "both branches": "if x:\n    y = 1\nelse:\n    y = 2\nreturn y",
    "return in the other": "if x:\n    y = 1\nelse:\n    return 0\nreturn y",
    "raise in the other": "if x:\n    y = 1\nelse:\n    raise ValueError\nreturn y",
    "early return": "if not x:\n    return 0\ny = 1\nreturn y",
    "false assertion": "if x:\n    y = 1\nelse:\n    assert False\nreturn y",
    "before the loop": "y = 0\nfor i in items:\n    y += i\nreturn y",
    "for variable inside": "for y in items:\n    x += y",
    "unpacked": "for i, (y, z) in items:\n    x += y + z",
    "break with it": "while True:\n    y = 1\n    if x:\n        break\nreturn y",
    "continue before it": "while True:\n    if x:\n        continue\n    y = 1\n    break\nreturn y",
    "endless": "while True:\n    if x:\n        return 1\nreturn y\ny = 1",
    "certain range": "for i in range(3):\n    y = i\nreturn y + i",
    "certain tuple": "for i in (1, 2):\n    y = i\nreturn y + i",
    "for else": "for i in items:\n    if i:\n        y = i\n        break\nelse:\n    y = 0\nreturn y",
    "while condition": "while (y := x) > 1:\n    x -= 1\nreturn y",
    "constant condition": "if True:\n    y = 1\nreturn y",
    "try": "try:\n    y = 1 / x\nexcept Exception:\n    y = 0\nreturn y",
    "nothing can raise before it": "try:\n    y = 0\n    x = 1 / x\nexcept Exception:\n    return y",
    "handler returns": "try:\n    y = 1 / x\nexcept Exception:\n    return 0\nreturn y",
    "handler name inside": "try:\n    x = 1 / x\nexcept Exception as y:\n    return y",
    "caught before finally": "try:\n    y = 1 / x\nexcept Exception:\n    y = 0\nfinally:\n    x = y",
    "finally": "try:\n    x = 1 / x\nfinally:\n    y = 1\nreturn y",
    "break through finally": "while True:\n    try:\n        break\n    finally:\n        y = 1\nreturn y",
    "match": "match x:\n    case 1:\n        y = 1\n    case _:\n        y = 2\nreturn y",
    "pattern": "match x:\n    case (y, *z) | {'a': y, **z}:\n        return y, z\n    case y:\n        return y",
    "and": "if x and (y := 1) > 0:\n    return y",
    "or": "if not x or (y := 1) < 0:\n    return 0\nreturn y",
    "chained comparison": "if 0 < x < (y := 2):\n    return y",
    "conditional expression": "return y if (y := x) else -y",
    "comprehension": "return [y + z for y in items for z in y if z > 1]",
    "comprehension of a variable's name": "x = sum([y for y in items])\ny = 1\nreturn y",
    "lambda": "y = 1\nreturn max(items, key=lambda i: i + y)",
    "called after": "def g():\n    return y\ny = 1\nreturn g()",
    "recursive": "def g(n):\n    return 1 if n < 2 else g(n - 1)\nreturn g(3)",
    "argument of an inner function": "def g(y=1):\n    return y\nx = g()\ny = 1\nreturn y",
    "swapped": "y, z = 1, 2\ny, z = z, y\nreturn y",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_a_path_without_the_assignment_is_refused_at_the_line_that_reads(body: str) -> None:
    (line,) = [number for number, text in enumerate(body.split("\n"), start=2) if text.endswith("#")]
    with pytest.raises(aj.StrategyError) as refused:
        check(body)
    assert str(refused.value) == f"mine.py:{line}: {MESSAGE}"


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_every_path_assigns_is_accepted(body: str) -> None:
    check(body)


def test_on_bar_is_checked(tmp_path: Path) -> None:
    definition = declared(tmp_path, on_bar("if bar.close < 0.0:\n    y = 1.0\nreturn aj.LONG if y > 1.0 else aj.FLAT"))
    with pytest.raises(aj.StrategyError) as refused:
        generate(definition)
    assert str(refused.value) == f"{line_of(definition, 'y > 1.0')}: {MESSAGE}"


METHOD = "def part(self, x):\n    if x < 0.0:\n        y = 1.0\n    return y\n\n"
STATIC = "@staticmethod\ndef part(x):\n    if x < 0.0:\n        y = 1.0\n    return y\n\n"
HELPER = "def part(x):\n    if x < 0.0:\n        y = 1.0\n    return y\n"


@pytest.mark.parametrize(
    ("inside", "above", "call"),
    [(METHOD, "", "self.part"), (STATIC, "", "self.part"), ("", HELPER, "part"), ("", f"@njit\n{HELPER}", "part")],
    ids=["method", "static method", "helper", "compiled helper"],
)
def test_what_on_bar_calls_is_checked(tmp_path: Path, inside: str, above: str, call: str) -> None:
    method = f"def on_bar(self, bar, position):\n    return aj.LONG if {call}(bar.close) > 1.0 else aj.FLAT"
    definition = declared(tmp_path, class_with(inside + method, f"from numba import njit\n\n{above}"))
    with pytest.raises(aj.StrategyError) as refused:
        generate(definition)
    assert str(refused.value) == f"{line_of(definition, 'return y')}: {MESSAGE}"


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_strategies_are_accepted(name: str) -> None:
    assert generate(resolve_strategy(name)).text
