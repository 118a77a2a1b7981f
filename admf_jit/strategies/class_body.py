"""What a strategy's class body computes from a parameter: ``ta.sma(2 * period)``.

When the body runs, a parameter is its default and nothing else, so that what is made of it would not follow in a sweep.
An indicator's argument is therefore read from the source and becomes a formula; anything else is refused.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from admf_jit import ta
from admf_jit.errors import StrategyError
from admf_jit.parsing import parse_python
from admf_jit.strategies.bar_reads import read_in_methods
from admf_jit.strategies.expressions import Arithmetic, Expression, Output
from admf_jit.strategies.formula import formula
from admf_jit.strategies.indicators import Indicator
from admf_jit.strategies.origin import Origin


def follow_parameters(cls: type, defaults: Mapping[str, bool | int | float]) -> dict[str, Any]:
    """The indicators of a class whose arguments are computed from its parameters, with formulas for these arguments.

    Raises StrategyError where something else of the body is computed from one.
    """
    body, file, outside = _body_of(cls)
    found: dict[str, Any] = {}
    for name, value in _assignments(body):
        read = [node.id for node in ast.walk(value) if isinstance(node, ast.Name) and node.id in defaults]
        if not read or name not in cls.__dict__:
            continue
        origin = Origin(file, value.lineno)
        kept = cls.__dict__[name]
        if isinstance(kept, Arithmetic):
            around = {**outside, **cls.__dict__}
            found[name] = _Reader(defaults, around, origin, read[0]).following(kept, value)
        else:
            raise StrategyError(f"{origin}: {_refusal(name, kept, value, defaults, read[0])}")
    return found


def read_by_methods(cls: type, indicators: Mapping[str, Indicator]) -> dict[str, Indicator]:
    """What the methods of a class read off a bar or an indicator, declared: ``bar_reads`` says what that may be."""
    body, file, _ = _body_of(cls)
    try:
        return read_in_methods(body, indicators)
    except StrategyError as problem:
        raise StrategyError(f"strategy {cls.__name__}: {problem}") from None


def _refusal(name: str, kept: Any, value: ast.expr, defaults: Mapping[str, Any], read: str) -> str:
    says = ast.unparse(value)
    if name in defaults:
        return (
            f"the default of parameter {name} is computed from parameter {read}, and would not follow it in a sweep: "
            f"write a number, or use self.{read} where {name} is used"
        )
    return (
        f"{name} = {says} is computed once, with the default of parameter {read}, and would not follow it in a sweep: "
        f"compute it in on_bar from self.{read}, or write a formula where an indicator uses it: ta.sma({says!r})"
    )


@dataclass(frozen=True)
class _Reader:
    """Reads the arguments of one indicator that are computed from parameters, ``read`` among them."""

    defaults: Mapping[str, bool | int | float]
    #: What other names of the class body stand for.
    around: Mapping[str, Any]
    origin: Origin
    read: str

    def following(self, kept: Any, value: ast.expr) -> Any:
        """What is declared with formulas in the place of what the class body made of defaults."""
        if not self._reads(value):
            return kept
        if isinstance(kept, Output) and isinstance(value, ast.Attribute):
            return replace(kept, indicator=self.following(kept.indicator, value.value))
        if isinstance(kept, Expression):
            return self._of_expression(kept, value)
        kind = kept.kind.name if isinstance(kept, Indicator) else ""
        called = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else None
        own = isinstance(kept, Indicator) and kept.kind.code is not None
        if not isinstance(value, ast.Call) or (called != kind and not own) or not kept.kind.kernel:
            raise self._unread(ast.unparse(value))
        names = [a.name for a in kept.kind.arguments] if own else list(inspect.signature(getattr(ta, kind)).parameters)
        given = list(value.args)
        texts: dict[str, ast.expr] = {}
        if isinstance(kept.source, Arithmetic) and not any(keyword.arg == "source" for keyword in value.keywords):
            texts["source"] = given.pop(0)
        texts |= dict(zip(names, given, strict=False))
        texts |= {keyword.arg: keyword.value for keyword in value.keywords if keyword.arg is not None}
        numbers = [argument.name for argument in kept.kind.arguments]
        arguments, source = list(kept.arguments), kept.source
        for name, text in texts.items():
            if not self._reads(text):
                continue
            if name == "source" and isinstance(source, Arithmetic):
                source = self.following(source, text)
                continue
            if name not in numbers:
                says = ast.unparse(text)
                raise StrategyError(
                    f"{self.origin}: {kept.kind.label}: {name} cannot follow a parameter ({says}): write its value"
                )
            place = numbers.index(name)
            arguments[place] = self._formula(text, f"{kept.kind.label}: {name}", arguments[place])
        return replace(kept, arguments=tuple(arguments), source=source)

    def _reads(self, text: ast.expr) -> bool:
        return any(isinstance(node, ast.Name) and node.id in self.defaults for node in ast.walk(text))

    def _of_expression(self, kept: Expression, value: ast.expr) -> Expression:
        """An expression whose operands follow, as far as they stand in the same order in the text."""
        parts: list[ast.expr] = []
        if isinstance(value, ast.BinOp):
            parts = [value.left, value.right]
        elif isinstance(value, ast.UnaryOp):
            parts = [value.operand]
        elif isinstance(value, ast.Call) and not value.keywords:
            parts = value.args
        if len(parts) != len(kept.operands):
            raise self._unread(ast.unparse(value))
        pairs = zip(kept.operands, parts, strict=True)
        return replace(kept, operands=tuple(self._operand(operand, part) for operand, part in pairs))

    def _operand(self, kept: Any, text: ast.expr) -> Any:
        if isinstance(kept, Arithmetic) or not self._reads(text):
            return self.following(kept, text) if isinstance(kept, Arithmetic) else kept
        return self._formula(text, "an expression", kept)

    def _formula(self, text: ast.expr, where: str, came_to: object) -> str:
        try:
            read = formula(ast.unparse(_Constants(self.defaults, self.around).visit(text)))
        except StrategyError as problem:
            raise StrategyError(f"{self.origin}: {where}: {problem}") from None
        if not set(read.names) <= set(self.defaults) or read.value(self.defaults) != came_to:
            raise self._unread(ast.unparse(text))
        return read.text

    def _unread(self, says: str) -> StrategyError:
        return StrategyError(
            f"{self.origin}: {says} is computed once, with the default of parameter {self.read}, and would not follow "
            f"it in a sweep: write it as text, as in ta.sma('2 * {self.read}')"
        )


class _Constants(ast.NodeTransformer):
    """Puts numbers from around a class in the place of their names."""

    def __init__(self, parameters: Mapping[str, Any], around: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.around = around

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        value = self.around.get(node.id)
        if node.id in self.parameters or isinstance(value, bool) or not isinstance(value, int | float):
            return node
        return ast.copy_location(ast.Constant(value), node)


def _assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Names that a class body assigns, and what: outside of its methods."""
    for statement in body:
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
            targets, value = [statement.target], statement.value
        for target in targets:
            if value is not None:
                yield from _pairs(target, value)
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield from _assignments(getattr(statement, part, []))


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        several = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        values = value.elts if several and isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
        for one, part in zip(target.elts, values, strict=True):
            yield from _pairs(one, part)


def _body_of(cls: type) -> tuple[list[ast.stmt], str, Mapping[str, Any]]:
    """The statements of a class, its file, and the names around it.

    Nothing where no source is kept: then its methods are refused for that.
    """
    methods = [value for value in cls.__dict__.values() if isinstance(value, FunctionType)]
    if not methods:
        return [], "", {}
    code = methods[0].__code__
    try:
        tree = parse_python("".join(linecache.getlines(code.co_filename)))
    except (SyntaxError, ValueError):
        return [], "", {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            functions = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            firsts = [min([f.lineno, *(decorator.lineno for decorator in f.decorator_list)]) for f in functions]
            if code.co_firstlineno in firsts:
                return node.body, code.co_filename, methods[0].__globals__
    return [], "", {}
