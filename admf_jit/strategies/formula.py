"""Arithmetic of parameters as an indicator's argument: ``ta.sma("2 * period")``."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from admf_jit.errors import StrategyError
from admf_jit.parsing import parse_expression

Scalar = bool | int | float

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "float": float,
    "int": int,
    "max": max,
    "min": min,
    "round": round,
}
#: Of warm-ups alone, with the name that it has in generated code.
_ROOT, _WRITTEN_ROOT = "isqrt", "int(np.sqrt(float({})))"
#: How it is said what a formula may be made of.
ALLOWED = f"numbers, parameters, + - * / // %, and {', '.join(_FUNCTIONS)}"


@dataclass(frozen=True)
class Formula:
    """A parameter, or arithmetic of several: its text, and the names that it reads."""

    text: str
    names: tuple[str, ...]

    @property
    def is_name(self) -> bool:
        """Whether it is a parameter and nothing else."""
        return self.names == (self.text,)

    def value(self, parameters: Mapping[str, Scalar]) -> Scalar:
        """What it comes to; raises StrategyError where that is nothing."""
        try:
            value: Scalar = _value(_parsed(self.text), parameters)
        except (ZeroDivisionError, OverflowError, ValueError) as problem:
            given = ", ".join(f"{name} {parameters[name]!r}" for name in self.names)
            raise StrategyError(f"{self.text} of {given}: {problem}") from None
        return value

    def is_whole(self, kinds: Mapping[str, type]) -> bool:
        """Whether it comes to a whole number, whatever values parameters of these kinds have."""
        return _is_whole(_parsed(self.text), kinds)

    def written(self, prefix: str) -> str:
        """Source text of it, with ``prefix`` before each parameter."""
        tree = _parsed(self.text)
        if isinstance(tree, ast.Name):
            return f"{prefix}{tree.id}"
        return self.of({name: f"{prefix}{name}" for name in self.names})

    def of(self, texts: Mapping[str, str]) -> str:
        """Source text of it, with a text in the place of each name."""
        return f"({ast.unparse(_Filled(texts).visit(parse_expression(self.text)))})"


@lru_cache(maxsize=1024)
def formula(text: str) -> Formula:
    """Read a formula; raises StrategyError where it is no arithmetic of parameters."""
    tree = _parsed(text)
    _check(tree, text)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
    return Formula(ast.unparse(tree), tuple(dict.fromkeys(names)))


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    try:
        return parse_expression(text.strip())
    except (SyntaxError, ValueError):
        raise StrategyError(f"{text!r} is no formula: expected {ALLOWED}") from None


def _check(node: ast.expr, text: str) -> None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return
    if isinstance(node, ast.Name):
        return
    parts: list[ast.expr] = []
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        parts = [node.operand]
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call) and _is_allowed(node):
        parts = node.args
    if not parts:
        raise StrategyError(f"{text!r}: {ast.unparse(node)} cannot be part of a formula: expected {ALLOWED}")
    for part in parts:
        _check(part, text)


def _is_allowed(node: ast.Call) -> bool:
    """Whether it calls one of ``_FUNCTIONS`` with as many arguments as it takes here."""
    if node.keywords or not isinstance(node.func, ast.Name):
        return False
    several = node.func.id in ("min", "max")
    return node.func.id in (*_FUNCTIONS, _ROOT) and (len(node.args) > 1 if several else len(node.args) == 1)


def _value(node: ast.expr, parameters: Mapping[str, Scalar]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return parameters[node.id]
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, parameters)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, parameters), _value(node.right, parameters))
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    values = [_value(argument, parameters) for argument in node.args]
    if node.func.id in ("min", "max") and any(isinstance(value, float) for value in values):
        values = [float(value) for value in values]
    return math.isqrt(int(values[0])) if node.func.id == _ROOT else _FUNCTIONS[node.func.id](*values)


def _is_whole(node: ast.expr, kinds: Mapping[str, type]) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.Name):
        return kinds[node.id] is int
    if isinstance(node, ast.UnaryOp):
        return _is_whole(node.operand, kinds)
    if isinstance(node, ast.BinOp):
        whole = _is_whole(node.left, kinds) and _is_whole(node.right, kinds)
        return whole and not isinstance(node.op, ast.Div)
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if node.func.id in ("int", "round"):
        return True
    return node.func.id != "float" and all(_is_whole(argument, kinds) for argument in node.args)


class _Filled(ast.NodeTransformer):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        return parse_expression(self.texts[node.id])

    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802
        node.args = [self.visit(argument) for argument in node.args]
        assert isinstance(node.func, ast.Name)
        if node.func.id == _ROOT:
            return parse_expression(_WRITTEN_ROOT.format(ast.unparse(node.args[0])))
        return node
