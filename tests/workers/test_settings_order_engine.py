"""Every setting of the order engine arrives in its fields, and in no others."""

from typing import Any

import numpy as np
import pytest

from admf_jit.config import load_config, why_order_engine
from admf_jit.workers.settings import settings_row
from admf_kernels.settings import SETTINGS_DTYPE
from tests.config.order_engine_keys import KEYS, Key, blocks_of


def row_of(settings: dict[str, Any]) -> np.record:
    config = config_of(settings)
    return settings_row(config.account, config.execution, config.exits, config.risk, 252.0)


def config_of(settings: dict[str, Any]) -> Any:
    return load_config({"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}, **blocks_of(settings)})


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.path}={key.value}")
def test_a_setting_arrives_in_its_fields_and_nowhere_else(key: Key) -> None:
    expected = row_of(key.over)
    for field, value in key.fields.items():
        assert np.any(expected[field] != value), "the key would say nothing"
        expected[field] = value
    assert row_of({**key.over, key.path: key.value}) == expected


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.path}={key.value}")
def test_a_setting_says_whether_it_needs_the_order_engine(key: Key) -> None:
    config = config_of({**key.over, key.path: key.value})
    reason = why_order_engine(config.account, config.execution, config.exits, config.risk)
    assert (reason is not None) == key.order_engine
    assert reason is None or reason.split(".")[0] in ("account", "execution", "exits", "risk")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"account.cash": 5, "account.position_size": 0.5, "account.lot_size": 1, "execution.fill": "same_close"},
        {"account.commission": {"type": "percent", "rate": 0.1}},
        {"account.commission": {"type": "percent", "rate": 0.1, "amount": 0, "minimum": 0, "maximum": None}},
        {"account.commission": {"type": "fixed", "amount": 1}},
        {"account.commission": {"type": "per_share", "rate": 0.1, "minimum": 1}},
        {"account.commission": {"type": "percent", "rate": 0.1, "amount": 1, "minimum": 2, "maximum": 9}},
        {"account.commission": {"type": "per_share", "rate": 0.1, "minimum": 1, "maximum": 9}},
        {"account.commission": {"type": "maker_taker", "maker": 0.1, "taker": 0.2}},
        {"account.commission": {"type": "tiered", "tiers": [{"up_to": 9, "rate": 0.1}, {"rate": 0}]}},
        {"account.tick_size": 0.01},
        {"account.slippage": {"type": "spread", "spread": 0.1}},
        {"account.slippage": {"type": "percent", "rate": 0.1}},
        {"account.slippage": {"type": "fixed", "amount": 0.1}},
        {"account.sizing": {"type": "fraction", "fraction": 0.3}},
        {"execution.intrabar": "bounds", "execution.preset": None, "execution.max_volume_share": None},
        {"exits.stop_loss": None, "exits.trailing_stop": None, "risk.on_breach": "halt", "risk.max_position": None},
    ],
)
def test_what_sections_1_to_8_say_stays_on_the_plain_engine(settings: dict[str, Any]) -> None:
    config = config_of(settings)
    assert not why_order_engine(config.account, config.execution, config.exits, config.risk)


def test_every_field_of_the_order_engine_is_written_by_some_key() -> None:
    written = {field for key in KEYS for field in key.fields}
    # Tests of their own have what sections 1 to 8 say, schedules of target weights, the keys of a preset alone, the
    # bar at which evaluation begins, contracts, and columns of the data.
    plain = {"fill_rule", "cash", "bars_per_year", "event_capacity", "lot_size", "close_at_end", "slippage_amount"}
    preset = {"exclusive_orders", "stop_exit_price", "stop_entry_price"}
    elsewhere = {"evaluation_start", "rebalance", "multipliers", "funding_column", "dividends_column", *preset}
    elsewhere.add("splits_column")
    assert set(SETTINGS_DTYPE.names or ()) - plain - elsewhere <= written


def test_bounds_is_written_as_the_first_of_its_two_runs() -> None:
    assert row_of({"execution.intrabar": "bounds"}) == row_of({})
