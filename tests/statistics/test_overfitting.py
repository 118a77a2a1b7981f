"""PBO by CSCV: equal to the dense computation, indifferent to what must not matter, and calibrated on noise."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit import statistics
from tests.long import only_long

Floats = npt.NDArray[np.float64]


def dense(returns: Floats, n_blocks: int) -> tuple[Floats, list[int]]:
    """Return the logits and the chosen columns of every split, each from the returns of its halves."""
    parts = np.array_split(np.arange(len(returns)), n_blocks)
    logits, chosen = [], []
    for inside in itertools.combinations(range(n_blocks), n_blocks // 2):
        here = np.concatenate([parts[block] for block in inside])
        there = np.setdiff1d(np.arange(len(returns)), here)
        best = int(np.argmax(sharpe(returns[here])))
        after = sharpe(returns[there])
        rank = 0.5 * (np.sum(after < after[best]) + np.sum(after <= after[best]) + 1)
        share = rank / (returns.shape[1] + 1)
        logits.append(np.log(share / (1.0 - share)))
        chosen.append(best)
    return np.array(logits), chosen


def sharpe(returns: Floats) -> Floats:
    deviation = returns.std(axis=0)
    return np.divide(returns.mean(axis=0), deviation, out=np.zeros_like(deviation), where=deviation > 0.0)


def noise(seed: int, n: int, k: int) -> Floats:
    return 0.01 * np.random.default_rng(seed).standard_normal((n, k))


@pytest.mark.parametrize(("n", "k", "n_blocks"), [(96, 7, 2), (96, 50, 6), (160, 40, 8), (240, 1000, 10)])
def test_it_is_the_dense_computation(n: int, k: int, n_blocks: int) -> None:
    returns = noise(k, n, k) + np.linspace(-0.001, 0.002, k)
    made = statistics.probability_of_backtest_overfitting(returns, n_blocks)
    logits, chosen = dense(returns, n_blocks)
    np.testing.assert_allclose(made.logits, logits, rtol=1e-12)
    assert made.chosen.tolist() == chosen
    assert made.probability == np.mean(logits <= 0.0)


def test_sixteen_blocks_have_12870_splits() -> None:
    made = statistics.probability_of_backtest_overfitting(noise(0, 64, 3))
    assert len(made.logits) == len(made.chosen) == 12_870


def test_the_sharpe_ratios_are_those_of_the_halves() -> None:
    # Of 63 periods, blocks of 10 and 11: halves differ in length.
    returns = noise(5, 63, 20)
    made = statistics.probability_of_backtest_overfitting(returns, 6)
    parts = [np.arange(63 * block // 6, 63 * (block + 1) // 6) for block in range(6)]
    for split, inside in enumerate(itertools.combinations(range(6), 3)):
        here = np.concatenate([parts[block] for block in inside])
        there = np.setdiff1d(np.arange(63), here)
        best = made.chosen[split]
        assert made.in_sample[split] == pytest.approx(sharpe(returns[here])[best], rel=1e-12)
        assert made.out_of_sample[split] == pytest.approx(sharpe(returns[there])[best], rel=1e-12)
    assert made.probability_of_loss == np.mean(made.out_of_sample < 0.0)


def test_blocks_of_unequal_length() -> None:
    returns = noise(8, 67, 12)
    borders = [67 * block // 6 for block in range(7)]
    parts = [returns[start:stop] for start, stop in itertools.pairwise(borders)]
    made = statistics.backtest_overfitting_from_sums(
        [len(part) for part in parts],
        [part.sum(axis=0) for part in parts],
        [(part * part).sum(axis=0) for part in parts],
    )
    whole = statistics.probability_of_backtest_overfitting(returns, 6)
    assert made.chosen.tolist() == whole.chosen.tolist()
    np.testing.assert_allclose(made.logits, whole.logits, rtol=1e-12)


@given(st.permutations(range(9)))
@settings(max_examples=20)
def test_the_order_of_containers_does_not_matter(order: list[int]) -> None:
    returns = noise(11, 48, 9)
    made = statistics.probability_of_backtest_overfitting(returns, 6)
    shuffled = statistics.probability_of_backtest_overfitting(returns[:, order], 6)
    assert shuffled.logits.tolist() == made.logits.tolist()
    assert [order[best] for best in shuffled.chosen] == made.chosen.tolist()


def test_equal_containers_share_their_rank() -> None:
    # One series many times: always the middle rank, wherever the columns lie.
    made = statistics.probability_of_backtest_overfitting(np.repeat(noise(3, 64, 1), 1037, axis=1), 8)
    assert made.logits.tolist() == [0.0] * 70 and not made.chosen.any()
    assert made.probability == 1.0  # a logit of zero counts


def test_a_container_that_stands_still_in_a_half_is_zero_there_and_not_noise() -> None:
    returns = noise(4, 64, 2)
    returns[:32, 0], returns[:32, 1] = 0.0, -0.01  # all of the first four blocks
    returns[32:, 0], returns[32:, 1] = 0.0, np.abs(returns[32:, 1])
    made = statistics.probability_of_backtest_overfitting(returns, 8)
    assert made.chosen[0] == 0 and made.in_sample[0] == 0.0 and made.out_of_sample[0] == 0.0
    assert made.logits[0] == pytest.approx(np.log(0.5))


def test_skill_is_no_overfitting_and_a_reversal_is() -> None:
    skilled = noise(6, 160, 50)
    skilled[:, 7] += 0.01
    assert statistics.probability_of_backtest_overfitting(skilled, 8).probability == 0.0
    # What gains in one half of the history loses in the other.
    reversing = noise(7, 160, 2)
    reversing[:80] += [0.05, -0.05]
    reversing[80:] -= [0.05, -0.05]
    assert statistics.probability_of_backtest_overfitting(reversing, 2).probability == 1.0


def test_noise_is_overfitted_half_of_the_time() -> None:
    drawn = [statistics.probability_of_backtest_overfitting(noise(seed, 80, 20), 8).probability for seed in range(400)]
    # The mean of 400 has a standard error of about 0.01.
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.035)
    assert np.std(drawn) > 0.1


@pytest.mark.parametrize("_", [pytest.param(None, marks=only_long)])
def test_all_splits_of_a_thousand_containers_are_the_dense_computation(_: None) -> None:
    returns = noise(21, 160, 1000)
    logits, chosen = dense(returns, 16)
    made = statistics.probability_of_backtest_overfitting(returns)
    np.testing.assert_allclose(made.logits, logits, rtol=1e-12)
    assert made.chosen.tolist() == chosen
