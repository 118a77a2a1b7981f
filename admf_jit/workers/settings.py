"""From a container's checked configuration to the row of numbers that its kernel takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import AccountConfig, ExecutionConfig
from admf_kernels.constants import SETTINGS, CommissionKind, FillRule, Setting, SlippageKind


def settings_row(account: AccountConfig, execution: ExecutionConfig, bars_per_year: float) -> NDArray[np.float64]:
    """One row of the settings matrix: float64 (SETTINGS,)."""
    row = np.zeros(SETTINGS)
    row[Setting.CASH] = account.cash
    row[Setting.POSITION_SIZE] = account.position_size
    row[Setting.LOT_SIZE] = account.lot_size
    commission = account.commission
    row[Setting.COMMISSION_KIND] = CommissionKind[commission.type.upper()]
    row[Setting.COMMISSION_RATE] = getattr(commission, "rate", 0.0)
    row[Setting.COMMISSION_AMOUNT] = getattr(commission, "amount", 0.0)
    row[Setting.COMMISSION_MINIMUM] = getattr(commission, "minimum", 0.0)
    slippage = account.slippage
    row[Setting.SLIPPAGE_KIND] = SlippageKind[slippage.type.upper()]
    row[Setting.SLIPPAGE_RATE] = getattr(slippage, "rate", 0.0)
    row[Setting.SLIPPAGE_AMOUNT] = getattr(slippage, "amount", 0.0)
    row[Setting.FILL_RULE] = FillRule[execution.fill.upper()]
    row[Setting.CLOSE_AT_END] = execution.close_at_end
    row[Setting.EVENT_CAPACITY] = execution.event_capacity
    row[Setting.BARS_PER_YEAR] = bars_per_year
    return row
