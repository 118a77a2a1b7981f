"""Isolation minimal on the order engine: the bits of full, whatever the exits, costs, sizes and limits are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import admf_jit as aj
from admf_jit.errors import ConfigError
from tests.contract.markets import Market, Span, markets, spans
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.test_isolation_minimal import STARTS, assert_same_bits, both, column
from tests.long import how_many, long

SWEPT = {"fast_period": [2, 5], "slow_period": [9], "allow_short": [False, True]}


def one_of(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a block with some of its keys."""
    return st.fixed_dictionaries({}, optional=keys)


SIZINGS: list[dict[str, Any]] = [
    {"type": "fraction", "fraction": 0.4},
    {"type": "quantity", "quantity": 3.0},
    {"type": "cash", "amount": 2_500.0},
    {"type": "risk", "risk": 0.01},
    {"type": "weight", "weight": 0.5, "band": 0.02},
    {"type": "volatility", "target": 0.2, "period": 7},
    {"type": "kelly", "fraction": 0.5, "minimum_trades": 3},
]
COMMISSIONS: list[dict[str, Any]] = [
    {"type": "percent", "rate": 0.001, "amount": 1.0, "minimum": 2.0, "maximum": 30.0},
    {"type": "percent", "rate": 0.001, "minimum": 2.0, "per": "fill"},
    {"type": "fixed", "amount": 3.0},
    {"type": "tiered", "tiers": [{"up_to": 20_000.0, "rate": 0.002}, {"rate": 0.0005}]},
    {"type": "maker_taker", "maker": 0.0002, "taker": 0.001},
]
SLIPPAGES: list[dict[str, Any]] = [
    {"type": "none"},
    {"type": "spread", "spread": 0.002},
    {"type": "volume_impact", "coefficient": 0.1, "exponent": 0.5},
    {"type": "random", "rate": 0.005},
]
TRAILING: list[dict[str, Any]] = [
    {"type": "percent", "rate": 0.02},
    {"type": "amount", "amount": 1.5},
    {"type": "atr", "multiple": 2.0, "period": 5},
]
# A stop is always there, which sizing by risk needs and which brings every container on the order engine.
EXITS = st.fixed_dictionaries(
    {"stop_loss": st.sampled_from([0.005, 0.03, 0.2])},
    optional={
        "take_profit": st.sampled_from([0.005, 0.05]),
        "trailing_stop": st.sampled_from(TRAILING),
        "max_holding_bars": st.sampled_from([1, 4, 30]),
        "exit_at": st.just("15:00"),
    },
)
ACCOUNT = one_of(
    sizing=st.sampled_from(SIZINGS),
    commission=st.sampled_from(COMMISSIONS),
    slippage=st.sampled_from(SLIPPAGES),
    tick_size=st.just(0.01),
    lot_size=st.sampled_from([0.1, 1.0]),
    pyramiding=st.just(3),
    margin=st.just({"leverage": 2.0, "maintenance": 0.3}),
    interest_rate=st.just(0.05),
    borrow_rate=st.just(0.03),
)
EXECUTION = one_of(
    fill=st.just("same_close"),
    close_at_end=st.just(True),
    intrabar=st.sampled_from(["target_first", "ohlc_path", "bounds"]),
    max_volume_share=st.sampled_from([0.01, 0.5]),
)
RISK = one_of(
    max_position=st.just(0.8),
    max_orders_per_day=st.just(2),
    max_daily_loss=st.just(0.02),
    max_drawdown=st.just(0.1),
    on_breach=st.sampled_from(["halt", "flatten"]),
)


@pytest.mark.parametrize("calm", [True, False])
@long
@settings(max_examples=how_many(20, 600))
@given(market=markets(), span=spans(), start=STARTS, exits=EXITS, account=ACCOUNT, execution=EXECUTION, risk=RISK)
def test_every_setting_comes_to_the_same_bits(
    calm: bool, market: Market, span: Span, start: str, exits: Any, account: Any, execution: Any, risk: Any
) -> None:
    if calm:
        # Without rules that look at every bar, so that bars are stepped over.
        if exits.get("trailing_stop", {}).get("type") == "atr":
            del exits["trailing_stop"]
        exits.pop("exit_at", None)
        looks = ("pyramiding", "margin", "interest_rate", "borrow_rate")
        account = {key: value for key, value in account.items() if key not in looks}
        risk = {}
    blocks = {"account": {"cash": 10_000.0, **account}, "execution": execution, "exits": exits, "risk": risk}
    blocks["evaluation"] = {"start": start}
    try:
        minimal, full = both(span.data(market.frame()), "sma_crossover", SWEPT, **blocks)
    except ConfigError:
        reject()  # some settings exclude each other
    assert_same_bits(minimal, full)


def test_stops_and_targets_are_met_between_signals() -> None:
    data = aj.load(Market("walk", 11, 220, 100.0, 0.01, "1h").frame())
    swept = {**SWEPT, "exits.stop_loss": [0.005, 0.02, 0.5], "exits.take_profit": [0.005, 0.5]}
    minimal, full = both(data, "sma_crossover", swept, exits={"stop_loss": 0.1, "take_profit": 0.1})
    assert_same_bits(minimal, full)
    assert len(np.unique(minimal[0][:, column("final_equity")])) == len(minimal[0]) == 24, (
        "each stop and target matters"
    )


def test_the_random_stream_of_costs_is_the_containers_own() -> None:
    data = aj.load(Market("walk", 12, 220, 100.0, 0.01, "1h").frame())
    account = {"slippage": {"type": "random", "rate": 0.01}}
    minimal, full = both(data, "sma_crossover", {**SWEPT, "position_size": [0.5, 1.0]}, account=account)
    assert_same_bits(minimal, full)
    assert len(np.unique(minimal[0][:, column("slippage_paid")])) == len(minimal[0])


def test_plain_python_comes_to_the_same_bits() -> None:
    """The two tests above once more with compilation off; plain Python and compiled code are compared elsewhere."""
    assert_pass_in_plain_python(__file__, "test_stops_and_targets or test_the_random_stream", 2)
