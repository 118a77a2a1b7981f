"""The settings of a container under preset ``vectorbt``: ``docs/trading-model.md`` section 17."""

import math
from typing import Any, NamedTuple

from admf_kernels.compilation import kernel
from admf_kernels.constants import FillRule, SizingKind, TrailingKind

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_QUANTITY = int(SizingKind.QUANTITY)
_NO_TRAILING = int(TrailingKind.NONE)


class Rules(NamedTuple):
    """The settings, and what this preset makes of them.

    ``size`` is a quantity, infinite for all that cash pays for; ``stop_loss`` is 0 where there is none, and that of
    the trailing stop where ``trails``.
    """

    settings: Any
    size: float
    stop_loss: float
    trails: bool
    fills_at_close: bool


@kernel
def read_rules(settings):
    """The rules in the settings, a record of ``SETTINGS_DTYPE``."""
    trails = settings.trailing_kind != _NO_TRAILING
    return Rules(
        settings,
        float(settings.sizing_amount) if settings.sizing_kind == _QUANTITY else math.inf,
        float(settings.trailing_amount if trails else settings.stop_loss),
        trails,
        settings.fill_rule == _SAME_CLOSE,
    )
