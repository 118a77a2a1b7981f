"""Python text to syntax trees, one thread at a time.

CPython 3.11 counts the depth of the tree that it makes in one place for all threads: where two make trees at once it
raises a SystemError about a "recursion depth mismatch". Strategies may be read in several threads.
"""

import ast
from threading import RLock
from typing import Literal, overload

_ONE_AT_A_TIME = RLock()


@overload
def parse_python(text: str, mode: Literal["exec"] = "exec") -> ast.Module: ...
@overload
def parse_python(text: str, mode: Literal["eval"]) -> ast.Expression: ...
def parse_python(text: str, mode: Literal["exec", "eval"] = "exec") -> ast.Module | ast.Expression:
    """The syntax tree of statements (``exec``) or of an expression (``eval``); SyntaxError as of ``ast.parse``."""
    with _ONE_AT_A_TIME:
        tree: ast.Module | ast.Expression = ast.parse(text, mode=mode)  # type: ignore[assignment]
        return tree
