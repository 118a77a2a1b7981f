"""What a fill came from, in a word or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf_kernels.constants import NO_CAUSE, EventKind, Reason

#: What an order without a reason of its own is said to come from: a signal, or a leg of the order that filled before.
_KIND_OF_CAUSE = {EventKind.SIGNAL: "signal", EventKind.BAR: "order", EventKind.FILL: "order after a fill"}


def cause_of(records: NDArray[np.void], place: int) -> str:
    """Why the fill at a place of all events came: its own reason, that of its order, or what that order came from."""
    order = place_of(records, int(records["cause"][place]))
    for event in (place, order):
        if event is not None and records["reason"][event]:
            return Reason(int(records["reason"][event])).name.lower().replace("_", " ")
    if order is None:
        return "no cause on record"
    first = place_of(records, int(records["cause"][order]))
    return "order" if first is None else _KIND_OF_CAUSE.get(EventKind(int(records["kind"][first])), "order")


def place_of(records: NDArray[np.void], sequence: int) -> int | None:
    """The place of the event of a number, or None where it is not among these."""
    if sequence == NO_CAUSE:
        return None
    place = int(np.searchsorted(records["sequence"], sequence))
    return place if place < len(records) and records["sequence"][place] == sequence else None
