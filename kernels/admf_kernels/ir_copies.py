"""Copies of intermediate code that Numba makes when it inlines a function, without what need not be copied.

Numba copies each block of the function by itself, and with each block all of its variables anew, and the place in the
source of everything: for an indicator of some twenty blocks that takes longer than to infer its types. Here the blocks
of one copy share one copy of their variables, and places, which nothing changes, are not copied.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import inline_closurecall, ir


class _BlockCopies:
    """Stands in for the module ``copy`` where Numba copies the blocks of a function one after the other."""

    def __init__(self) -> None:
        self._scope: Any = None
        self._memo: dict[int, Any] = {}
        self._copied: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)

    def deepcopy(self, block: Any) -> Any:
        """A copy of ``block``, with the variables of the copies before it where it is of the same function's copy."""
        if not isinstance(block, ir.Block):
            return copy.deepcopy(block)
        if block.scope is not self._scope or any(block is other for other in self._copied):
            self._scope, self._memo, self._copied = block.scope, {}, []
        self._copied.append(block)
        return copy.deepcopy(block, self._memo)


def _itself(place: Any, memo: dict[int, Any]) -> Any:
    return place


@contextmanager
def quick_copies() -> Iterator[None]:
    """Within, Numba's inliner copies intermediate code this way. The caller holds the compiler's lock."""
    inline_closurecall.copy = _BlockCopies()
    ir.Loc.__deepcopy__ = _itself
    try:
        yield
    finally:
        inline_closurecall.copy = copy
        del ir.Loc.__deepcopy__
