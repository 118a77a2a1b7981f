"""Variance, probability, interval and track record of one Sharpe ratio: published values, and what always holds."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admf_jit import statistics

# A hedge fund's two years: monthly mean 0.036, deviation 0.079, of "Sharpe Ratio Inference" (SSRN 5520741).
FUND = 0.036 / 0.079
FUND_MOMENTS = (-2.448, 10.164)

sharpes = st.floats(-1.0, 1.0)
lengths = st.integers(10, 100_000)
skewnesses = st.floats(-3.0, 3.0)
autocorrelations = st.floats(-0.5, 0.5)


@st.composite
def moments(draw: st.DrawFn) -> tuple[float, float]:
    skewness = draw(skewnesses)
    return skewness, 1.0 + skewness**2 + draw(st.floats(0.5, 20.0))


def test_the_probability_of_the_fund_by_both_conventions() -> None:
    older = statistics.probabilistic_sharpe_ratio(FUND, 24, *FUND_MOMENTS)
    newer = statistics.probabilistic_sharpe_ratio(FUND, 24, *FUND_MOMENTS, convention="2026")
    above = statistics.probabilistic_sharpe_ratio(FUND, 24, *FUND_MOMENTS, benchmark=0.1, convention="2026")
    assert (round(older, 4), round(newer, 3), round(above, 3)) == (0.9127, 0.987, 0.939)


@pytest.mark.parametrize(("threshold", "length"), [(0.0, 13.029), (0.1, 27.109)])
def test_the_track_record_of_the_fund_in_2026(threshold: float, length: float) -> None:
    made = statistics.minimum_track_record_length(FUND, threshold, *FUND_MOMENTS, 0.95, convention="2026")
    assert round(made, 3) == length


@pytest.mark.parametrize(
    ("periods", "skewness", "kurtosis", "years"),
    [(250, 0.0, 3.0, 2.731), (52, 0.0, 3.0, 2.829), (12, 0.0, 3.0, 3.240), (12, -0.72, 5.78, 4.991)],
)
def test_the_track_record_of_an_annual_two_against_one(
    periods: int, skewness: float, kurtosis: float, years: float
) -> None:
    unit = 1.0 / math.sqrt(periods)
    made = statistics.minimum_track_record_length(2 * unit, unit, skewness, kurtosis, 0.95) / periods
    assert round(made, 3) == years


@given(sharpes, lengths, moments(), sharpes, autocorrelations)
def test_a_longer_history_is_surer(
    sharpe: float, n: int, shape: tuple[float, float], threshold: float, correlation: float
) -> None:
    assume(sharpe != threshold)
    for options in ({"convention": "2012"}, {"convention": "2026", "autocorrelation": 0.5 * correlation}):
        shorter, longer = (
            statistics.probabilistic_sharpe_ratio(sharpe, count, *shape, threshold, **options) for count in (n, 2 * n)
        )
        assert (longer >= shorter) if sharpe > threshold else (longer <= shorter)
        assert 0.0 <= shorter <= 1.0


@given(sharpes, sharpes, moments(), st.floats(0.55, 0.999), st.sampled_from(["2012", "2026"]))
def test_the_track_record_is_where_the_probability_is_reached(
    sharpe: float, threshold: float, shape: tuple[float, float], confidence: float, convention: str
) -> None:
    length = statistics.minimum_track_record_length(sharpe, threshold, *shape, confidence, convention)
    if sharpe <= threshold:
        assert length == math.inf
    elif 2.0 <= length < 1e12:
        made = statistics.probabilistic_sharpe_ratio(sharpe, length, *shape, threshold, convention)
        assert made == pytest.approx(confidence, rel=1e-9)


@given(sharpes, st.integers(500, 100_000), moments(), st.floats(0.5, 0.99))
def test_the_ends_of_the_interval_have_the_probabilities_of_its_tails(
    sharpe: float, n: int, shape: tuple[float, float], confidence: float
) -> None:
    tails = [0.5 + 0.5 * confidence, 0.5 - 0.5 * confidence]
    for convention in ("2012", "2026"):
        ends = statistics.sharpe_confidence_interval(sharpe, n, *shape, confidence, convention)
        made = statistics.probabilistic_sharpe_ratio(sharpe, n, *shape, np.array(ends), convention)
        np.testing.assert_allclose(made, tails, rtol=1e-6)


def test_arrays_have_the_bits_of_their_numbers() -> None:
    values, counts = np.array([[0.1], [0.2]]), np.array([100, 200, 300])
    made = statistics.probabilistic_sharpe_ratio(values, counts, -0.5, 4.0)
    assert made.shape == (2, 3)
    for (row, column), value in np.ndenumerate(made):
        assert value == statistics.probabilistic_sharpe_ratio(values[row, 0], counts[column], -0.5, 4.0)
    assert type(statistics.probabilistic_sharpe_ratio(0.1, 100)) is float


def test_the_variance_is_that_of_estimates_of_normal_and_of_correlated_returns() -> None:
    rng = np.random.default_rng(3)
    n, histories, sharpe, r = 400, 20_000, 0.3, 0.2
    for correlation in (0.0, r):
        returns = rng.standard_normal((n, histories))
        for place in range(1, n if correlation else 0):
            returns[place] = r * returns[place - 1] + math.sqrt(1.0 - r * r) * returns[place]
        returns += sharpe
        estimates = returns.mean(axis=0) / returns.std(axis=0)
        expected = statistics.sharpe_ratio_variance(sharpe, n, autocorrelation=correlation)
        assert np.var(estimates) == pytest.approx(expected, rel=0.05)


def test_tails_keep_their_digits() -> None:
    # Kurtosis 1 without skewness has the variance 1 / n: Phi(-30), by its continued fraction.
    far = statistics.probabilistic_sharpe_ratio(-3.0, 101, 0.0, 1.0)
    fraction = 30.0
    for step in range(60, 0, -1):
        fraction = 30.0 + step / fraction
    assert far == pytest.approx(math.exp(-450.0) / math.sqrt(2.0 * math.pi) / fraction, rel=1e-12, abs=0.0)
