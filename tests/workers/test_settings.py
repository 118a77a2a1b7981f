"""Every account and execution setting arrives in its field."""

from math import inf
from typing import Any

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.workers.settings import settings_row
from admf_kernels.constants import CommissionKind, FillRule, SlippageKind

PLAIN = {
    "cash": 100_000.0,
    "position_size": 1.0,
    "event_capacity": 64.0,
    "bars_per_year": 252.0,
    "commission_maximum": inf,
    "order_capacity": 64.0,
    "sizing_amount": 1.0,
    "pyramiding": 1.0,
    "exit_at": -1.0,
    "max_position": inf,
    "max_gross_exposure": inf,
    "max_net_exposure": inf,
    "max_orders_per_day": inf,
    "max_daily_loss": inf,
    "max_drawdown": inf,
    "short_initial": 0.5,
}


def row_of(account: dict[str, Any], execution: dict[str, Any]) -> np.record:
    config = load_config(
        {
            "name": "row",
            "data": {"source": "sample"},
            "strategy": {"type": "buy_and_hold"},
            "account": {"cash": 100_000, "position_size": 1.0, **account},
            "execution": execution,
        }
    )
    return settings_row(config.account, config.execution, config.exits, config.risk, 252.0)


@pytest.mark.parametrize(
    ("account", "execution", "fields"),
    [
        ({}, {}, {"fill_rule": FillRule.NEXT_OPEN}),
        ({"cash": 5}, {}, {"cash": 5.0}),
        (
            {"position_size": 0.25, "lot_size": 10},
            {},
            {"position_size": 0.25, "sizing_amount": 0.25, "lot_size": 10.0},
        ),
        ({}, {"fill": "same_close"}, {"fill_rule": FillRule.SAME_CLOSE}),
        ({}, {"close_at_end": True}, {"close_at_end": 1.0}),
        ({}, {"event_capacity": 128}, {"event_capacity": 128.0}),
        (
            {"commission": {"type": "percent", "rate": 0.002}},
            {},
            {"commission_kind": CommissionKind.PERCENT, "commission_rate": 0.002},
        ),
        (
            {"commission": {"type": "fixed", "amount": 3}},
            {},
            {"commission_kind": CommissionKind.FIXED, "commission_amount": 3.0},
        ),
        (
            {"commission": {"type": "per_share", "rate": 0.01, "minimum": 2}},
            {},
            {
                "commission_kind": CommissionKind.PER_SHARE,
                "commission_rate": 0.01,
                "commission_minimum": 2.0,
            },
        ),
        (
            {"slippage": {"type": "percent", "rate": 0.003}},
            {},
            {"slippage_kind": SlippageKind.PERCENT, "slippage_rate": 0.003},
        ),
        (
            {"slippage": {"type": "fixed", "amount": 0.5}},
            {},
            {"slippage_kind": SlippageKind.FIXED, "slippage_amount": 0.5},
        ),
    ],
)
def test_a_setting_arrives_in_its_field_and_nowhere_else(
    account: dict[str, Any], execution: dict[str, Any], fields: dict[str, float]
) -> None:
    row, plain = row_of(account, execution), row_of({}, {})
    expected = plain.copy()
    for field, value in fields.items():
        expected[field] = value
    assert row == expected
    # One of each symbol: tests/contract/test_contracts.py has others.
    assert (plain["multipliers"] == 1.0).all()
    left = [name for name in plain.dtype.names if name != "multipliers"]
    assert {name: plain[name] for name in left if np.any(plain[name])} == PLAIN
