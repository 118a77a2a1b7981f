"""What a fill came from, in a word or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf_kernels.constants import NO_CAUSE, EventKind, Reason

#: What an order without a reason of its own is said to come from, but for the orders of a bracket.
_KIND_OF_CAUSE = {EventKind.SIGNAL: "signal", EventKind.BAR: "order"}


def cause_of(records: NDArray[np.void], place: int) -> str:
    """Why the fill at a place of all events came: its own reason, that of its order, or what that order came from."""
    order = place_of(records, int(records["cause"][place]))
    for event in (place, order):
        if event is not None and records["reason"][event]:
            return Reason(int(records["reason"][event])).name.lower().replace("_", " ")
    if order is None:
        return "no cause on record"
    first = place_of(records, int(records["cause"][order]))
    if first is not None and records["kind"][first] == EventKind.FILL:
        return _leg_of_bracket(records, place, order, first)
    return "order" if first is None else _KIND_OF_CAUSE.get(EventKind(int(records["kind"][first])), "order")


def _leg_of_bracket(records: NDArray[np.void], place: int, order: int, entry: int) -> str:
    """Which order of a bracket a fill at ``place`` is of; ``entry`` is the fill that sent it.

    A bracket's orders are the ones without a reason that a fill causes, its stop before its target. Where there is one
    alone, a stop fills at its price or worse, and a target at its price or better; at its price, the side of the entry
    says which it is.
    """
    causes = records["cause"][entry:], records["kind"][entry:], records["reason"][entry:]
    same = (causes[0] == records["sequence"][entry]) & (causes[1] == EventKind.ORDER) & (causes[2] == 0)
    legs = entry + np.flatnonzero(same)
    if len(legs) > 1:
        return "bracket stop" if order == legs[0] else "bracket target"
    level, side = records["price"][order], np.sign(records["quantity"][order])
    better = side * (level - records["price"][place]) or side * (records["price"][entry] - level)
    return "bracket target" if better > 0.0 else "bracket stop"


def place_of(records: NDArray[np.void], sequence: int) -> int | None:
    """The place of the event of a number, or None where it is not among these."""
    if sequence == NO_CAUSE:
        return None
    place = int(np.searchsorted(records["sequence"], sequence))
    return place if place < len(records) and records["sequence"][place] == sequence else None
