"""The same grid on surrogate markets."""

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.data.surrogates import surrogate
from admf_jit.workflow.null_sweep import NullSweep

DATA = aj.load("sample", symbols=["ALFA"], timeframe="1d").select("ALFA", end="2015-08-19")


def shapes(data: aj.MarketData) -> np.ndarray:
    """Each bar but the first: its prices over the close before it, and its volume."""
    prices = [np.log(getattr(data, name)[0, 1:] / data.close[0, :-1]) for name in ("open", "high", "low", "close")]
    return np.array([*prices, data.volume[0, 1:]]).T


def test_blocks_are_the_same_bars_in_another_order() -> None:
    market = surrogate(DATA, "blocks", 5, 4.0)
    known, drawn = shapes(DATA), shapes(market)
    places = [int(np.abs(known - bar).sum(axis=1).argmin()) for bar in drawn]
    np.testing.assert_allclose(known[places], drawn, rtol=1e-6, atol=1e-9)
    assert places != list(range(len(places))) and np.mean(np.diff(places) == 1) > 0.5
    assert surrogate(DATA, "blocks", 5, 4.0).digest == market.digest != surrogate(DATA, "blocks", 6, 4.0).digest


def test_signs_turn_bars_round() -> None:
    known, turned = shapes(DATA), shapes(surrogate(DATA, "signs", 5, 1.0))
    same = np.isclose(known[:, 3], turned[:, 3], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(turned[same], known[same], rtol=1e-6, atol=1e-9)
    mirrored = np.column_stack([-known[:, 0], -known[:, 2], -known[:, 1], -known[:, 3], known[:, 4]])
    np.testing.assert_allclose(turned[~same], mirrored[~same], rtol=1e-6, atol=1e-9)
    assert 0.3 < same.mean() < 0.7


def test_the_best_of_each_market_is_that_of_a_sweep_over_it() -> None:
    swept = {"fast_period": [3, 5], "slow_period": [8, 13]}
    many = aj.grid("sma_crossover", DATA, swept, commission=0.001)
    null = many.null(5, seed=3)
    assert null.best.tolist() == many.null(5, seed=3).best.tolist()
    seeds = [int(np.random.SeedSequence((3, k)).generate_state(1, np.uint64)[0]) for k in range(5)]
    again = aj.grid("sma_crossover", surrogate(DATA, "blocks", seeds[4], null.block_length), swept, commission=0.001)
    assert null.best[4] == again.frame.sharpe_ratio.max()
    assert null.p_value == (1 + np.count_nonzero(null.best >= many.frame.sharpe_ratio.max())) / 6
    assert "surrogate markets" in str(null)


def test_what_has_no_surrogate_is_refused() -> None:
    with pytest.raises(aj.DataError, match="unknown method 'block'"):
        surrogate(DATA, "block", 0, 1.0)
    several = aj.load("sample", timeframe="1d").select(end="2015-03-01")
    assert surrogate(several, "blocks", 0, 3.0).n_symbols == several.n_symbols


@pytest.mark.parametrize(
    ("given", "said"), [({"n": 1.5}, "n is 1.5"), ({"n": 0}, "n is 0"), ({"seed": -1}, "seed is -1")]
)
def test_numbers_that_are_none_are_refused(given: dict, said: str) -> None:
    many = aj.grid("buy_and_hold", DATA, {"position_size": [0.5, 1.0]})
    with pytest.raises(aj.ConfigError, match=f"null: {said}; expected a whole number >= "):
        many.null(**given)


def test_surrogate_markets_without_a_row_that_has_a_value_are_told() -> None:
    never = NullSweep("sharpe_ratio", 1.0, np.full(3, np.nan), 0.25, "blocks", 2.0, 0)
    assert "no row has one: p = 0.250" in str(never)
