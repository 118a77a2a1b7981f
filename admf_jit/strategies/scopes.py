"""Which names a function binds, and which an inner function takes from around it: Python's rules of scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def body_of(function: Function) -> list[ast.AST]:
    """Statements of a function, or the expression of a lambda."""
    return [function.body] if isinstance(function, ast.Lambda) else [*function.body]


def argument_names(function: Function) -> frozenset[str]:
    """Names that a call gives their values."""
    return frozenset(node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))


def local_names(function: Function) -> frozenset[str]:
    """Arguments and variables of ``function``, without those of functions and comprehensions inside of it."""
    return argument_names(function).union(*(bindings(part) for part in body_of(function)))


def bindings(node: ast.AST) -> Iterator[str]:
    """Names that ``node`` binds in the function it stands in, and not in one inside of it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, Comprehension):
        yield from (inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
        return
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    name = node.rest if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar | ast.MatchMapping) and name is not None:
        yield name
    for child in ast.iter_child_nodes(node):
        yield from bindings(child)


def outer_reads(function: Function) -> list[ast.Name]:
    """Reads inside an inner function of what it does not bind itself."""
    hidden = local_names(function)
    return [read for part in body_of(function) for read in _reads(part) if read.id not in hidden]


def _reads(node: ast.AST) -> Iterator[ast.Name]:
    hidden: frozenset[str] = frozenset()
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node
    elif isinstance(node, Function):
        hidden = local_names(node)
    elif isinstance(node, Comprehension):
        hidden = frozenset(name for generator in node.generators for name in bindings(generator.target))
    for child in ast.iter_child_nodes(node):
        yield from (read for read in _reads(child) if read.id not in hidden)
