"""Codes in a row of settings: one that nobody knows ends its container before the first bar."""

from .compilation import kernel
from .constants import CODES, Outcome
from .ownership import borrow

_UNKNOWN_CODE = int(Outcome.UNKNOWN_CODE)
_COLUMNS = tuple(int(setting) for setting in CODES)
#: Codes are counted from 0.
_COUNTS = tuple(float(len(codes)) for codes in CODES.values())


@kernel
def refuse_unknown_code(settings, outcome):
    """Whether a row of settings has a code that is none of ``CODES``; its outcome is written then.

    The outcome's bar is the setting's column. settings float64 (SETTINGS,); out: outcome int64 (len(OUTCOME_COLUMNS),).
    """
    settings, outcome = borrow(settings), borrow(outcome)
    for place in range(len(_COLUMNS)):
        code = settings[_COLUMNS[place]]
        if not (0.0 <= code < _COUNTS[place]) or code != float(int(code)):
            outcome[0] = _UNKNOWN_CODE
            outcome[1] = _COLUMNS[place]
            outcome[2] = 0
            return True
    return False
