"""Functions of NumPy and Numba that no check stands around: compiled, they reach beyond an array and nobody is told."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from admf_jit.errors import StrategyError
from admf_jit.strategies.origin import Origin

#: Function -> what does the same with a check.
_INSTEAD = (
    (np.lib.stride_tricks.as_strided, "np.lib.stride_tricks.sliding_window_view, or an index"),
    (np.take_along_axis, "a loop with an index"),
    (np.bincount, "a loop that counts"),
    (numba.carray, "an array"),
    (numba.farray, "an array"),
)


def refuse_unchecked(value: Any, said: str, origin: Origin) -> None:
    """Raise StrategyError where ``value``, which the user calls ``said``, is one of these functions."""
    for function, instead in _INSTEAD:
        if value is function:
            raise StrategyError(f"{origin}: {said} does not check what it reads: use {instead}")


def refuse_filling(tree: ast.FunctionDef, file: str, value_of: Callable[[ast.expr], Any]) -> None:
    """Refuse calls of NumPy's functions with an array to put the result into, whose shape nobody compares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            value = value_of(node.func)
            if isinstance(value, np.ufunc) and (len(node.args) > value.nin or node.keywords):
                raise StrategyError(
                    f"{Origin(file, node.lineno)}: {ast.unparse(node.func)} with an array for its result does not "
                    "check that array: assign what it returns"
                )
