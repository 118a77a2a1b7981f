"""Conditions and formulas over names and numbers, written as Python writes them, and never executed as code.

The text is parsed, every node is checked against a short list, and the rest is turned into nested closures.
Values are Python's own numbers, so that a constraint means what the same text means in Python.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admf_jit.config.problems import unknown
from admf_jit.expression_text import MAX_DEPTH, ExpressionError, ExpressionText, dotted

MAX_POWER_BITS = 4096

Row = tuple[Any, ...]
Evaluate = Callable[[Row], Any]


class ConstraintError(Exception):
    """A constraint that cannot be read or evaluated; the text says where and why."""


@dataclass(frozen=True)
class Constraint:
    """A checked condition or formula: `evaluate` takes a row with the values of `names`, in that order."""

    text: str
    names: tuple[str, ...]
    evaluate: Evaluate


def power(base: Any, exponent: Any) -> Any:
    """Return base ** exponent, refusing results that are not real or that only serve to exhaust memory."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if base.bit_length() * exponent > MAX_POWER_BITS:
            raise OverflowError(f"{base} ** {exponent} is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError(f"{base} ** {exponent} is not a real number")
    return result


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_COMPARISONS = "expected one of the comparisons < <= > >= == !=, is None, is not None"
_FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}


def parse_constraint(text: str, known: Mapping[str, Any]) -> Constraint:
    """Check a condition over the `known` names (each with a value, for its type). Raises ConstraintError."""
    parsed, is_condition = _parse(text, known)
    if not is_condition:
        raise ConstraintError("expected a condition, such as fast_period < slow_period")
    return parsed


def parse_formula(text: str, known: Mapping[str, Any]) -> Constraint:
    """Check a formula over the `known` names, whose value is a number. Raises ConstraintError."""
    parsed, is_condition = _parse(text, known)
    if is_condition:
        raise ConstraintError("expected a number, such as sharpe_ratio - 0.1 * abs(max_drawdown), not a condition")
    return parsed


def _parse(text: str, known: Mapping[str, Any]) -> tuple[Constraint, bool]:
    """Return a checked text, and whether it is a condition."""
    try:
        read = ExpressionText.read(text)
    except ExpressionError as error:
        raise ConstraintError(str(error)) from None
    compiler = _Compiler(known, read)
    evaluate = compiler.compile(read.tree, 0)
    return Constraint(text, tuple(compiler.names), evaluate), compiler.is_condition(read.tree)


class _Compiler:
    """Turns checked nodes into closures, numbering the names in the order of their first use."""

    def __init__(self, known: Mapping[str, Any], read: ExpressionText):
        self.known = known
        self.read = read
        self.names: dict[str, int] = {}

    def refuse(self, node: ast.AST, text: str) -> ConstraintError:
        return ConstraintError(str(self.read.error(node, text)))

    def is_condition(self, node: ast.AST) -> bool:
        """Return whether a node answers yes or no; `a - b` is true for nearly all values, and a mistake."""
        if isinstance(node, ast.BoolOp):
            return all(self.is_condition(operand) for operand in node.values)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.is_condition(node.operand)
        if isinstance(node, ast.Name | ast.Attribute):
            return isinstance(self.known[dotted(node)], bool)
        return isinstance(node, ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))

    def compile(self, node: ast.expr, depth: int) -> Evaluate:
        if depth > MAX_DEPTH:
            raise self.refuse(node, f"nested more than {MAX_DEPTH} levels deep")
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return lambda row: value
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.UnaryOp() if type(node.op) in _UNARY:
                apply, operand = _UNARY[type(node.op)], self.compile(node.operand, depth + 1)
                return lambda row: apply(operand(row))
            case ast.BoolOp():
                return self._boolean(node, depth)
            case ast.Compare():
                return self._comparison(node, depth)
            case ast.Call():
                return self._call(node, depth)
        raise self.refuse(
            node,
            f"{self.read.written(node)!r} is not allowed; expected names, numbers, comparisons, and, or, not, "
            "+ - * / // % **, abs, min, max",
        )

    def _name(self, node: ast.Name | ast.Attribute) -> Evaluate:
        name = dotted(node)
        if not name:
            raise self.refuse(node, f"{self.read.written(node)!r} is not allowed; expected a name")
        if name not in self.known:
            raise self.refuse(node, f"{name[:60]!r}: {unknown('name', name, self.known)}")
        if isinstance(self.known[name], str):
            raise self.refuse(node, f"{name!r} is a text; expected the name of a number")
        return operator.itemgetter(self.names.setdefault(name, len(self.names)))

    def _binary(self, node: ast.BinOp, depth: int) -> Evaluate:
        if type(node.op) not in _BINARY:
            raise self.refuse(node, "expected one of the operators + - * / // % **")
        apply = _BINARY[type(node.op)]
        left, right = self.compile(node.left, depth + 1), self.compile(node.right, depth + 1)
        return lambda row: apply(left(row), right(row))

    def _boolean(self, node: ast.BoolOp, depth: int) -> Evaluate:
        *firsts, last = [self.compile(operand, depth + 1) for operand in node.values]
        stop = isinstance(node.op, ast.Or)

        def evaluate(row: Row) -> Any:
            for operand in firsts:
                value = operand(row)
                if bool(value) is stop:
                    return value
            return last(row)

        return evaluate

    def _comparison(self, node: ast.Compare, depth: int) -> Evaluate:
        if any(isinstance(compare, ast.Is | ast.IsNot) for compare in node.ops):
            return self._absence(node, depth)
        for compare in node.ops:
            if type(compare) not in _COMPARE:
                raise self.refuse(node, _COMPARISONS)
        first = self.compile(node.left, depth + 1)
        rest = [
            (_COMPARE[type(compare)], self.compile(operand, depth + 1))
            for compare, operand in zip(node.ops, node.comparators, strict=True)
        ]
        if len(rest) == 1:
            (apply, second) = rest[0]
            return lambda row: apply(first(row), second(row))

        def evaluate(row: Row) -> bool:
            left = first(row)
            for apply, operand in rest:
                right = operand(row)
                if not apply(left, right):
                    return False
                left = right
            return True

        return evaluate

    def _absence(self, node: ast.Compare, depth: int) -> Evaluate:
        """A setting may be null: `exits.stop_loss is None`."""
        right = node.comparators[0]
        if len(node.ops) > 1 or not (isinstance(right, ast.Constant) and right.value is None):
            raise self.refuse(node, _COMPARISONS)
        operand, wanted = self.compile(node.left, depth + 1), isinstance(node.ops[0], ast.Is)
        return lambda row: (operand(row) is None) is wanted

    def _call(self, node: ast.Call, depth: int) -> Evaluate:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS:
            written = self.read.written(node.func)
            raise self.refuse(node, f"{written!r}: {unknown('function', written, _FUNCTIONS)}")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(node, f"expected plain arguments for {name}")
        if (len(node.args) != 1) if name == "abs" else (len(node.args) < 2):
            raise self.refuse(
                node, f"expected {'one argument' if name == 'abs' else 'two or more arguments'} for {name}"
            )
        apply = _FUNCTIONS[name]
        arguments = [self.compile(argument, depth + 1) for argument in node.args]
        return lambda row: apply(*[argument(row) for argument in arguments])
