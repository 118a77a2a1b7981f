"""Windowed indicators against exact rational arithmetic, to the bit, whatever passed through the window before."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from admf_jit.strategies.compiled import load_function, write_module
from admf_jit.strategies.generate_column import generate_column
from admf_jit.strategies.indicators import KINDS
from tests.contract.plain_python import assert_pass_in_plain_python

Numbers = NDArray[np.float64]
PERIODS = (1, 2, 3, 6, 7, 20, 49, 100)


def column_of(kind: str, x: Numbers, *arguments: float) -> Numbers:
    """Outputs of an indicator over ``x`` as source, float64 (n_outputs, n_bars), by the code of shared columns."""
    record = load_function(write_module(generate_column(KINDS[kind])), "record_column").function
    source = np.ascontiguousarray(x, np.float64)
    high, low, volume = source + 0.5, source - 0.25, np.full(len(source), 3.0)
    session = np.arange(len(source), dtype=np.int64) // 40
    told = np.array(arguments, np.float64)
    for array in (source, high, low, volume, session):
        array.flags.writeable = False
    outputs = np.full((len(KINDS[kind].outputs), len(source)), np.nan)
    record(session, source, high, low, source, volume, source, told, outputs)
    return outputs


def random_walk(generator: np.random.Generator, n: int, step: float) -> Numbers:
    return np.asarray(np.round(100.0 * np.cumprod(1.0 + step * generator.standard_normal(n)), 2))


def spiked(generator: np.random.Generator, n: int) -> Numbers:
    x = np.full(n, 9.4)
    x[n // 3] = 1e12
    return x


def dusty(generator: np.random.Generator, n: int) -> Numbers:
    """A spread of two legs, which rounding leaves a little above 0."""
    x = generator.uniform(0.0, 1.0, n)
    x[::7] = 0.1 + 0.2 - 0.3
    return x


def counted(generator: np.random.Generator, n: int) -> Numbers:
    return generator.integers(0, 3, n) * generator.integers(0, 100_000, n).astype(np.float64)


SERIES: dict[str, Callable[[np.random.Generator, int], Numbers]] = {
    "minutes": lambda g, n: random_walk(g, n, 0.0005),
    "days": lambda g, n: random_walk(g, n, 0.03),
    "still": lambda g, n: np.full(n, 9.4),
    "offset": lambda g, n: 1e9 + 1e-3 * g.standard_normal(n),
    "spike": spiked,
    "crash": lambda g, n: np.concatenate([np.full(n // 2, 1e9), 1.0 + 0.01 * g.standard_normal(n - n // 2)]),
    "rise": lambda g, n: 0.01 * 1.02 ** np.arange(n),
    "fall": lambda g, n: 1e6 * 0.98 ** np.arange(n),
    "volume": counted,
    "coins": lambda g, n: np.round(10.0 ** g.uniform(-4.0, 3.0, n), 8),
    "spread": lambda g, n: np.round(np.cumsum(g.standard_normal(n)), 2),
    "dust": dusty,
    "ties": lambda g, n: 1.0 + g.integers(0, 2, n) * 2.0**-52,
    "wild": lambda g, n: g.standard_normal(n) * 10.0 ** g.uniform(-30.0, 30.0, n),
}


def series(name: str, n: int = 260) -> Numbers:
    return SERIES[name](np.random.default_rng(3), n)


def windows(x: Numbers, period: int) -> list[list[Fraction]]:
    exact = [Fraction(float(value)) for value in x]
    return [exact[t - period + 1 : t + 1] for t in range(period - 1, len(x))]


def mean(window: list[Fraction]) -> Fraction:
    return sum(window, Fraction(0)) / len(window)


def deviation(window: list[Fraction]) -> float:
    centre = mean(window)
    return math.sqrt(float(sum(((x - centre) ** 2 for x in window), Fraction(0)) / len(window)))


def zscore(window: list[Fraction]) -> float:
    spread = deviation(window)
    return float(window[-1] - mean(window)) / spread if spread > 0.0 else 0.0


def weighted(window: list[Fraction]) -> float:
    weights = range(1, len(window) + 1)
    return float(sum((k * x for k, x in zip(weights, window, strict=True)), Fraction(0)) / sum(weights))


def bands(window: list[Fraction]) -> tuple[float, float, float]:
    middle, width = float(mean(window)), 2.5 * deviation(window)
    return middle + width, middle, middle - width


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("sma", lambda window: float(mean(window))),
        ("wma", weighted),
        ("stdev", deviation),
        ("zscore", zscore),
    ],
)
def test_every_value_is_the_exact_one_rounded_once(
    kind: str, formula: Callable[[list[Fraction]], float], name: str
) -> None:
    x = series(name)
    for period in PERIODS:
        got = column_of(kind, x, period)[0, period - 1 :]
        assert got.tolist() == [formula(window) for window in windows(x, period)], period


@pytest.mark.parametrize("name", SERIES)
def test_bands_are_made_of_the_exact_mean_and_deviation(name: str) -> None:
    x = series(name, 160)
    got = column_of("bollinger", x, 20, 2.5)[:, 19:].T
    assert [tuple(row) for row in got.tolist()] == [bands(window) for window in windows(x, 20)]


@pytest.mark.parametrize("name", [name for name in SERIES if name not in ("wild", "spike", "crash")])
def test_percent_d_is_the_mean_of_percent_k(name: str) -> None:
    k, d = column_of("stochastic", series(name), 5, 7)
    assert d[10:].tolist() == [float(mean(window)) for window in windows(k[4:], 7)]


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("sma", (20,)), ("wma", (20,)), ("stdev", (20,)), ("zscore", (20,)), ("bollinger", (20, 2.0)),
     ("stochastic", (14, 7)), ("roc", (20,)), ("momentum", (20,)), ("highest", (20,)), ("lowest", (20,))],
)  # fmt: skip
def test_a_window_knows_nothing_of_what_came_before(kind: str, arguments: tuple[float, ...], name: str) -> None:
    x = series(name)
    whole = column_of(kind, x, *arguments)
    for cut in (1, 37, 150):
        later = column_of(kind, x[cut:], *arguments)
        assert np.array_equal(whole[:, cut + 25 :].view(np.int64), later[:, 25:].view(np.int64)), cut


@pytest.mark.parametrize("level", [9.4, 0.1, 100.1, 1e5 / 3, 1e9 + 0.1, 3e-9])
def test_of_equal_values_every_average_is_that_value(level: float) -> None:
    x = np.concatenate([level * (1.0 + 0.3 * np.random.default_rng(1).standard_normal(50)), np.full(150, level)])
    for period in range(1, 60):
        assert set(column_of("sma", x, period)[0, 110:]) == {level}
        assert set(column_of("wma", x, period)[0, 110:]) == {level}
        assert set(column_of("stdev", x, period)[0, 110:]) == set(column_of("zscore", x, period)[0, 110:]) == {0.0}
    assert set(column_of("bollinger", x, 20, 2.0)[:, 70:].ravel()) == {level}
    still = np.full(80, level)
    for period in range(1, 30):
        assert set(column_of("ema", still, period)[0, period - 1 :]) == {level}
    line, signal, histogram = column_of("macd", still, 12, 26, 9)[:, 33:]
    assert set(line) == set(signal) == set(histogram) == {0.0}


@pytest.mark.parametrize("level", [9.4, 0.1, 100.1, 1e5 / 3, 7.3])
def test_the_average_price_of_equal_prices_is_that_price(level: float) -> None:
    record = load_function(write_module(generate_column(KINDS["vwap"])), "record_column").function
    price = np.full(200, level)
    volume = np.round(10.0 ** np.random.default_rng(2).uniform(-3.0, 6.0, 200), 8)
    volume[:3] = 0.0
    session = np.arange(200, dtype=np.int64) // 70
    for array in (price, volume, session):
        array.flags.writeable = False
    outputs = np.empty((1, 200))
    record(session, price, price, price, price, volume, price, np.zeros(0), outputs)
    assert set(outputs[0]) == {level}


@pytest.mark.parametrize("kind", ["rsi", "atr"])
def test_first_averages_of_wilder_are_exact_means(kind: str) -> None:
    x = series("days", 60)
    changes = [Fraction(float(b - a)) for a, b in zip(x[:-1], x[1:], strict=True)]
    got = column_of(kind, x, 14)[0, 14]
    if kind == "rsi":
        gain = float(mean([max(change, Fraction(0)) for change in changes[:14]]))
        loss = float(mean([max(-change, Fraction(0)) for change in changes[:14]]))
        assert got == 100.0 - 100.0 / (1.0 + gain / loss)
    else:
        high, low = x + 0.5, x - 0.25
        ranges = [
            Fraction(max(float(h - lo), abs(float(h - c)), abs(float(lo - c))))
            for h, lo, c in zip(high[1:15], low[1:15], x[:14], strict=True)
        ]
        assert got == float(mean(ranges))


@pytest.mark.skipif(config.DISABLE_JIT, reason="the other tests are plain Python already")
def test_plain_python_comes_to_the_same_bits() -> None:
    chosen = "minutes or days or volume or dust or ties"
    assert_pass_in_plain_python("tests/kernels/test_exact_windows.py", chosen, 5 * 4 + 5 + 5 + 5 * 10)
