"""Adjusted p-values and the haircut of Sharpe ratios: published values, and what always holds."""

import math
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit import statistics

# Harvey, Liu and Zhu, "... and the Cross-Section of Expected Returns" (2016).
PUBLISHED = [0.005, 0.009, 0.0128, 0.0135, 0.045, 0.06]
ADJUSTMENTS = [statistics.bonferroni, statistics.holm, statistics.benjamini_yekutieli]

p_values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40)


def test_how_many_of_six_are_significant() -> None:
    assert [int(np.sum(adjust(PUBLISHED) <= 0.05)) for adjust in ADJUSTMENTS] == [1, 2, 4]


@given(p_values, st.randoms(use_true_random=False))
def test_the_order_of_the_tests_does_not_matter(values: list[float], random: Random) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    for adjust in ADJUSTMENTS:
        shuffled: npt.NDArray[np.float64] = adjust([values[place] for place in order])
        assert shuffled.tolist() == adjust(values)[order].tolist()


@given(p_values)
def test_what_is_adjusted_is_no_smaller_and_keeps_its_order(values: list[float]) -> None:
    for adjust in ADJUSTMENTS:
        made = adjust(values)
        assert np.all(made >= np.array(values) * (1.0 - 1e-12)) and np.all(made <= 1.0)
        assert np.all(np.diff(made[np.argsort(values)]) >= 0.0)
    assert np.all(statistics.holm(values) <= statistics.bonferroni(values))


def test_the_haircut_of_the_paper() -> None:
    month = math.sqrt(12)
    cut = statistics.haircut_sharpe_ratio(0.75 / month, 240, 200)
    assert (round(cut.sharpe * month, 3), round(cut.p_value, 3)) == (0.324, 0.147)
    assert cut.single_p_value == pytest.approx(0.0008, abs=5e-5)
    assert cut.haircut == pytest.approx(1.0 - 0.324 / 0.75, abs=1e-3)


@given(st.floats(0.0, 2.0), st.integers(2, 5000), st.floats(1.0, 1e6), st.floats(1.0, 100.0))
def test_more_tests_cut_more(sharpe: float, n: int, trials: float, factor: float) -> None:
    for method in ("independent", "bonferroni"):
        fewer, more = (statistics.haircut_sharpe_ratio(sharpe, n, count, method) for count in (trials, trials * factor))
        assert 0.0 <= more.sharpe <= fewer.sharpe * (1.0 + 1e-9) <= sharpe * (1.0 + 1e-8)
        assert fewer.p_value <= more.p_value * (1.0 + 1e-12)


def test_one_test_cuts_nothing_and_a_loss_stays() -> None:
    alone = statistics.haircut_sharpe_ratio(np.array([0.2, -0.1, 0.0, 9.0]), 240, 1)
    np.testing.assert_allclose(alone.sharpe, [0.2, -0.1, 0.0, 9.0], rtol=1e-9)
    many = statistics.haircut_sharpe_ratio(-0.1, 240, 1000)
    assert (many.sharpe, many.p_value, many.haircut) == (-0.1, 1.0, 0.0)


def test_all_rows_of_a_search_have_the_p_values_of_their_adjustment() -> None:
    sharpes = np.random.default_rng(0).normal(0.05, 0.1, size=50)
    for method in ("bonferroni", "holm", "benjamini_yekutieli"):
        cut = statistics.haircut_sharpe_ratios(sharpes, 240, method)
        assert cut.p_value.tolist() == getattr(statistics, method)(cut.single_p_value).tolist()
        assert np.all(cut.sharpe <= sharpes) and cut.sharpe.argmax() == sharpes.argmax()
    by_count = statistics.haircut_sharpe_ratio(sharpes, 240, 50, "bonferroni").sharpe
    np.testing.assert_array_equal(statistics.haircut_sharpe_ratios(sharpes, 240, "bonferroni").sharpe, by_count)
