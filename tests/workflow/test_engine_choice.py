"""Which engine a sweep runs on is decided in one place, which names the setting that asks for the order engine."""

from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.data import generate_sample
from admf_jit.workflow import validate
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared

DAYS = generate_sample("1d", sessions=300)


def prepared_with(swept: dict[str, list[Any]] | None = None, isolation: str = "auto", **blocks: Any) -> Prepared:
    execution = {**blocks.pop("execution", {}), "optimization_phase": {"isolation": isolation}}
    fields = {"data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}, "execution": execution, **blocks}
    fields["optimization"] = {"parameters": swept or {"fast_period": [3, 5]}}
    return prepare(load_config(fields), data=DAYS.select("ALFA"))


PLAIN = [
    {"slippage": {"type": "spread", "spread": 0.001}},
    {"commission": {"type": "percent", "rate": 0.001, "amount": 0.1, "minimum": 1.0, "maximum": 20.0}},
    {"commission": {"type": "per_share", "rate": 0.01, "minimum": 1.0, "maximum": 20.0}},
    {"commission": {"type": "tiered", "tiers": [{"up_to": 1e6, "rate": 0.001}, {"rate": 0.0005}]}},
    {"commission": {"type": "maker_taker", "maker": 0.0001, "taker": 0.001}},
    {"tick_size": 0.01, "lot_size": 0.1},
]


@pytest.mark.parametrize("account", PLAIN, ids=lambda account: "-".join(account))
@pytest.mark.parametrize(("isolation", "used"), [("auto", "minimal"), ("full", "full")])
def test_costs_and_grids_of_market_orders_run_on_the_plain_engine(
    account: dict[str, Any], isolation: str, used: str
) -> None:
    prepared = prepared_with(isolation=isolation, account=account)
    assert (prepared.engine, prepared.why_engine, prepared.isolation.used) == ("plain", None, used)


@pytest.mark.parametrize(
    ("blocks", "swept", "reason"),
    [
        ({"account": {"slippage": {"type": "random", "rate": 0.01}}}, {}, "account.slippage is random"),
        ({"account": {"sizing": {"type": "cash", "amount": 10.0}}}, {}, "account.sizing is cash"),
        ({"exits": {"take_profit": 0.1}}, {}, "exits.take_profit is set"),
        ({"risk": {"max_position": 0.5}}, {}, "risk.max_position is 0.5"),
        ({"execution": {"max_volume_share": 0.1}}, {}, "execution.max_volume_share is 0.1"),
        ({}, {"account.pyramiding": [1, 2], "fast_period": [3, 5]}, "account.pyramiding is 2"),
    ],
)
def test_what_needs_the_order_engine_is_named(blocks: dict[str, Any], swept: dict[str, Any], reason: str) -> None:
    prepared = prepared_with(swept, **blocks)
    assert (prepared.engine, prepared.why_engine) == ("orders", reason)


def test_validate_says_which_engine_and_why() -> None:
    fields: dict[str, Any] = {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "sma_crossover"},
        "account": {"slippage": {"type": "spread", "spread": 0.001}},
    }
    assert validate(load_config(fields))["engine"] == "plain"
    assert validate(load_config({**fields, "exits": {"stop_loss": 0.1}}))["engine"] == "orders: exits.stop_loss is set"
