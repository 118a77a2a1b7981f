"""Random markets: consistent bars of many shapes, as frames that `aj.load` takes."""

import random
from dataclasses import dataclass

import pandas as pd
from hypothesis import strategies as st

import admf_jit as aj
from admf_jit.data import MarketData
from tests.reference.bars import Bars, bars_from_frame

STEPS = ("1min", "1h", "1D")
SHAPES = ("walk", "jumps", "rests", "ticks", "constant")
STILL = ("rests", "ticks", "constant")


@dataclass(frozen=True)
class Market:
    """The recipe of a market; the same recipe gives the same bars."""

    shape: str
    seed: int
    bars: int
    level: float
    volatility: float
    step: str

    def frame(self) -> pd.DataFrame:
        """Make the bars."""
        generator = random.Random(repr(self))
        closes = self._closes(generator)
        rows, before = [], closes[0]
        for close in closes:
            open_ = before * (1 + 0.3 * self.volatility * generator.gauss(0, 1))
            if self.shape == "constant":
                open_ = close
            elif self.shape == "ticks":
                open_ = round(open_ / self.level, 3) * self.level
            top = max(open_, close) * (1 + self._wick(generator))
            bottom = min(open_, close) * (1 - self._wick(generator))
            volume = 0.0 if generator.random() < 0.1 else float(generator.randrange(1, 10_000))
            rows.append((open_, top, bottom, close, volume))
            before = close
        return pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], index=self._times(generator))

    def _wick(self, generator: random.Random) -> float:
        return 0.0 if self.shape == "constant" else min(0.5, 0.5 * self.volatility * generator.random())

    def _closes(self, generator: random.Random) -> list[float]:
        price, closes, rest = self.level, [], 0
        for _ in range(self.bars):
            change = max(-0.5, min(1.0, self.volatility * generator.gauss(0, 1)))
            if self.shape == "jumps" and generator.random() < 0.02:
                change = generator.choice([-0.6, -0.3, 0.5, 1.5])
            if self.shape == "rests":
                rest = rest - 1 if rest else generator.randrange(2, 9) * (generator.random() < 0.1)
            if self.shape == "constant" or rest:
                change = 0.0
            price = min(max(price * (1 + change), self.level / 20), self.level * 20)
            closes.append(round(price / self.level, 3) * self.level if self.shape == "ticks" else price)
        return closes

    def _times(self, generator: random.Random) -> pd.DatetimeIndex:
        step = pd.Timedelta(self.step)
        moment, times = pd.Timestamp("2024-01-02 09:30", tz="UTC"), []
        for _ in range(self.bars):
            times.append(moment)
            moment += step * (1 if generator.random() < 0.97 else generator.randrange(2, 200))
        return pd.DatetimeIndex(times, name="time")


@dataclass(frozen=True)
class Span:
    """Which bars are evaluated: all but the first ``n_before``, of which ``history`` says what warms indicators up."""

    n_before: int = 0
    history: str | int = "all"

    def data(self, frame: pd.DataFrame) -> MarketData:
        """These bars of a frame as the package takes them."""
        data = aj.load(frame)
        return data.select(start=frame.index[self.n_before], history=self.history) if self.n_before else data

    def bars(self, frame: pd.DataFrame) -> Bars:
        """These bars of a frame as the reference takes them."""
        return bars_from_frame(frame).evaluated_from(self.n_before, self.history)


def spans() -> st.SearchStrategy[Span]:
    """Draw spans of a market; half of them are all bars."""
    before = st.builds(Span, st.sampled_from([1, 4, 23, 50]), st.sampled_from(["all", "all", "none", 1, 9, 30]))
    return st.one_of(st.just(Span()), before)


def markets(shapes: tuple[str, ...] = SHAPES) -> st.SearchStrategy[Market]:
    """Draw markets with prices from 1e-3 to 1e5."""
    return st.builds(
        Market,
        shape=st.sampled_from(shapes),
        seed=st.integers(0, 2**32),
        bars=st.integers(60, 220),
        level=st.sampled_from([1e-3, 0.37, 10.0, 123.45, 5_000.0, 1e5]),
        volatility=st.sampled_from([0.001, 0.01, 0.05]),
        step=st.sampled_from(STEPS),
    )
