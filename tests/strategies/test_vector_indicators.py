"""Indicators that NumPy computes for all bars at once."""

import pickle
import subprocess
import sys

import cloudpickle
import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.vector_indicators import vector_indicator
from tests.strategies.test_nested import FRAME

DATA = aj.load(FRAME)
_WEIGHT = 2.0


@aj.vector_indicator
def change(close, volume, period=5):
    """Return the change of the close over some bars, weighed by the volume."""
    moved = np.full(len(close), np.nan)
    moved[period:] = (close[period:] - close[:-period]) * volume[period:]
    return moved


@aj.vector_indicator
def of_all(close):
    """Return the distance from the mean of all bars."""
    return close - close.mean()


@aj.vector_indicator
def peeks(close, at=40):
    """Return the close of the next bar, from a bar on."""
    seen = close.copy()
    seen[at:-1] = close[at + 1 :]
    return seen


@aj.strategy
class Vector:
    """Reads one as it is, looked back on, and smoothed."""

    threshold: float = 0.0
    moved = change(period=3)
    smooth = ta.sma(moved, 4)
    lagged = change(7, lag=2)

    def on_bar(self, bar, position):
        """Follow it."""
        return aj.LONG if self.smooth > self.threshold and self.moved > self.moved[1] - self.lagged else aj.FLAT


def test_equals_pandas_and_is_the_same_in_every_isolation() -> None:
    values = aj.backtest(Vector(), DATA).indicators().reset_index(drop=True)
    moved = FRAME.close.diff(3) * FRAME.volume
    np.testing.assert_array_equal(values["moved"], moved)
    np.testing.assert_allclose(values["smooth"], moved.rolling(4).mean(), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(values["lagged"], (FRAME.close.diff(7) * FRAME.volume).shift(2))
    sweep = {"threshold": [-1.0, 0.0, 1.0]}
    full, minimal = (aj.grid(Vector, DATA, sweep, isolation=one, master_seed=7) for one in ("full", "minimal"))
    pd.testing.assert_frame_equal(full.frame, minimal.frame, check_exact=True)


@pytest.mark.parametrize(("declared", "bar"), [(of_all(), 0), (peeks(), 40), (peeks(at=398), 398)])
def test_what_looks_ahead_is_refused_with_the_first_bar(declared: object, bar: int) -> None:
    class Ahead:
        seen = declared

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if self.seen > 0 else aj.FLAT

    with pytest.raises(aj.StrategyError, match=r"looks ahead: of data, its value at bar (\d+) ") as refused:
        aj.backtest(aj.strategy(Ahead)(), DATA)
    found = int(str(refused.value).split("value at bar ")[1].split(" ")[0])
    # A beginning is computed for some lengths: what is wrong at the last bar of each alone is seen there first.
    assert found >= bar and (bar != 0 or found == 0)


def test_mistakes_are_refused() -> None:
    with pytest.raises(aj.StrategyError, match="computed once, so that no parameter can be swept"):
        change("period")
    with pytest.raises(aj.StrategyError, match="change: perod: expected period"):
        change(perod=3)
    with pytest.raises(aj.StrategyError, match="expected arguments without default"):
        vector_indicator(_without)

    class Short:
        x = vector_indicator(_shorter)()

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.FLAT

    with pytest.raises(aj.StrategyError, match=r"an array of shape \(399,\) for 400 bars: expected \(400,\)"):
        aj.backtest(aj.strategy(Short)(), DATA)

    class Unknown:
        x = vector_indicator(_of_unknown)()

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.FLAT

    with pytest.raises(aj.StrategyError, match="no column is called 'sentiment'"):
        aj.backtest(aj.strategy(Unknown)(), DATA)


def _without(period=3):  # type: ignore[no-untyped-def]
    return period


def _shorter(close):  # type: ignore[no-untyped-def]
    return close[1:]


def _of_unknown(sentiment):  # type: ignore[no-untyped-def]
    return sentiment


def _doubled(values):  # type: ignore[no-untyped-def]
    return values * _WEIGHT if len(values) < 2 else np.concatenate([_doubled(values[:1]), _doubled(values[1:])])


def test_other_processes_need_no_module_of_its_name() -> None:
    """As with a strategy's file or a notebook, which a fresh process cannot import."""
    lines = "import pickle, sys, numpy; made = pickle.load(sys.stdin.buffer); print(made.make([numpy.array([1., 3.])]))"

    @aj.vector_indicator
    def local(close):  # type: ignore[no-untyped-def]
        return _doubled(close) + [one for one in (0.5,)][0]

    source = local().source
    sent = cloudpickle.dumps(source)
    done = subprocess.run([sys.executable, "-c", lines], input=sent, cwd="/", capture_output=True, check=False)
    assert done.stdout.decode().strip() == "[2.5 6.5]", done.stderr.decode()
    assert pickle.loads(sent) == source


def _times(factor):  # type: ignore[no-untyped-def]
    @aj.vector_indicator
    def times(close):  # type: ignore[no-untyped-def]
        return close * factor

    return times


def _weighed(values):  # type: ignore[no-untyped-def]
    return values * _WEIGHT


@aj.vector_indicator
def weighed(close):
    """Return the close by a weight of the module, which a function reads."""
    return np.array([_weighed(one) for one in close])


def test_what_it_reads_of_its_surroundings_tells_it_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    class Both:
        half = _times(0.5)()
        double = _times(np.array([2.0]))()

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if self.half < bar.close < self.double else aj.FLAT

    values = aj.backtest(aj.strategy(Both)(), DATA).indicators().reset_index(drop=True)
    np.testing.assert_array_equal(values["half"], FRAME.close * 0.5)
    np.testing.assert_array_equal(values["double"], FRAME.close * 2.0)
    assert _times(0.5)().source == _times(0.5)().source
    before = weighed().source
    monkeypatch.setitem(globals(), "_WEIGHT", 3.0)
    assert weighed().source != before


def test_any_exception_of_the_function_is_told_with_its_name() -> None:
    class Raises:
        x = vector_indicator(_of_a_key)()

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.FLAT

    with pytest.raises(aj.StrategyError, match="_of_a_key: of 400 bars: KeyError: 'x'"):
        aj.backtest(aj.strategy(Raises)(), DATA)


def _of_a_key(close):  # type: ignore[no-untyped-def]
    return {}["x"]
