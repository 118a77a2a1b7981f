"""The settings of a container under preset ``vectorbt``: ``docs/trading-model.md`` section 17."""

import math
from typing import NamedTuple

from admf_kernels.compilation import kernel
from admf_kernels.constants import FillRule, Setting, SizingKind, TrailingKind

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_QUANTITY = int(SizingKind.QUANTITY)
_NO_TRAILING = int(TrailingKind.NONE)

_LOT_SIZE = int(Setting.LOT_SIZE)
_RATE = int(Setting.COMMISSION_RATE)
_AMOUNT = int(Setting.COMMISSION_AMOUNT)
_SLIPPAGE_RATE = int(Setting.SLIPPAGE_RATE)
_FILL_RULE = int(Setting.FILL_RULE)
_SIZING_KIND = int(Setting.SIZING_KIND)
_SIZING_AMOUNT = int(Setting.SIZING_AMOUNT)
_STOP_LOSS = int(Setting.STOP_LOSS)
_TAKE_PROFIT = int(Setting.TAKE_PROFIT)
_TRAILING_KIND = int(Setting.TRAILING_KIND)
_TRAILING_AMOUNT = int(Setting.TRAILING_AMOUNT)
_STOP_EXIT_PRICE = int(Setting.STOP_EXIT_PRICE)
_STOP_ENTRY_PRICE = int(Setting.STOP_ENTRY_PRICE)


class Rules(NamedTuple):
    """What is set for a container.

    ``size`` is a quantity, infinite for all that cash pays for; ``fees`` and ``slippage`` are fractions of a price,
    ``fixed_fees`` currency for each order. ``granularity``, ``stop_loss`` and ``take_profit`` are 0 where there is
    none; ``stop_loss`` is that of the trailing stop where ``trails``.
    """

    size: float
    fees: float
    fixed_fees: float
    slippage: float
    granularity: float
    stop_loss: float
    take_profit: float
    trails: bool
    fills_at_close: bool
    stop_exit_price: int
    stop_entry_price: int


@kernel
def read_rules(settings):
    """The rules in a row of settings, float64 (SETTINGS,)."""
    trails = int(settings[_TRAILING_KIND]) != _NO_TRAILING
    has_size = int(settings[_SIZING_KIND]) == _QUANTITY
    return Rules(
        float(settings[_SIZING_AMOUNT]) if has_size else math.inf,
        float(settings[_RATE]),
        float(settings[_AMOUNT]),
        float(settings[_SLIPPAGE_RATE]),
        float(settings[_LOT_SIZE]),
        float(settings[_TRAILING_AMOUNT]) if trails else float(settings[_STOP_LOSS]),
        float(settings[_TAKE_PROFIT]),
        trails,
        int(settings[_FILL_RULE]) == _SAME_CLOSE,
        int(settings[_STOP_EXIT_PRICE]),
        int(settings[_STOP_ENTRY_PRICE]),
    )
