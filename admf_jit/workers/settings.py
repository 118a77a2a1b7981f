"""From a container's checked configuration to the row of numbers that its kernel takes."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.config.account import MarginConfig, ShortConfig
from admf_kernels.constants import (
    SETTINGS,
    CommissionKind,
    FillRule,
    Intrabar,
    OnBreach,
    Rebalance,
    Setting,
    SizingKind,
    SlippageKind,
    StopEntryPrice,
    StopExitPrice,
    TrailingKind,
)

#: The column of each key of a block with a `type`; keys of the same name go to the same column.
_COMMISSION = {
    "rate": Setting.COMMISSION_RATE,
    "amount": Setting.COMMISSION_AMOUNT,
    "minimum": Setting.COMMISSION_MINIMUM,
    "maximum": Setting.COMMISSION_MAXIMUM,
    "maker": Setting.COMMISSION_RATE,
    "taker": Setting.COMMISSION_TAKER,
}
_SLIPPAGE = {
    "rate": Setting.SLIPPAGE_RATE,
    "amount": Setting.SLIPPAGE_AMOUNT,
    "spread": Setting.SLIPPAGE_RATE,
    "coefficient": Setting.SLIPPAGE_RATE,
    "exponent": Setting.SLIPPAGE_EXPONENT,
}
_SIZING = {
    "fraction": Setting.SIZING_AMOUNT,
    "quantity": Setting.SIZING_AMOUNT,
    "amount": Setting.SIZING_AMOUNT,
    "weight": Setting.SIZING_AMOUNT,
    "risk": Setting.SIZING_AMOUNT,
    "target": Setting.SIZING_AMOUNT,
    "period": Setting.SIZING_PERIOD,
    "minimum_trades": Setting.SIZING_PERIOD,
    "band": Setting.SIZING_BAND,
}
_TRAILING = {
    "rate": Setting.TRAILING_AMOUNT,
    "amount": Setting.TRAILING_AMOUNT,
    "multiple": Setting.TRAILING_AMOUNT,
    "period": Setting.TRAILING_PERIOD,
}
_LIMITS = {
    "max_position": Setting.MAX_POSITION,
    "max_gross_exposure": Setting.MAX_GROSS_EXPOSURE,
    "max_net_exposure": Setting.MAX_NET_EXPOSURE,
    "max_orders_per_day": Setting.MAX_ORDERS_PER_DAY,
    "max_daily_loss": Setting.MAX_DAILY_LOSS,
    "max_drawdown": Setting.MAX_DRAWDOWN,
}
NANOSECONDS = 1_000_000_000


def settings_row(
    account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig, bars_per_year: float
) -> NDArray[np.float64]:
    """One row of the settings matrix: float64 (SETTINGS,). `intrabar: bounds` is written as stop_first."""
    row = np.zeros(SETTINGS)
    row[Setting.BARS_PER_YEAR] = bars_per_year
    _write_account(row, account)
    _write_sizing(row, account)
    _write_execution(row, execution)
    _write_exits(row, exits)
    for key, column in _LIMITS.items():
        limit = getattr(risk, key)
        row[column] = inf if limit is None else limit
    row[Setting.ON_BREACH] = OnBreach[risk.on_breach.upper()]
    return row


def _write_account(row: NDArray[np.float64], account: AccountConfig) -> None:
    row[Setting.CASH] = account.cash
    row[Setting.LOT_SIZE] = account.lot_size
    row[Setting.TICK_SIZE] = account.tick_size
    row[Setting.COMMISSION_MAXIMUM] = inf
    row[Setting.COMMISSION_PER_FILL] = getattr(account.commission, "per", "order") == "fill"
    row[Setting.COMMISSION_KIND] = CommissionKind[account.commission.type.upper()]
    _write_keys(row, account.commission, _COMMISSION)
    tiers = getattr(account.commission, "tiers", ())
    row[Setting.TIER_COUNT] = len(tiers)
    for number, tier in enumerate(tiers):
        row[Setting.TIER_UP_TO + number] = inf if tier.up_to is None else tier.up_to
        row[Setting.TIER_RATE + number] = tier.rate
    row[Setting.SLIPPAGE_KIND] = SlippageKind[account.slippage.type.upper()]
    _write_keys(row, account.slippage, _SLIPPAGE)
    _write_margin(row, account.margin)
    row[Setting.INTEREST_RATE] = account.interest_rate
    row[Setting.BORROW_RATE] = account.borrow_rate


def _write_margin(row: NDArray[np.float64], margin: MarginConfig | None) -> None:
    short = None if margin is None else margin.short
    if margin is not None and margin.leverage is not None:
        row[Setting.LEVERAGE] = margin.leverage
        row[Setting.MAINTENANCE] = margin.maintenance
        if short is None:
            return  # leverage says it all
    short = short or ShortConfig()
    row[Setting.SHORT_INITIAL] = short.initial
    row[Setting.SHORT_MAINTENANCE] = short.maintenance


def _write_sizing(row: NDArray[np.float64], account: AccountConfig) -> None:
    row[Setting.POSITION_SIZE] = row[Setting.SIZING_AMOUNT] = account.position_size
    row[Setting.PYRAMIDING] = account.pyramiding
    if account.sizing is not None:
        row[Setting.SIZING_KIND] = SizingKind[account.sizing.type.upper()]
        _write_keys(row, account.sizing, _SIZING)
        if account.sizing.type == "fraction":
            row[Setting.POSITION_SIZE] = account.sizing.fraction


def _write_execution(row: NDArray[np.float64], execution: ExecutionConfig) -> None:
    row[Setting.FILL_RULE] = FillRule[execution.fill.upper()]
    row[Setting.CLOSE_AT_END] = execution.close_at_end
    row[Setting.REBALANCE] = Rebalance[execution.rebalance.upper()]
    row[Setting.EVENT_CAPACITY] = execution.event_capacity
    row[Setting.ORDER_CAPACITY] = execution.order_capacity
    row[Setting.MAX_VOLUME_SHARE] = execution.max_volume_share or 0.0
    intrabar = "stop_first" if execution.intrabar == "bounds" else execution.intrabar
    row[Setting.INTRABAR] = Intrabar[intrabar.upper()]
    row[Setting.STOP_EXIT_PRICE] = StopExitPrice[execution.stop_exit_price.upper()]
    row[Setting.STOP_ENTRY_PRICE] = StopEntryPrice[execution.stop_entry_price.upper()]
    row[Setting.EXCLUSIVE_ORDERS] = execution.exclusive_orders


def _write_exits(row: NDArray[np.float64], exits: ExitsConfig) -> None:
    row[Setting.STOP_LOSS] = exits.stop_loss or 0.0
    row[Setting.TAKE_PROFIT] = exits.take_profit or 0.0
    row[Setting.MAX_HOLDING_BARS] = exits.max_holding_bars or 0
    if exits.trailing_stop is not None:
        row[Setting.TRAILING_KIND] = TrailingKind[exits.trailing_stop.type.upper()]
        _write_keys(row, exits.trailing_stop, _TRAILING)
    seconds = exits.exit_seconds
    row[Setting.EXIT_AT] = -1 if seconds is None else seconds * NANOSECONDS


def _write_keys(row: NDArray[np.float64], block: Any, columns: dict[str, Setting]) -> None:
    for key, column in columns.items():
        value = getattr(block, key, None)
        if value is not None:
            row[column] = value
