"""What a strategy's signals follow from, and whether ``on_bar`` is arithmetic that cannot raise.

From bars, indicators, parameters and the side that is held: then containers share them. From more of the position too:
then each container is evaluated by itself, over many bars at a time. From anything else: then it is evaluated bar by
bar.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TypeGuard

from admf_jit.parsing import parse_expression
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.position_reads import FOLLOWS_FROM, reads_trades
from admf_jit.strategies.source import StrategySource
from admf_kernels.minimal.evaluation_blocks import POSITION_FIELDS
from admf_kernels.strategy_view import OF_TRADES

_SAFE_FUNCTIONS = ("abs", "min", "max", "float")
#: Columns that no data may have a zero in.
_PRICES = ("open", "high", "low", "close")
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.If, ast.Return, ast.Pass)
_EXPRESSIONS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Name, ast.Constant, ast.Attribute)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_SILENT = (ast.Load, ast.Store)


def why_bar_by_bar(definition: Definition, source: StrategySource) -> str | None:
    """Why signals follow from more than bars, parameters and the position, in words for the user; else None."""
    if definition.weighs:
        return "target_weights is evaluated for all symbols at once"
    if definition.sends_orders:
        return "on_bar sends orders of its own"
    if definition.state:
        return f"on_bar keeps state of its own ({', '.join(definition.state)})"
    if source.uses_random:
        return "on_bar draws random numbers"
    if reads_trades(source.reads):
        told = ", ".join(name for name in source.reads if name in OF_TRADES)
        return f"on_bar looks at the trades before ({told})"
    if _prints(source):
        return "on_bar prints"
    return None


def _prints(source: StrategySource) -> bool:
    nodes = (node for block in source.functions for node in ast.walk(block.tree))
    return any(isinstance(node, ast.Name) and node.id == "print" for node in nodes)


def why_position_dependent(source: StrategySource) -> str | None:
    """Why signals are a container's own, in words for the user; None where they follow from bars and the side."""
    entry = entry_of(source)
    position = _position_of(entry)
    if not looks_at_position(source):
        return None
    if _uses(entry, position) == len(_questions(entry)):
        return (
            f"on_bar looks at its position ({position}), and has a loop or an index that only some positions may allow"
        )
    return f"on_bar looks at more of its position ({position}) than whether it is long, short or flat"


def looks_at_side(source: StrategySource) -> bool:
    """Whether ``on_bar`` looks at the side of its position, and at no more of it."""
    entry = entry_of(source)
    return bool(_questions(entry)) and not looks_at_position(source)


def looks_at_position(source: StrategySource) -> frozenset[str]:
    """What the signals depend on besides the side that is held, among ``POSITION_FIELDS``; often nothing."""
    entry = entry_of(source)
    position = _position_of(entry)
    questions = len(_questions(entry))
    if _uses(entry, position) == questions:
        # An evaluation with a side that is never held has to end.
        return frozenset({"quantity"}) if questions and _may_go_astray(source) else frozenset()
    fields = [node.attr for node in ast.walk(entry) if _is_field(node, position)]
    if _uses(entry, position) > len(fields):  # handed on, or under another name: it may be all of it
        return frozenset(POSITION_FIELDS)
    looks = frozenset(part for name in fields for part in FOLLOWS_FROM.get(name, (name,)))
    return (looks | {"quantity"} | ({"cash"} if "equity" in looks else frozenset())) & frozenset(POSITION_FIELDS)


def _may_go_astray(source: StrategySource) -> bool:
    """Whether a strategy may not end, or read beyond an array, where it is evaluated with what is never held."""
    for block in source.functions:
        for node in ast.walk(block.tree):
            if isinstance(node, ast.While | ast.Subscript):
                return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == block.tree.name:
                return True
    return False


def _is_field(node: ast.AST, position: str) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == position


def _position_of(entry: ast.FunctionDef) -> str:
    return entry.args.args[2].arg


def _uses(entry: ast.FunctionDef, name: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(entry))


def _questions(entry: ast.FunctionDef) -> list[ast.expr]:
    """Where ``position.quantity`` stands in a question to which only its sign matters."""
    position = _position_of(entry)

    def is_quantity(node: ast.expr) -> bool:
        return _is_field(node, position) and node.attr == "quantity" and isinstance(node.ctx, ast.Load)

    def is_zero(node: ast.expr) -> bool:
        return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 0

    found: list[ast.expr] = []
    for node in ast.walk(entry):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], _COMPARISONS):
            pair = node.left, node.comparators[0]
            found += [one for one, other in (pair, pair[::-1]) if is_quantity(one) and is_zero(other)]
        elif isinstance(node, ast.If | ast.IfExp) and is_quantity(node.test):
            found.append(node.test)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and is_quantity(node.operand):
            found.append(node.operand)
    return found


