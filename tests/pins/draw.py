"""Random choices that are the same on every machine and in every version of Python."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Choices by a seed.

    Only ``random.Random.random`` is used, whose sequence Python guarantees; what its other methods make of it has
    changed between versions.
    """

    def __init__(self, *seed: str | int) -> None:
        self._next = random.Random("/".join(map(str, seed))).random

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self._next() < probability

    def whole(self, first: int, last: int) -> int:
        """A whole number from ``first`` to ``last``, both included."""
        return first + int(self._next() * (last - first + 1))

    def unit(self) -> float:
        """A number in [0, 1)."""
        return self._next()

    def pick(self, choices: Sequence[T]) -> T:
        """One of several, any of them as likely."""
        return choices[self.whole(0, len(choices) - 1)]

    def some(self, choices: Sequence[T], number: int) -> list[T]:
        """So many different ones of several, or all, in the order in which they were drawn."""
        left, drawn = list(choices), []
        while left and len(drawn) < number:
            drawn.append(left.pop(self.whole(0, len(left) - 1)))
        return drawn
