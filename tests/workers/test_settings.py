"""Every account and execution setting arrives in its column."""

from math import inf
from typing import Any

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.workers.settings import settings_row
from admf_kernels.constants import CommissionKind, FillRule, Setting, SlippageKind

PLAIN = {
    Setting.CASH: 100_000.0,
    Setting.POSITION_SIZE: 1.0,
    Setting.EVENT_CAPACITY: 64.0,
    Setting.BARS_PER_YEAR: 252.0,
    Setting.COMMISSION_MAXIMUM: inf,
    Setting.ORDER_CAPACITY: 64.0,
    Setting.SIZING_AMOUNT: 1.0,
    Setting.PYRAMIDING: 1.0,
    Setting.EXIT_AT: -1.0,
    Setting.MAX_POSITION: inf,
    Setting.MAX_GROSS_EXPOSURE: inf,
    Setting.MAX_NET_EXPOSURE: inf,
    Setting.MAX_ORDERS_PER_DAY: inf,
    Setting.MAX_DAILY_LOSS: inf,
    Setting.MAX_DRAWDOWN: inf,
    Setting.SHORT_INITIAL: 0.5,
}


def row_of(account: dict[str, Any], execution: dict[str, Any]) -> np.ndarray:
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
    ("account", "execution", "columns"),
    [
        ({}, {}, {Setting.FILL_RULE: FillRule.NEXT_OPEN}),
        ({"cash": 5}, {}, {Setting.CASH: 5.0}),
        (
            {"position_size": 0.25, "lot_size": 10},
            {},
            {Setting.POSITION_SIZE: 0.25, Setting.SIZING_AMOUNT: 0.25, Setting.LOT_SIZE: 10.0},
        ),
        ({}, {"fill": "same_close"}, {Setting.FILL_RULE: FillRule.SAME_CLOSE}),
        ({}, {"close_at_end": True}, {Setting.CLOSE_AT_END: 1.0}),
        ({}, {"event_capacity": 128}, {Setting.EVENT_CAPACITY: 128.0}),
        (
            {"commission": {"type": "percent", "rate": 0.002}},
            {},
            {Setting.COMMISSION_KIND: CommissionKind.PERCENT, Setting.COMMISSION_RATE: 0.002},
        ),
        (
            {"commission": {"type": "fixed", "amount": 3}},
            {},
            {Setting.COMMISSION_KIND: CommissionKind.FIXED, Setting.COMMISSION_AMOUNT: 3.0},
        ),
        (
            {"commission": {"type": "per_share", "rate": 0.01, "minimum": 2}},
            {},
            {
                Setting.COMMISSION_KIND: CommissionKind.PER_SHARE,
                Setting.COMMISSION_RATE: 0.01,
                Setting.COMMISSION_MINIMUM: 2.0,
            },
        ),
        (
            {"slippage": {"type": "percent", "rate": 0.003}},
            {},
            {Setting.SLIPPAGE_KIND: SlippageKind.PERCENT, Setting.SLIPPAGE_RATE: 0.003},
        ),
        (
            {"slippage": {"type": "fixed", "amount": 0.5}},
            {},
            {Setting.SLIPPAGE_KIND: SlippageKind.FIXED, Setting.SLIPPAGE_AMOUNT: 0.5},
        ),
    ],
)
def test_a_setting_arrives_in_its_column_and_nowhere_else(
    account: dict[str, Any], execution: dict[str, Any], columns: dict[Setting, float]
) -> None:
    row, plain = row_of(account, execution), row_of({}, {})
    expected = plain.copy()
    for column, value in columns.items():
        expected[column] = float(value)
    assert row.tolist() == expected.tolist()
    assert {Setting(i): value for i, value in enumerate(plain) if value} == PLAIN
