"""Codes in the settings: one that is unknown ends its container before the first bar."""

from .compilation import kernel
from .constants import Outcome
from .ownership import borrow
from .settings import CODES

_UNKNOWN_CODE = int(Outcome.UNKNOWN_CODE)
#: Codes are counted from 0.
_COUNTS = tuple(len(codes) for codes in CODES.values())


@kernel
def refuse_unknown_code(settings, outcome):
    """Whether a code in the settings is none of its kind; the outcome is written then, with the number in ``CODES``.

    settings: a record of ``SETTINGS_DTYPE``; out: outcome int64 (len(OUTCOME_COLUMNS),).
    """
    outcome = borrow(outcome)
    codes = (
        settings.commission_kind,
        settings.slippage_kind,
        settings.fill_rule,
        settings.intrabar,
        settings.sizing_kind,
        settings.trailing_kind,
        settings.on_breach,
        settings.stop_exit_price,
        settings.stop_entry_price,
        settings.rebalance,
    )
    for number in range(len(_COUNTS)):
        if not 0 <= codes[number] < _COUNTS[number]:
            outcome[0] = _UNKNOWN_CODE
            outcome[1] = number
            outcome[2] = 0
            return True
    return False
