"""The settings of a container: one record, which Python fills and kernels read by the same names."""

from enum import IntEnum
from types import SimpleNamespace

import numpy as np

from .constants import (
    BAR_EXITS,
    LIMITS,
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

#: Tiers that a tiered commission can have.
MAX_TIERS = 5
#: Symbols of one container whose contracts may have multipliers of their own.
MAX_CONTRACTS = 16

#: Share of the value of shorts that equity has to cover when they are opened (Regulation T), where nothing is stated.
REGULATION_T = 0.5

#: Settings that are codes, each counted from 0 without a gap.
CODES: dict[str, type[IntEnum]] = {
    "commission_kind": CommissionKind,
    "slippage_kind": SlippageKind,
    "fill_rule": FillRule,
    "intrabar": Intrabar,
    "sizing_kind": SizingKind,
    "trailing_kind": TrailingKind,
    "on_breach": OnBreach,
    "stop_exit_price": StopExitPrice,  # preset vectorbt alone, as the next
    "stop_entry_price": StopEntryPrice,
    "rebalance": Rebalance,
}

_FIELDS = [
    *((name, np.int64) for name in CODES),
    ("cash", np.float64),
    ("bars_per_year", np.float64),
    ("evaluation_start", np.int64),  # the first bar at which the strategy may be evaluated
    ("event_capacity", np.int64),
    ("order_capacity", np.int64),
    # Costs.
    ("commission_rate", np.float64),  # a maker's, where there are two
    ("commission_taker", np.float64),
    ("commission_amount", np.float64),
    ("commission_minimum", np.float64),
    ("commission_maximum", np.float64),
    ("tier_up_to", np.float64, (MAX_TIERS,)),  # traded value up to which a tier goes; the last is infinity
    ("tier_rate", np.float64, (MAX_TIERS,)),
    (
        "multipliers",
        np.float64,
        (MAX_CONTRACTS,),
    ),  # of each symbol: what a price of 1 is worth; the last for all beyond
    ("slippage_rate", np.float64),
    ("slippage_amount", np.float64),
    ("slippage_exponent", np.float64),
    ("interest_rate", np.float64),
    ("borrow_rate", np.float64),
    # Columns of the data with what acts on positions, each counted from 1; 0: none.
    ("funding_column", np.int64),
    ("dividends_column", np.int64),
    ("splits_column", np.int64),
    # Sizes and prices.
    ("position_size", np.float64),
    ("lot_size", np.float64),
    ("tick_size", np.float64),
    ("sizing_amount", np.float64),  # the number of section 13: a fraction, a quantity, an amount, ...
    ("sizing_period", np.int64),  # bars to look back over, or trades to wait for
    ("sizing_band", np.float64),
    ("pyramiding", np.int64),
    ("max_volume_share", np.float64),
    # Exits.
    ("stop_loss", np.float64),
    ("take_profit", np.float64),
    ("trailing_amount", np.float64),  # an amount, a rate or a multiple
    ("trailing_period", np.int64),
    *((name, np.int64) for name in BAR_EXITS.values()),
    ("exit_at", np.int64),  # ns since midnight in the data's zone, or -1
    # Margin and limits.
    ("leverage", np.float64),
    ("maintenance", np.float64),
    ("short_initial", np.float64),  # share of the value of shorts that equity covers; 0: by leverage alone
    ("short_maintenance", np.float64),  # the same at every close, or a position is closed
    *((reason.name.lower(), np.float64) for reason in LIMITS),
    ("close_at_end", np.bool_),
    ("commission_per_fill", np.bool_),  # fixed parts of a commission are charged for each fill, not each order
    ("exclusive_orders", np.bool_),  # preset backtesting.py alone
]

#: The settings of one container. Rates and shares are fractions, amounts account currency. No limit is infinity, and
#: no tick, lot, volume share, leverage, exit or holding limit is 0.
SETTINGS_DTYPE = np.dtype((np.record, np.dtype(_FIELDS, align=True)))


def plain_settings(settings):
    """The settings of one container with the same names, as numbers of Python, and tuples of them."""
    values = (tuple(value.tolist()) if isinstance(value, np.ndarray) else value for value in settings.tolist())
    return SimpleNamespace(**dict(zip(SETTINGS_DTYPE.names or (), values, strict=True)))
