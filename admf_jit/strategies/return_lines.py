"""Where the text of ``on_bar`` may return a whole number that is no direction."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator

from admf_jit.parsing import parse_expression
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.signals import signals
from admf_jit.strategies.source import Block, StrategySource
from admf_kernels.constants import FLAT, KEEP, LONG, SHORT

_DIRECTIONS = (SHORT, FLAT, LONG)


def entry_block(source: StrategySource) -> Block:
    """The user's ``on_bar`` as it is emitted."""
    return next(block for block in source.functions if block.tree.name == source.entry)


def doubtful_returns(source: StrategySource) -> tuple[Origin, ...]:
    """The lines that return what may be a whole number and no direction."""
    block = entry_block(source)
    numbers = _numbers(source)
    # ``aj.signals`` is emitted like a helper of the user's.
    known = {helper.tree.name for helper in source.functions if helper.file == signals.__code__.co_filename}
    return tuple(
        _origin(block, node)
        for node in _returns(block.tree)
        if not all(_is_answer(value, numbers, known) for value in _leaves(node.value))
    )


def _origin(block: Block, node: ast.Return) -> Origin:
    return Origin(block.file, node.lineno, linecache.getline(block.file, node.lineno).strip())


def _returns(tree: ast.AST) -> Iterator[ast.Return]:
    """The returns of a function, but for those of functions within it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield from _returns(node)


def _leaves(value: ast.expr | None) -> Iterator[ast.expr]:
    """What an expression may come to be: ``a if test else b`` is a or b."""
    if isinstance(value, ast.IfExp):
        yield from _leaves(value.body)
        yield from _leaves(value.orelse)
    elif isinstance(value, ast.BoolOp):
        for part in value.values:
            yield from _leaves(part)
    elif value is not None:
        yield value


def _numbers(source: StrategySource) -> dict[str, int]:
    """Constants that are emitted as whole numbers."""
    found = {}
    for constant in source.constants:
        name, _, text = constant.partition(" = ")
        number = _number(parse_expression(text), {})
        if number is not None:
            found[name] = number
    return found


def _number(node: ast.expr, numbers: dict[str, int]) -> int | None:
    """The whole number that a constant is, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number(node.operand, numbers)
        return None if number is None else -number
    if isinstance(node, ast.Name):
        return numbers.get(node.id)
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _is_answer(node: ast.expr, numbers: dict[str, int], known: set[str]) -> bool:
    """Whether an expression is a signal whatever its value."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in known
    number = _number(node, numbers)
    if number is not None:
        # What aj.KEEP is counts by its name.
        return number in _DIRECTIONS or (number == KEEP and isinstance(node, ast.Name))
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return is_not or isinstance(node, ast.Constant | ast.Compare)
