"""Assignments to several fields of state at once."""

import pandas as pd
import pytest

import admf_jit as aj
from tests.strategies.test_nested import FRAME


@aj.strategy
class Fibonacci:
    """Long where the smaller of two neighbours is even."""

    a = 0
    b = 1
    x = 0.0
    y = 0.0

    def both(self, value):
        """Return two values."""
        return value, value + 1.0

    def on_bar(self, bar, position):
        """The right side is read before any field is assigned."""
        self.a, self.b = self.b, (self.a + self.b) % 1000
        self.x, (k) = self.x + 1.0, 2
        self.x = self.y = self.x
        [self.x, self.y] = self.both(self.y)
        return aj.LONG if self.a % k == 0 and self.y == self.x + 1.0 else aj.FLAT


def test_all_are_read_before_one_is_assigned() -> None:
    a, b, even = 0, 1, []
    for _ in range(len(FRAME)):
        a, b = b, (a + b) % 1000
        even.append(a % 2 == 0)
    entries = pd.Series(even) & ~pd.Series(even).shift(1, fill_value=False)
    expected = entries[entries].index + 1
    trades = aj.backtest(Fibonacci(), aj.load(FRAME)).trades
    assert trades["entry_bar"].tolist() == expected[expected < len(FRAME) - 1].tolist()


def test_each_keeps_its_type() -> None:
    @aj.strategy
    class Wrong:
        n = 0
        x = 0.0

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            self.x, self.n = 1.0, bar.close  # here
            return aj.FLAT

    with pytest.raises(aj.AdmfError, match=r"a whole number must stay one.*\n?.*self.x, self.n = 1.0, bar.close"):
        aj.backtest(Wrong(), aj.load(FRAME))
