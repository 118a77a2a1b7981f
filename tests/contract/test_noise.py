"""What rounding makes is no signal: prices at rest, equal averages of decimals, changes that equal a threshold."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy
from admf_jit.strategies.sharing import arithmetic_of
from admf_jit.strategies.source import collect_source
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.long import plain_unless_long

ULP = 2.0**-52


def bars(closes: list[float]) -> Any:
    """Daily bars that open and close at the same price."""
    time = pd.date_range("2024-01-01", periods=len(closes), freq="D", tz="UTC")
    prices = dict.fromkeys(("open", "high", "low", "close"), closes)
    return aj.load(pd.DataFrame({**prices, "volume": 1000.0}, index=time))


def fills(one: Any) -> list[tuple[int, bool]]:
    """Bar and side of every fill of a backtest."""
    found = one.events[one.events["kind"] == "FILL"]
    return [(int(bar), bool(quantity > 0)) for bar, quantity in zip(found["bar"], found["quantity"], strict=True)]


def expected_fills(directions: list[int | None]) -> list[tuple[int, bool]]:
    """Fills at the next open of what is wanted at each bar: 1, 0, -1, or None for what is held already."""
    held, found = 0, []
    for t, wanted in enumerate(directions[:-1]):
        if wanted is not None and wanted != held:
            found.append((t + 1, wanted > held))
            held = wanted
    return found


def crossover(cents: list[int], fast: int, slow: int, threshold: Fraction) -> list[int | None]:
    """What a crossover with `allow_short` wants, by averages of whole cents."""
    wanted: list[int | None] = []
    for t in range(len(cents)):
        if t < slow - 1:
            wanted.append(None)
            continue
        gap = Fraction(sum(cents[t - fast + 1 : t + 1]) * slow, sum(cents[t - slow + 1 : t + 1]) * fast) - 1
        wanted.append(1 if gap > threshold else -1 if gap < -threshold else None)
    return wanted


def momentum(cents: list[int], period: int, threshold: Fraction) -> list[int | None]:
    changes = [None if t < period else Fraction(cents[t], cents[t - period]) - 1 for t in range(len(cents))]
    return [None if c is None else 1 if c > threshold else -1 if c < -threshold else None for c in changes]


@pytest.mark.parametrize("isolation", ["full", "minimal", "process"])
@pytest.mark.parametrize("strategy", ["sma_crossover", "ema_crossover"])
def test_prices_that_stand_still_trade_nothing(strategy: str, isolation: str) -> None:
    n_slow = 2 if isolation == "process" else 18
    swept = {
        "fast_period": [3, 5, 7, 10, 12, 13, 14, 17, 19, 20] if n_slow > 2 else [3, 10],
        "slow_period": [21 + 3 * i for i in range(n_slow)],
        "allow_short": [True],
    }
    many = aj.grid(strategy, bars([9.4] * 150), swept, isolation=isolation, n_jobs=1)
    assert len(many.frame) in (180, 4)
    assert set(many.frame["n_trades"]) == {0} and set(many.frame["final_equity"]) == {100_000.0}


def test_prices_that_come_to_rest_trade_no_more_once_the_windows_are_at_rest() -> None:
    generator = np.random.default_rng(9)
    moving = list(np.round(9.4 * np.cumprod(1.0 + 0.02 * generator.standard_normal(60)), 2))
    for fast, slow in [(3, 10), (5, 21), (7, 12), (10, 30), (12, 37)]:
        told = {"fast_period": fast, "slow_period": slow, "allow_short": True}
        one = aj.backtest("sma_crossover", bars([*moving, *[9.4] * 120]), parameters=told)
        assert fills(one) and max(bar for bar, _ in fills(one)) <= 60 + slow


#: Those that follow the calendar alone.
CALENDAR = ("buy_and_hold", "halloween", "turn_of_month", "overnight")
#: What `make test` compiles here.
COMPILED = (
    "sma_crossover",
    "ema_crossover",
    "rsi_reversion",
    "bollinger_reversion",
    "donchian_breakout",
    "macd_cross",
    "momentum",
    "three_averages",
    "keltner_breakout",
    "ibs_reversion",
    "engulfing",
)


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=() if name in COMPILED else plain_unless_long)
        for name in BUILT_IN
        if name not in CALENDAR
    ],
)
def test_no_built_in_strategy_trades_at_rest(strategy: str) -> None:
    definition = resolve_strategy(strategy)
    told = {"allow_short": True} if "allow_short" in definition.parameters else {}
    assert not fills(aj.backtest(strategy, bars([0.1 + 0.2] * 230), parameters=told))


@pytest.mark.parametrize("isolation", ["full", "minimal"])
@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.05])
def test_equal_averages_in_decimals_do_not_trade(threshold: float, isolation: str) -> None:
    exact = Fraction(str(threshold))
    for seed in range(6):
        cents = [int(c) for c in np.random.default_rng(seed).integers(90, 111, 150)]
        data = bars([c / 100 for c in cents])
        swept = {"fast_period": [1, 2, 3, 5], "slow_period": [6, 10], "signal_threshold": [threshold]}
        many = aj.grid("sma_crossover", data, {**swept, "allow_short": [True]}, isolation=isolation, n_jobs=1)
        assert len(many.frame) == 8
        for index in range(0, 8, 1 if seed == 0 else 3):
            row = many.frame.iloc[index]
            wanted = crossover(cents, int(row["fast_period"]), int(row["slow_period"]), exact)
            assert fills(many.container(index)) == expected_fills(wanted), (seed, index)


@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.02, 0.05])
def test_a_change_that_equals_the_threshold_does_not_trade(threshold: float) -> None:
    for seed in range(4):
        cents = [int(c) for c in np.random.default_rng(seed).integers(95, 106, 150)]
        told = {"period": 3, "threshold": threshold, "allow_short": True}
        one = aj.backtest("momentum", bars([c / 100 for c in cents]), parameters=told)
        assert fills(one) == expected_fills(momentum(cents, 3, Fraction(str(threshold))))


@pytest.mark.parametrize("base", [1.0, 9.4, -9.4, 1e-300, 1e9, 0.1])
def test_a_few_units_in_the_last_place_are_no_difference(base: float) -> None:
    # 2**-50 is relative: four units at a power of two, up to eight just below the next one.
    for units in range(-3, 4):
        other = base * (1.0 + units * ULP)
        assert aj.near(base, other) and not aj.above(base, other) and not aj.below(base, other)
    for units in (16, 100, 2.0**40):
        larger = base + abs(base) * units * ULP
        assert aj.above(larger, base) and aj.below(base, larger) and not aj.near(base, larger)


@pytest.mark.parametrize("compare", [aj.above, aj.below, aj.near])
def test_nothing_is_known_of_what_is_no_number(compare: Callable[..., bool]) -> None:
    assert not compare(math.nan, 1.0) and not compare(1.0, math.nan) and not compare(math.nan, math.nan)


def test_infinities_and_zeros_are_compared_as_numbers_are() -> None:
    assert aj.above(math.inf, 1e308) and aj.below(-math.inf, 0.0) and aj.near(math.inf, math.inf)
    assert aj.near(0.0, -0.0) and aj.above(5e-324, 0.0) and aj.near(0.0, 0.0)
    assert aj.near(1e-17, 0.0, 1.0) and aj.above(1e-15, 0.0, 1.0) and aj.below(0.0, 1e-14, 9.4)


@pytest.mark.parametrize("strategy", list(BUILT_IN))
def test_comparisons_leave_built_in_strategies_plain_arithmetic(strategy: str) -> None:
    """So that eight bars are answered at once."""
    definition = resolve_strategy(strategy)
    assert arithmetic_of(definition, collect_source(definition)) is not None


@aj.strategy
class Dividing:
    """Calls a function that divides by a variable."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if ratio(bar.close, bar.volume) > 1.0 else aj.FLAT


def ratio(a: float, b: float) -> float:
    return a / b


def test_a_function_that_may_raise_is_no_plain_arithmetic() -> None:
    definition = definition_of(Dividing)
    assert arithmetic_of(definition, collect_source(definition)) is None


@pytest.mark.skipif(config.DISABLE_JIT, reason="the other tests are plain Python already")
def test_plain_python_takes_noise_for_none_as_well() -> None:
    assert_pass_in_plain_python(
        "tests/contract/test_noise.py", "equals_the_threshold or come_to_rest or trades_at_rest", 26
    )
