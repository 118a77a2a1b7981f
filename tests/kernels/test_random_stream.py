"""The generator against its published stream, an independent one, and what normal numbers must look like."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numba import njit

from admf_kernels.random_stream import STATE_MODULI, RandomStream

M1, M2 = STATE_MODULI[0], STATE_MODULI[3]


@njit
def draw(state, n, normal):  # type: ignore[no-untyped-def]
    stream = RandomStream(state[0], state[1], state[2], state[3], state[4], state[5])
    values = np.empty(n)
    for i in range(n):
        values[i] = stream.normal() if normal else stream.uniform()
    return values


def published(state: tuple[int, ...]) -> Iterator[float]:
    """L'Ecuyer's recurrences in Python's own integers."""
    a, b = list(state[:3]), list(state[3:])
    while True:
        a = [a[1], a[2], (1403580 * a[1] - 810728 * a[0]) % M1]
        b = [b[1], b[2], (527612 * b[2] - 1370589 * b[0]) % M2]
        difference = (a[2] - b[2]) % M1
        yield (difference if difference else M1) / (M1 + 1)


def test_the_first_numbers_of_the_published_generator() -> None:
    values = draw(np.full(6, 12345), 3, False)
    assert values == pytest.approx([0.127011122, 0.318527565, 0.309186015], abs=1e-9)


@pytest.mark.parametrize("state", [(12345,) * 6, (1, 2, 3, 4, 5, 6), (M1 - 1,) * 3 + (M2 - 1,) * 3, (1, 1, 1, 1, 1, 1)])
def test_the_stream_is_the_published_recurrence(state: tuple[int, ...]) -> None:
    stream = published(state)
    expected = [next(stream) for _ in range(5000)]
    values = draw(np.array(state), 5000, False)
    assert values == pytest.approx(expected, rel=1e-15)
    assert 0.0 < values.min() and values.max() < 1.0


def test_uniform_numbers_fill_the_interval() -> None:
    values = draw(np.full(6, 777), 100_000, False)
    counts, _ = np.histogram(values, bins=20, range=(0.0, 1.0))
    assert values.mean() == pytest.approx(0.5, abs=5 / math.sqrt(12 * len(values)))
    assert abs(counts - 5000).max() < 5 * math.sqrt(5000)


def test_normal_numbers_have_the_moments_and_tails_of_the_normal_distribution() -> None:
    n = 200_000
    values = draw(np.array([9, 8, 7, 6, 5, 4]), n, True)
    assert values.mean() == pytest.approx(0.0, abs=5 / math.sqrt(n))
    assert values.var() == pytest.approx(1.0, abs=5 * math.sqrt(2 / n))
    assert (values**3).mean() == pytest.approx(0.0, abs=5 * math.sqrt(15 / n))
    assert (values**4).mean() == pytest.approx(3.0, abs=5 * math.sqrt(96 / n))
    beyond_two = (abs(values) > 2.0).mean()
    assert beyond_two == pytest.approx(math.erfc(math.sqrt(2.0)), abs=0.002)


def test_both_numbers_of_a_pair_are_used_and_differ() -> None:
    values = draw(np.full(6, 12345), 1000, True)
    assert len(set(values.tolist())) == 1000
    assert abs(np.corrcoef(values[::2], values[1::2])[0, 1]) < 0.15
