"""From a container's checked configuration to the record of settings that its kernel takes."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.config.account import COLUMNS, MarginConfig, ShortConfig
from admf_kernels.constants import (
    BAR_EXITS,
    CommissionKind,
    FillRule,
    Intrabar,
    OnBreach,
    Rebalance,
    SizingKind,
    SlippageKind,
    StopEntryPrice,
    StopExitPrice,
    TrailingKind,
)
from admf_kernels.settings import SETTINGS_DTYPE

#: The field of each key of a block with a `type`.
_COMMISSION = {
    "rate": "commission_rate",
    "amount": "commission_amount",
    "minimum": "commission_minimum",
    "maximum": "commission_maximum",
    "maker": "commission_rate",
    "taker": "commission_taker",
}
_SLIPPAGE = {
    "rate": "slippage_rate",
    "amount": "slippage_amount",
    "spread": "slippage_rate",
    "coefficient": "slippage_rate",
    "exponent": "slippage_exponent",
}
_SIZING = {
    "fraction": "sizing_amount",
    "quantity": "sizing_amount",
    "amount": "sizing_amount",
    "weight": "sizing_amount",
    "risk": "sizing_amount",
    "target": "sizing_amount",
    "period": "sizing_period",
    "minimum_trades": "sizing_period",
    "band": "sizing_band",
}
_TRAILING = {
    "rate": "trailing_amount",
    "amount": "trailing_amount",
    "multiple": "trailing_amount",
    "period": "trailing_period",
}
NANOSECONDS = 1_000_000_000


def settings_row(
    account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig, bars_per_year: float
) -> np.record:
    """The settings of a container, a record of ``SETTINGS_DTYPE``. `intrabar: bounds` is written as stop_first."""
    row: np.record = np.zeros(1, SETTINGS_DTYPE)[0]
    row["bars_per_year"] = bars_per_year
    row["multipliers"] = 1.0
    _write_account(row, account)
    _write_sizing(row, account)
    _write_execution(row, execution)
    _write_exits(row, exits)
    row["on_breach"] = OnBreach[risk.on_breach.upper()]
    for key, limit in risk:
        if key != "on_breach":
            row[key] = inf if limit is None else limit
    return row


def _write_account(row: np.record, account: AccountConfig) -> None:
    row["cash"] = account.cash
    row["lot_size"] = account.lot_size
    row["tick_size"] = account.tick_size
    row["commission_maximum"] = inf
    row["commission_per_fill"] = getattr(account.commission, "per", "order") == "fill"
    row["commission_kind"] = CommissionKind[account.commission.type.upper()]
    _write_keys(row, account.commission, _COMMISSION)
    tiers = getattr(account.commission, "tiers", ())
    for number, tier in enumerate(tiers):
        row["tier_up_to"][number] = inf if tier.up_to is None else tier.up_to
        row["tier_rate"][number] = tier.rate
    row["slippage_kind"] = SlippageKind[account.slippage.type.upper()]
    _write_keys(row, account.slippage, _SLIPPAGE)
    _write_margin(row, account.margin)
    row["interest_rate"] = account.interest_rate
    row["borrow_rate"] = account.borrow_rate


def write_columns(row: np.record, account: AccountConfig, columns: Sequence[str]) -> None:
    """Say which of the data's own ``columns`` act on positions, each by its place, counted from 1."""
    for key in COLUMNS:
        name = getattr(account, key)
        if name is not None:
            row[f"{key}_column"] = 1 + columns.index(name)


def _write_margin(row: np.record, margin: MarginConfig | None) -> None:
    short = None if margin is None else margin.short
    if margin is not None and margin.leverage is not None:
        row["leverage"] = margin.leverage
        row["maintenance"] = margin.maintenance
        if short is None:
            return  # leverage says it all
    short = short or ShortConfig()
    row["short_initial"] = short.initial
    row["short_maintenance"] = short.maintenance


def _write_sizing(row: np.record, account: AccountConfig) -> None:
    row["position_size"] = row["sizing_amount"] = account.position_size
    row["pyramiding"] = account.pyramiding
    if account.sizing is not None:
        row["sizing_kind"] = SizingKind[account.sizing.type.upper()]
        _write_keys(row, account.sizing, _SIZING)
        if account.sizing.type == "fraction":
            row["position_size"] = account.sizing.fraction


def _write_execution(row: np.record, execution: ExecutionConfig) -> None:
    row["fill_rule"] = FillRule[execution.fill.upper()]
    row["close_at_end"] = execution.close_at_end
    row["rebalance"] = Rebalance[execution.rebalance.upper()]
    row["event_capacity"] = execution.event_capacity
    row["order_capacity"] = execution.order_capacity
    row["max_volume_share"] = execution.max_volume_share or 0.0
    intrabar = "stop_first" if execution.intrabar == "bounds" else execution.intrabar
    row["intrabar"] = Intrabar[intrabar.upper()]
    row["stop_exit_price"] = StopExitPrice[execution.stop_exit_price.upper()]
    row["stop_entry_price"] = StopEntryPrice[execution.stop_entry_price.upper()]
    row["exclusive_orders"] = execution.exclusive_orders


def _write_exits(row: np.record, exits: ExitsConfig) -> None:
    for name in ("stop_loss", "take_profit", *BAR_EXITS.values()):
        row[name] = getattr(exits, name) or 0
    if exits.trailing_stop is not None:
        row["trailing_kind"] = TrailingKind[exits.trailing_stop.type.upper()]
        _write_keys(row, exits.trailing_stop, _TRAILING)
    seconds = exits.exit_seconds
    row["exit_at"] = -1 if seconds is None else seconds * NANOSECONDS


def _write_keys(row: np.record, block: Any, fields: dict[str, str]) -> None:
    for key, field in fields.items():
        value = getattr(block, key, None)
        if value is not None:
            row[field] = value
