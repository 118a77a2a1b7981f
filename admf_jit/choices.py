"""Texts that a parameter may be one of: in a container's row of numbers they are counted."""

from __future__ import annotations

from collections.abc import Sequence

from admf_jit.errors import closest


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
