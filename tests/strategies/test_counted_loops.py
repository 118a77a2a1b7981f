"""Loops that are written twice do what Python does: the same values, the same exceptions, at the same lines."""

from __future__ import annotations

import ast
import itertools
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import config, njit

import admf_kernels.checks
import admf_kernels.index_checks
import admf_kernels.known_ranges
from admf_jit.strategies.checked_code import FUNCTIONS, checked_text
from admf_jit.strategies.origin import Origin
from admf_kernels.checks import GENERATED

LEAST, GREATEST = -(2**63), 2**63 - 1
SMALL = [-7, -6, -5, -1, 0, 2, 4, 5, 6, 9]
LENGTHS = [0, 1, 3, 5, 6]
VALUES, TABLE, STARTS = np.arange(1.0, 6.0), np.arange(15.0).reshape(3, 5), np.array([0, 2, 4])
#: Text of ``f(x, table, starts, i, n)`` -> whether its loops are written twice, and whether any `i` will do.
FUNCTION_TEXTS = {
    "window": ("for k in range(n): total += x[i - k]", 1, True),
    "ahead": ("for k in range(n): total += x[i + k] * x[k]", 1, True),
    "turned": ("for k in range(n): total += x[-1 - k] - x[-k]", 1, True),
    "apart": ("for k in range(1, n): total += x[k] - x[k - 1]", 1, True),
    "down": ("for k in range(n, -1, -1): total += x[k]", 1, True),
    "down by two": ("for k in range(n, i, -2): total += x[k]", 1, False),
    "by three": ("for k in range(i, n, 3): total += x[k]", 1, False),
    "by a variable": ("for k in range(0, 5, n + 1): total += x[k]", 0, True),
    "twice": ("for k in range(n): total += x[k + k]", 1, True),
    "times": ("for k in range(n): total += x[2 * k]", 0, True),
    "within a half": ("for k in range(n): total += x[i // 2 - k] + x[i % 3]", 1, True),
    "the same": ("for k in range(n): total += x[i]", 1, True),
    "triangle": ("for a in range(n):\n    for b in range(a, n): total += table[a, b]", 1, True),
    "sum of two": ("for a in range(n):\n    for b in range(a + 1): total += x[a - b] + x[i + a]", 1, True),
    "computed between": ("for a in range(n):\n    m = a // 2\n    for b in range(m, n): total += x[b - m]", 1, True),
    "row": ("for k in range(n): total += table[k][0] + table[-1, k] + table[..., k][0]", 1, True),
    "read from another": ("for k in range(n): total += x[starts[k]]", 1, True),
    "stopped": ("for k in range(9):\n    if k >= len(x): break\n    total += x[k]", 1, True),
    "asked": ("for k in range(n):\n    if k > 1: total += x[k - 2]", 1, True),
    "else": ("for k in range(n):\n    total += x[k]\nelse:\n    total += x[i]", 1, True),
    "else of none": ("k = i\nfor k in range(n, n): total += x[k]\nelse:\n    total += x[k]", 1, True),
    "row written": ("own = np.zeros((2, 5))\nfor k in range(n): own[1][k] = x[k]\ntotal = own.sum()", 1, True),
    "row changed": ("own = np.zeros((2, 5))\nfor k in range(n): own[1][k] += x[k]\ntotal = own[1, :].sum()", 1, True),
    "first what is written": ("own = np.zeros((2, 5))\nown[n][0] = x[i]\ntotal = own.sum()", 0, True),
    "first what is changed": ("own = np.zeros((2, 5))\nown[n][0] += x[i]\ntotal = own.sum()", 0, True),
    "row slice": ("own = np.zeros((2, 5))\nown[1][:n] = x[:n]\nown[n // 6][0] = 2.0\ntotal = own.sum()", 0, True),
    "computed table": ("for k in range(n): total += (table + 1.0)[k, i]", 0, True),
    "named": ("for k in range(n): total += (x + 1)[k] + table[:2][k].sum()", 0, True),
    "returned": ("for k in range(9):\n    if x[k] > 2: return total\n    total += x[k]", 1, True),
    "written": (
        "own = np.zeros(5)\nfor k in range(n):\n    own[k] = x[k]\n    own[i] += 1.0\ntotal = own.sum()",
        1,
        True,
    ),
    "target changed": ("for k in range(n):\n    k += 1\n    total += x[k]", 0, True),
    "base changed": ("for k in range(n):\n    i += 1\n    total += x[i - k] + x[k]", 1, False),
    "array changed": ("for k in range(n):\n    total += x[k]\n    x = x[1:]", 0, True),
    "one name for two": ("for k in range(n):\n    for k in range(k): total += x[k]", 1, True),
    "comprehension": ("for k in range(n): total += sum([x[k + j] for j in range(2)]) + x[k]", 1, True),
    "while": ("for k in range(n):\n    j = 0\n    while j < 2:\n        total += x[k - j]\n        j += 1", 0, True),
    "list": ("own = [1.0, 2.0, 3.0]\nfor k in range(n): total += own[k]", 1, True),
    "tuple": ("own = (1.0, 2.0, 3.0)\nfor k in range(n): total += own[k - 1]", 1, True),
    "raised": ("for k in range(n):\n    total += x[k]\n    if k == 2:\n        raise ValueError('two')", 1, True),
    "divided": ("for k in range(n): total += float(x[k]) / (k - 2)", 1, True),
    "tried inside": (
        "for k in range(n):\n    try:\n        total += x[k]\n    except Exception:\n        total += 0.5",
        0,
        True,
    ),
    "tried around": ("try:\n    for k in range(n): total += x[k]\nexcept Exception:\n    total += 0.5", 0, True),
    "range of its own": ("range = starts\nfor k in range: total += x[k]", 0, True),
    "far": ("for k in range(9223372036854775800, 9223372036854775805): total += x[k - 9223372036854775800]", 0, True),
}