def entry_of(source: StrategySource) -> ast.FunctionDef:
    """The user's ``on_bar`` as it is emitted."""
    return next(block.tree for block in source.functions if block.tree.name == source.entry)


@dataclass(frozen=True)
class Arithmetic:
    """An ``on_bar`` of arithmetic and comparisons alone: it raises only where one of these divisors is zero."""

    features: frozenset[str]
    parameters: frozenset[str]
    position: frozenset[str]


def arithmetic_of(definition: Definition, source: StrategySource) -> Arithmetic | None:
    """The divisors of an ``on_bar`` that is nothing but arithmetic, or None where it is more."""
    entry = entry_of(source)
    reader = _Reader(definition, source, entry)
    if not reader.is_plain():
        return None
    return Arithmetic(frozenset(reader.features), frozenset(reader.parameters), frozenset(reader.position))


class _Reader:
    def __init__(self, definition: Definition, source: StrategySource, entry: ast.FunctionDef) -> None:
        self.definition = definition
        self.entry = entry
        self.fields = set(feature_fields(definition))
        self.records = [argument.arg for argument in entry.args.args]
        self.numbers = {name for name, value in map(_constant, source.constants) if value}
        self.helpers: set[str] = set()
        # A helper is emitted after those that it calls, or before: until no more are found.
        while found := {b.tree.name for b in source.functions if b.tree is not entry and self._is_helper(b.tree)} - (
            self.helpers
        ):
            self.helpers |= found
        self.features: set[str] = set()
        self.parameters: set[str] = set()
        self.position: set[str] = set()

    def is_plain(self) -> bool:
        bound = {n.id for n in ast.walk(self.entry) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return (
            len(self.entry.args.args) == 3
            and not bound & set(self.records)
            and all(self._is_plain(node, bound) for statement in self.entry.body for node in ast.walk(statement))
        )

    def _is_helper(self, tree: ast.FunctionDef) -> bool:
        """Whether a function of numbers is arithmetic alone, too: no records, and no division by a variable."""
        arguments = {argument.arg for argument in tree.args.args}
        bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} | arguments
        return not (tree.args.vararg or tree.args.kwarg or tree.args.kwonlyargs) and all(
            not isinstance(node, ast.Attribute) and self._is_plain(node, bound)
            for statement in tree.body
            for node in ast.walk(statement)
        )

    def _is_plain(self, node: ast.AST, bound: set[str]) -> bool:
        if isinstance(node, ast.Name):
            return node.id in {*bound, *self.numbers, *self.helpers, *_SAFE_FUNCTIONS, *self.records}
        if isinstance(node, ast.Attribute):
            return isinstance(node.value, ast.Name) and node.value.id in self.records
        if isinstance(node, ast.Constant):
            return node.value is None or isinstance(node.value, bool | int | float)
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else None
            return (called in _SAFE_FUNCTIONS or called in self.helpers) and not node.keywords
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._note_divisor(node.right)
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            return self._note_divisor(node.value)
        return isinstance(node, (*_STATEMENTS, *_EXPRESSIONS, *_OPERATORS, *_COMPARISONS, *_SILENT))

    def _note_divisor(self, divisor: ast.expr) -> bool:
        if isinstance(divisor, ast.Constant):
            return isinstance(divisor.value, int | float) and divisor.value != 0
        if not isinstance(divisor, ast.Attribute) or not isinstance(divisor.value, ast.Name):
            return False
        _, bar, position = self.records
        if divisor.value.id == bar:
            return divisor.attr in _PRICES
        if divisor.value.id == position:
            # Equity is another one at every bar.
            self.position.add(divisor.attr)
            return divisor.attr in POSITION_FIELDS
        if divisor.attr in self.fields:
            self.features.add(divisor.attr)
        elif divisor.attr in self.definition.parameters:
            self.parameters.add(divisor.attr)
        else:
            return False
        return True


def _constant(text: str) -> tuple[str, bool]:
    """Name of an emitted constant, and whether it is a plain number."""
    name, _, value = text.partition(" = ")
    parsed = parse_expression(value)
    if isinstance(parsed, ast.UnaryOp) and isinstance(parsed.op, ast.USub):
        parsed = parsed.operand
    return name, isinstance(parsed, ast.Constant) and isinstance(parsed.value, int | float)
