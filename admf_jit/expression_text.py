"""Expressions as their user wrote them: read as Python's, never executed, and pointed into where something is wrong.

Constraints and objectives of a configuration, and the rules of a strategy, are such texts. What names mean, and which
parts of Python are allowed, is up to those who read the tree.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from admf_jit.parsing import parse_expression

MAX_LENGTH = 1000
MAX_DEPTH = 30
#: As much of a line as is shown on either side of what is wrong.
_SHOWN = 70
_COMMENT = re.compile(r"""('[^'\n]*'|"[^"\n]*")|#[^\n]*""")


class ExpressionError(Exception):
    """An expression that cannot be read: ``said`` is why, from ``start`` to ``end`` (characters of ``text``).

    Without a start it is the text as a whole.
    """

    def __init__(self, said: str, text: str = "", start: int | None = None, end: int | None = None) -> None:
        self.said = said
        self.text = text
        self.start = start
        self.end = end
        super().__init__(said if start is None else f"column {start + 1}: {said}")

    @property
    def pointed(self) -> str:
        """What is wrong with its place in the text, the line itself, and a caret below."""
        if self.start is None:
            return self.said
        line_number = self.text.count("\n", 0, self.start) + 1
        begins = self.text.rfind("\n", 0, self.start) + 1
        ends = self.text.find("\n", self.start)
        ends = len(self.text) if ends < 0 else ends
        until = min(ends, self.start + 1 if self.end is None else max(self.end, self.start + 1))
        first = begins if self.start - begins <= _SHOWN else self.start - _SHOWN
        last = ends if ends - self.start <= _SHOWN else self.start + _SHOWN
        shown = "".join(one if one.isprintable() else " " for one in self.text[first:last])
        carets = " " * (self.start - first) + "^" * max(min(until, last) - self.start, 1)
        place = f"line {line_number}, " if "\n" in self.text.strip() else ""
        return f"{place}column {self.start - begins + 1}: {self.said}\n    {shown.rstrip()}\n    {carets}"


@dataclass(frozen=True)
class ExpressionText:
    """A text with the tree that Python's grammar makes of it."""

    text: str
    tree: ast.expr
    #: The same text as it was parsed, comments and line ends blank, and how many characters of its beginning were not.
    source: str
    before: int

    @classmethod
    def read(cls, text: str) -> ExpressionText:
        """Parse a text, whose line ends are blanks and whose comments are nothing; ExpressionError for what is none."""
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"expected at most {MAX_LENGTH} characters, not {len(text)}")
        blank = _COMMENT.sub(lambda found: found[1] or " " * len(found[0]), text).replace("\n", " ")
        source = blank.lstrip()
        before = len(blank) - len(source)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = parse_expression(source)
        except SyntaxError as error:
            # Of a text that ends too early Python tells no place.
            start = before + error.offset - 1 if error.offset else len(text.rstrip())
            raise ExpressionError(error.msg, text, min(start, len(text.rstrip()))) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(str(error) or "nested too deeply") from None
        return cls(text, tree, source, before)

    def error(self, node: ast.AST, said: str) -> ExpressionError:
        """Return what is wrong with a part of the text, which is pointed at."""
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
        return ExpressionError(said, self.text, self._character(start), None if end is None else self._character(end))

    def written(self, node: ast.AST) -> str:
        """Return the beginning of a node's text; `ast.unparse` would recurse, and what is refused may be deep."""
        return (ast.get_source_segment(self.source, node) or "")[:60]

    def _character(self, offset: int) -> int:
        """Turn an offset of Python's, in bytes of UTF-8, into characters of the text."""
        return self.before + len(self.source.encode()[:offset].decode(errors="ignore"))


def dotted(node: ast.expr) -> str:
    """Return a name with its dots, or an empty text for what is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""