def text_of(body: str) -> str:
    return f"def f(x, table, starts, i, n):\n    total = 0.0\n{textwrap.indent(body, '    ')}\n    return total\n"


def rewritten(name: str) -> tuple[str, dict[int, Origin]]:
    """The text of a function with its checks, from line 11 on, and the origin of each line."""
    text = ast.unparse(ast.parse(text_of(FUNCTION_TEXTS[name][0])))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    lines = range(1, text.count("\n") + 2)
    return checked_text(tree, 11, {line + 10: Origin("f", line, "") for line in lines})


def with_checks(name: str) -> tuple[Callable[..., Any], dict[int, Origin]]:
    text, origins = rewritten(name)
    names = {"np": np}
    for module, functions in FUNCTIONS.items():
        names |= {function: getattr(getattr(admf_kernels, module), function) for function in functions}
    exec(compile("\n" * 10 + text, GENERATED, "exec"), names)
    function = names["f"]
    return (function if config.DISABLE_JIT else njit(error_model="python")(function)), origins


def result(function: Callable[..., Any], origins: dict[int, Origin], *arguments: Any) -> Any:
    """What a function returns, or what it raises and where; numbers to the bit."""
    try:
        return np.float64(function(*arguments)).tobytes()
    except (IndexError, ValueError, ZeroDivisionError) as problem:
        frames = traceback.extract_tb(problem.__traceback__)
        line = [frame.lineno or 0 for frame in frames if frame.filename in (GENERATED, "<plain>")][-1]
        return type(problem), origins[line].line if origins else line


@pytest.mark.parametrize("name", FUNCTION_TEXTS)
def test_it_does_what_python_does(name: str) -> None:
    body, _, any_will_do = FUNCTION_TEXTS[name]
    names: dict[str, Any] = {"np": np}
    exec(compile(ast.unparse(ast.parse(text_of(body))), "<plain>", "exec"), names)
    function, origins = with_checks(name)
    starts = [*SMALL, *([LEAST, LEAST + 1, GREATEST - 1, GREATEST] if any_will_do else [])]
    seen = set()
    for i, n in itertools.product(starts, LENGTHS):
        expected = result(names["f"], {}, VALUES, TABLE, STARTS, i, n)
        assert result(function, origins, VALUES, TABLE, STARTS, i, n) == expected, (i, n)
        seen.add(type(expected))
    assert bytes in seen or name == "range of its own"


@pytest.mark.parametrize("name", FUNCTION_TEXTS)
def test_loops_are_written_twice_where_they_count_indexes(name: str) -> None:
    assert ("counted(" in rewritten(name)[0]) == bool(FUNCTION_TEXTS[name][1])


def test_indexes_that_differ_by_a_number_are_asked_for_together() -> None:
    assert rewritten("apart")[0].count("within(") == 1
    assert rewritten("sum of two")[0].count("within(") == 2


def test_a_long_loop_is_written_once() -> None:
    body = "for k in range(n):\n" + "    total += x[k]\n" * 200
    tree = ast.parse(text_of(body)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    origins = {line: Origin("f", line, "") for line in range(1, 300)}
    assert "counted(" not in checked_text(tree, 1, origins)[0]
