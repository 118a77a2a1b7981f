"""Every indicator against the reference, and none looks ahead."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.testing import indicator_values
from tests.contract.markets import Market
from tests.reference import indicators
from tests.reference.bars import Bars, bars_from_frame
from tests.reference.indicators import Values

Outputs = Values | dict[str, Values]
# What rounding may leave of a difference of prices, in units of the price; and of a ratio in its own unit.
OF_A_PRICE, OF_A_RATIO = 1e-12, 1e-9


def named(*names: str) -> Callable[[tuple[Values, ...]], dict[str, Values]]:
    return lambda outputs: dict(zip(names, outputs, strict=True))


BANDS, LINES = named("upper", "middle", "lower"), named("line", "signal", "histogram")
CASES: dict[str, tuple[Callable[[], Any], Callable[[Bars], Outputs], float]] = {
    "sma": (lambda: ta.sma(5), lambda b: indicators.sma(b.close, 5), 0.0),
    "sma_of_one": (lambda: ta.sma(1), lambda b: indicators.sma(b.close, 1), 0.0),
    "sma_of_high": (lambda: ta.sma(5, source="high"), lambda b: indicators.sma(b.high, 5), 0.0),
    "ema": (lambda: ta.ema(7), lambda b: indicators.ema(b.close, 7), 0.0),
    "wma": (lambda: ta.wma(6), lambda b: indicators.wma(b.close, 6), 0.0),
    "stdev": (lambda: ta.stdev(8), lambda b: indicators.stdev(b.close, 8), OF_A_PRICE),
    "rsi": (lambda: ta.rsi(14), lambda b: indicators.rsi(b.close, 14), OF_A_RATIO),
    "atr": (lambda: ta.atr(9), lambda b: indicators.atr(b.high, b.low, b.close, 9), OF_A_PRICE),
    "bollinger": (
        lambda: ta.bollinger(10, 2.5),
        lambda b: BANDS(indicators.bollinger(b.close, 10, 2.5)),
        OF_A_PRICE,
    ),
    "macd": (lambda: ta.macd(4, 9, 3), lambda b: LINES(indicators.macd(b.close, 4, 9, 3)), OF_A_PRICE),
    "donchian": (lambda: ta.donchian(11), lambda b: BANDS(indicators.donchian(b.high, b.low, 11)), 0.0),
    "roc": (lambda: ta.roc(5), lambda b: indicators.roc(b.close, 5), 0.0),
    "momentum": (lambda: ta.momentum(5), lambda b: indicators.momentum(b.close, 5), 0.0),
    "highest": (lambda: ta.highest(13), lambda b: indicators.highest(b.close, 13), 0.0),
    "lowest": (lambda: ta.lowest(13), lambda b: indicators.lowest(b.close, 13), 0.0),
    "zscore": (lambda: ta.zscore(12), lambda b: indicators.zscore(b.close, 12), OF_A_RATIO),
    "stochastic": (
        lambda: ta.stochastic(8, 3),
        lambda b: named("k", "d")(indicators.stochastic(b.high, b.low, b.close, 8, 3)),
        OF_A_RATIO,
    ),
    "vwap": (lambda: ta.vwap(), lambda b: indicators.vwap(b.high, b.low, b.close, b.volume, b.session), 0.0),
    "lagged": (
        lambda: ta.donchian(6, lag=1),
        lambda b: BANDS(tuple([None, *v[:-1]] for v in indicators.donchian(b.high, b.low, 6))),
        0.0,
    ),
}
MARKETS = [
    Market("jumps", seed=1, bars=200, level=100.0, volatility=0.03, step="1h"),
    Market("walk", seed=2, bars=200, level=1e5, volatility=0.001, step="1min"),
    Market("rests", seed=3, bars=200, level=1e-3, volatility=0.01, step="1D"),
]


def outputs_of(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else {"value": values}


def floats(values: Values) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values])


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.shape)
def test_indicator_agrees_with_the_reference(name: str, market: Market) -> None:
    declared, expected, near_zero = CASES[name]
    frame = market.frame()
    got = outputs_of(indicator_values(declared(), aj.load(frame)))
    wanted = outputs_of(expected(bars_from_frame(frame)))
    assert set(got) == set(wanted)
    scale = market.level if near_zero == OF_A_PRICE else 1.0
    for output, values in wanted.items():
        np.testing.assert_allclose(got[output], floats(values), rtol=1e-9, atol=near_zero * scale, err_msg=output)


@pytest.mark.parametrize("level", [0.1, 100.1, 1e5 / 3])
def test_a_window_without_movement_deviates_by_exactly_nothing(level: float) -> None:
    frame = MARKETS[0].frame().iloc[:80] * (level / 100)
    frame.iloc[30:, :4] = level
    data = aj.load(frame)
    assert list(indicator_values(ta.stdev(10), data)[40:]) == [0.0] * 40
    assert list(indicator_values(ta.zscore(10), data)[40:]) == [0.0] * 40
    bands = indicator_values(ta.bollinger(10, 2.0), data)
    assert list(bands["upper"][40:]) == list(bands["lower"][40:]) == list(bands["middle"][40:])
    assert list(indicator_values(ta.stochastic(10, 1), data)["k"][40:]) == [50.0] * 40


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("last", [1, 17])
def test_indicator_does_not_look_ahead(name: str, last: int) -> None:
    frame = MARKETS[0].frame()
    kept = len(frame) - last
    changed = frame.copy()
    changed.iloc[kept:] *= 1.7
    whole, cut, other = (
        outputs_of(indicator_values(CASES[name][0](), aj.load(f))) for f in (frame, frame.iloc[:kept], changed)
    )
    for output, values in whole.items():
        before = bits(values)[:kept]
        assert np.array_equal(before, bits(cut[output])), output
        assert np.array_equal(before, bits(other[output])[:kept]), output


def bits(values: Any) -> np.ndarray:
    """Return the bytes of doubles as integers, so that equal means the same bits (NaN included)."""
    return np.asarray(values, dtype=np.float64).view(np.int64)
