"""Python text to syntax trees, one thread at a time.

CPython 3.11 counts the depth of the tree that it makes in one place for all threads: where two make trees at once it
raises a SystemError about a "recursion depth mismatch". Strategies may be read in several threads.
"""

import ast
from threading import RLock

_ONE_AT_A_TIME = RLock()


def parse_python(text: str) -> ast.Module:
    """The syntax tree of statements; SyntaxError as of ``ast.parse``."""
    with _ONE_AT_A_TIME:
        return ast.parse(text)


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of an expression; SyntaxError as of ``ast.parse``."""
    with _ONE_AT_A_TIME:
        return ast.parse(text, mode="eval").body
