"""What is fed bar by bar has, bit for bit, the events of the backtest: fills, equity, and all that led to them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numba import config as numba_config

import admf_jit as aj
from admf_jit.config.model import SIGNAL_KEYS
from admf_jit.strategies.builtin.signal_columns import signal_columns
from admf_jit.strategies.resolve import BUILT_IN
from tests.contract.markets import Market
from tests.contract.order_cases import configuration
from tests.contract.test_noise import CALENDAR, COMPILED
from tests.contract.test_order_random import case_of
from tests.live.fed import both
from tests.long import how_many, long, only_long
from tests.reference.order_random_cases import random_case

#: In plain Python the state of a strategy stays with the instances of its process.
AGAIN_AT = 10**9 if numba_config.DISABLE_JIT else 37
FILL = 4
MARKET = Market("jumps", seed=5, bars=260, level=100.0, volatility=0.02, step="1h")
EXITS = {"stop_loss": 0.02, "trailing_stop": {"type": "atr", "multiple": 2.0}, "max_holding_bars": 9}
BLOCKS: tuple[dict[str, Any], ...] = (
    {},
    {"exits": EXITS, "account": {"slippage": {"type": "random", "rate": 0.001}}},
    {
        "account": {"margin": {"leverage": 2.0, "maintenance": 0.25}, "interest_rate": 0.05},
        "risk": {"max_drawdown": 0.3, "max_daily_loss": 0.05},
    },
)


def assert_same(*, expected: Any, got: Any) -> None:
    for place, (one, other) in enumerate(zip(expected, got, strict=False)):
        assert one.tobytes() == other.tobytes(), (place, one, other)
    assert len(expected) == len(got)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in (*COMPILED, *CALENDAR[:2]) else only_long) for name in sorted(BUILT_IN)],
)
@pytest.mark.parametrize("first", [2, 90])
def test_built_in_strategies(name: str, first: int) -> None:
    data = aj.load(MARKET.frame())
    for blocks in BLOCKS:
        expected, got, error, ended = both(name, data, first, again_at=AGAIN_AT, **blocks)
        assert (error is None) == (ended is None)
        assert_same(expected=expected, got=got)


RULES = aj.rules(
    entry="crosses_above(close, sma(slow)) or rsi(sma(close, 2), 5) < lower",
    exit="crosses_below(close, sma(slow)) or bars_since(close > open) > 4",
    parameters={"slow": 9, "lower": 20},
)


def test_rules() -> None:
    data = aj.load(MARKET.frame())
    for first in (2, 90):
        expected, got, error, ended = both(RULES, data, first, again_at=AGAIN_AT)
        assert error is None and ended is None
        assert np.count_nonzero(expected["kind"] == FILL) > 5
        assert_same(expected=expected, got=got)


def test_signals_of_the_feed() -> None:
    frame = MARKET.frame()
    draws = np.random.default_rng(4).random((4, len(frame)))
    frame = frame.assign(**{kind: (row < 0.15).astype(float) for kind, row in zip(SIGNAL_KEYS, draws, strict=True)})
    data = aj.load(frame, extra=list(SIGNAL_KEYS))
    signals = signal_columns({key: key for key in SIGNAL_KEYS})
    for first in (2, 90):
        blocks = {"account": {"position_size": 0.1}, "exits": EXITS if first > 2 else {}}
        expected, got, error, ended = both(signals, data, first, again_at=AGAIN_AT, **blocks)
        assert error is None and ended is None
        assert np.count_nonzero(expected["kind"] == FILL) > 20
        assert_same(expected=expected, got=got)


@long
def test_random_strategies_with_orders_of_their_own() -> None:
    cut = 0
    for seed in range(how_many(6, 200)):
        case = case_of(random_case(seed))
        if case.settings.intrabar == "bounds":
            case = replace(case, settings=replace(case.settings, intrabar="ohlc_path"))
        case = replace(case, settings=replace(case.settings, close_at_end=False))
        first = max(case.n_before, 2)
        whole = aj.load(case.frame)
        history = case.history if case.n_before else "none"
        strategy = case.strategy(**case.parameters)
        blocks = configuration(case.settings)
        expected, got, error, ended = both(strategy, whole, first, history, 11 if AGAIN_AT < 99 else AGAIN_AT, **blocks)
        assert (error is None) == (ended is None), (seed, error, ended)
        cut += error is not None
        assert_same(expected=expected, got=got)
    assert cut < how_many(6, 200) / 2


@aj.strategy
class Drawn:
    """Follows what it draws, and how often it was asked."""

    asked = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.asked += 1
        if self.random.normal() + 0.001 * self.asked > 1.0:
            return aj.LONG
        return aj.SHORT if self.random.uniform() < 0.1 else aj.KEEP


@pytest.mark.parametrize("blocks", BLOCKS[:2])
def test_state_and_draws(blocks: dict[str, Any]) -> None:
    calm = aj.load(replace(MARKET, shape="walk", volatility=0.003).frame())
    expected, got, _, _ = both(Drawn, calm, 20, again_at=AGAIN_AT, **blocks)
    assert np.count_nonzero(expected["kind"] == 4) > 20
    assert_same(expected=expected, got=got)
