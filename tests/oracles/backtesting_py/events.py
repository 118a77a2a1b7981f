"""The outcome of a case as the events of a container tell it, in the form that `runner.py` gives."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_kernels.constants import EventKind
from tests.oracles.backtesting_py.cases import BUY, SELL, Action, Case

Event = dict[str, Any]
_LEAVING = (EventKind.FILL, EventKind.CANCEL, EventKind.REJECT)


def outcome_of(case: Case, records: NDArray[np.void]) -> dict[str, Any]:
    """What the events of a container (EVENT_DTYPE) say of a case; see `runner.py` for the parts."""
    names = records.dtype.names or ()
    events = [dict(zip(names, values, strict=True)) for values in records.tolist()]
    outcome: dict[str, Any] = {
        "seed": case.seed,
        "trades": [],
        "equity": [],
        "refused": [],
        "orders": [],
        "position": [],
    }
    opened: dict[int, Event] = {}
    working: set[int] = set()
    held, asked, answers = 0.0, -1, []
    for event in events:
        kind, order = event["kind"], event["order"]
        if asked >= 0 and event["cause"] != asked:
            outcome["refused"] += refused(case, events[asked]["bar"], answers)
            outcome["orders"].append(len(working))
            outcome["position"].append(held)
            asked, answers = -1, []
        if kind == EventKind.FEATURES:
            asked = event["sequence"]
        elif asked >= 0:
            answers.append(event)
        if kind == EventKind.ORDER:
            working.add(order)
        elif kind in _LEAVING:
            working.discard(order)
        if kind == EventKind.FILL:
            held += event["quantity"]
        elif kind == EventKind.POSITION_OPEN:
            opened[order] = event
        elif kind == EventKind.POSITION_CLOSE:
            outcome["trades"].append(trade(opened[order], event))
        elif kind == EventKind.PORTFOLIO_UPDATE:
            assert event["quantity"] == held
            outcome["equity"].append(event["value"])
    return outcome


def trade(opened: Event, closed: Event) -> list[float]:
    """A trade or a part of one, as `runner.py` has it."""
    bars, prices = (opened["bar"], closed["bar"]), (opened["price"], closed["price"])
    return [*bars, -closed["quantity"], *prices, closed["value"], closed["fee"]]


def refused(case: Case, bar: int, answers: list[Event]) -> list[int]:
    """The places of the orders of a bar that were refused; every order has to be among the events, in its turn."""
    places = []
    rest = iter(answers)
    for place, action in enumerate(case.actions):
        if action.bar == bar and action.kind in (BUY, SELL):
            size = action.size if action.kind == BUY else -action.size
            expected = {EventKind.REJECT: (size, case.close[bar], 0.0), EventKind.ORDER: (size, *told(action, case))}
            event = next(e for e in rest if expected.get(e["kind"]) == (e["quantity"], e["price"], e["value"]))
            if event["kind"] == EventKind.REJECT:
                places.append(place)
    assert all(event["kind"] != EventKind.REJECT for event in rest)
    return places


def told(action: Action, case: Case) -> tuple[float, float]:
    """Price and value of the ORDER event of an entry."""
    levels = [math.nan if level is None else level for level in (action.limit, action.stop)]
    market = [level for level in levels if not math.isnan(level)] or [case.close[action.bar]]
    return market[0], market[1] if len(market) > 1 else 0.0
