"""Annotations of parameters that are one of some texts: ``Literal["sma", "ema"]``, with or without None."""

from __future__ import annotations

import ast
import typing
from types import NoneType, UnionType

from admf_jit.errors import StrategyError
from admf_jit.parsing import parse_expression


def choices_of(whose: str, annotation: object) -> tuple[tuple[str, ...], bool]:
    """The texts of ``Literal["sma", "ema"]``, as it is or written as text, and whether it may be None.

    None is one of them, or stands beside: ``Literal["sma", "ema"] | None``. Of another annotation there are no texts.
    """
    values = _written_values(annotation) if isinstance(annotation, str) else _literal_values(annotation)
    texts = tuple(value for value in values if isinstance(value, str))
    optional = None in values
    if len(texts) + optional < len(values) or len(set(texts)) < len(texts) or (values and not texts):
        raise StrategyError(f"{whose}: expected different texts, such as Literal['sma', 'ema']")
    return texts, optional


def _literal_values(annotation: object) -> tuple[object, ...]:
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    parts = typing.get_args(annotation) if typing.get_origin(annotation) in (typing.Union, UnionType) else ()
    values = [value for part in parts for value in _literal_values(part)]
    return tuple(dict.fromkeys([*values, None])) if values and NoneType in parts else tuple(values)


def _written_values(annotation: str) -> tuple[object, ...]:
    """The values of a Literal that is written as text, without the names of its module being known."""
    try:
        tree: ast.expr = parse_expression(annotation)
    except SyntaxError:
        return ()
    beside: tuple[object, ...] = ()
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        parts = [tree.left, tree.right]
        rest = [part for part in parts if not (isinstance(part, ast.Constant) and part.value is None)]
        if len(rest) != 1:
            return ()
        tree, beside = rest[0], (None,)
    if isinstance(tree, ast.Subscript) and _last_name(tree) == "Optional":
        tree, beside = tree.slice, (None,)
    if not isinstance(tree, ast.Subscript) or _last_name(tree) != "Literal":
        return ()
    inside = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
    values = [part.value if isinstance(part, ast.Constant) else part for part in inside]
    return (*values, *(one for one in beside if one not in values))


def _last_name(tree: ast.Subscript) -> str:
    return ast.unparse(tree.value).rpartition(".")[2]
