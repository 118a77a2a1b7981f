"""Texts that a parameter may be one of: in a container's row of numbers they are counted."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from admf_jit.errors import closest
from admf_jit.expression_text import ExpressionText

#: The word of the rules language that makes a parameter of several expressions.
CHOICE = "choice"


class Choice(str):
    """A text that is one of some ``choices``; ``code`` is its place among them. It is equal to the plain text."""

    choices: tuple[str, ...]

    def __new__(cls, text: str, choices: Sequence[str]) -> Choice:
        """Make one of the choices."""
        made = super().__new__(cls, text)
        made.choices = tuple(choices)
        return made

    def __reduce__(self) -> tuple[type[Choice], tuple[str, tuple[str, ...]]]:
        return Choice, (str(self), self.choices)

    @property
    def code(self) -> int:
        """Its place among the choices."""
        return self.choices.index(self)

    def chosen(self, value: object) -> Choice | None:
        """Another one of the choices, or None for what is none of them."""
        return Choice(value, self.choices) if isinstance(value, str) and value in self.choices else None

    def expected(self, value: object) -> str:
        """Return what a message says was expected instead of a value."""
        hint = closest(value, self.choices) if isinstance(value, str) else ""
        return f"one of {', '.join(self.choices)}" + (f"; did you mean {hint!r}?" if hint else "")


@dataclass(frozen=True)
class RuleChoice:
    """Where a rule says ``choice(...)``: the parameter that decides, and the expressions by their names."""

    parameter: str
    node: ast.Call
    options: dict[str, ast.expr]


def choices_in(key: str, rule: ExpressionText) -> list[RuleChoice]:
    """Find the choices of a rule, from left to right; ExpressionError for one that is none.

    The parameter of the first is ``entry_choice`` for the rule ``entry``, that of the second ``entry_choice_2``. An
    option is called as it is named, ``choice(dip=rsi(2) < 10, ...)``, or by its own text.
    """
    calls = [node for node in ast.walk(rule.tree) if isinstance(node, ast.Call) and _is_choice(node)]
    calls.sort(key=lambda node: (node.col_offset, -(node.end_col_offset or 0)))
    found = []
    for number, node in enumerate(calls, start=1):
        options: dict[str, ast.expr] = {}
        pairs: list[tuple[str | None, ast.expr]] = [(_text(rule, value), value) for value in node.args]
        for name, value in [*pairs, *((keyword.arg, keyword.value) for keyword in node.keywords)]:
            if name is None or isinstance(value, ast.Starred):
                raise rule.error(value, "expected options one by one, as in choice(rsi(14) < 30, close < sma(20))")
            if name in options:
                raise rule.error(value, f"{name} is an option already; expected each once")
            options[name] = value
        if len(options) < 2:
            raise rule.error(node, "expected two options or more, as in choice(rsi(14) < 30, close < sma(20))")
        found.append(RuleChoice(f"{key}_choice" + (f"_{number}" if number > 1 else ""), node, options))
    return found


def _is_choice(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == CHOICE


def _text(rule: ExpressionText, node: ast.expr) -> str:
    return " ".join((ast.get_source_segment(rule.source, node) or "").split())
