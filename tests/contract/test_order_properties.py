"""What holds in every container of the order engine, on random cases: volume, fees by order, children of brackets."""

import math
from collections import defaultdict
from typing import Any

import pytest

from admf_jit.strategies.compiled import CompiledStrategy, compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE
from tests.accounting import check_causes, check_ledger, check_orders
from tests.contract.test_order_agreement import result_of
from tests.contract.test_order_random import Impulses, case_of
from tests.long import how_many, long
from tests.reference.order_random_cases import RandomCase, random_case

CASES = how_many(150, 5_000)
ROUNDING = 1e-9
#: Commissions whose fixed parts are charged by order.
WITH_FIXED_PARTS = ("fixed", "percent", "per_share")


@pytest.fixture(scope="module")
def compiled() -> CompiledStrategy:
    """The strategy of random cases, compiled once."""
    return compile_strategy(definition_of(Impulses), ORDER_ENGINE)


@long
def test_random_cases_hold_together(compiled: CompiledStrategy) -> None:
    seen = {"children": 0, "parts": 0, "volume": 0}
    for seed in range(CASES):
        drawn = random_case(seed)
        events = list(result_of(compiled, case_of(drawn)).events.itertuples(index=False))
        check_causes(events)
        check_orders(events)
        check_ledger(events, drawn.settings.cash, ROUNDING)
        seen["volume"] += check_volume(drawn, events)
        seen["parts"] += check_fees(drawn, events)
        seen["children"] += check_children(events)
    assert all(seen.values()), seen


def check_volume(drawn: RandomCase, events: list[Any]) -> bool:
    """Whether there is a volume share; the fills of a bar come to no more than it, whatever sent them."""
    share = drawn.settings.max_volume_share
    if share is None:
        return False
    filled: dict[int, float] = defaultdict(float)
    for event in events:
        if event.kind == "FILL":
            filled[event.bar] += abs(event.quantity)
    # What is left and is rounding, of a lot less than half, is filled with the rest.
    more = drawn.settings.lot_size / 2
    for bar, quantity in filled.items():
        assert quantity <= share * drawn.rows[bar][4] * (1 + ROUNDING) + more, (bar, quantity)
    return True


def check_fees(drawn: RandomCase, events: list[Any]) -> int:
    """What the fills of an order were charged is the commission of all of them together; orders of several parts."""
    commission = drawn.settings.commission
    if commission is None or commission["type"] not in WITH_FIXED_PARTS:
        return 0
    fills: dict[int, list[Any]] = defaultdict(list)
    for event in events:
        if event.kind == "FILL":
            fills[event.order].append(event)
    for number, parts in fills.items():
        charged = sum(part.fee for part in parts)
        assert math.isclose(charged, commission_of(commission, parts), rel_tol=ROUNDING, abs_tol=ROUNDING), number
    return sum(len(parts) > 1 for parts in fills.values())


def commission_of(commission: dict[str, Any], parts: list[Any]) -> float:
    """Commission of some fills as of one."""
    if commission["type"] == "fixed":
        return float(commission["amount"])
    prices = [part.price if commission["type"] == "percent" else 1.0 for part in parts]
    fee = sum(abs(part.quantity) * price * commission["rate"] for part, price in zip(parts, prices, strict=True))
    least, most = commission.get("minimum", 0.0), commission.get("maximum", math.inf)
    return float(min(max(fee + commission.get("amount", 0.0), least), most))


def check_children(events: list[Any]) -> int:
    """Orders that a fill sends reduce the position at every fill, and are for no more than it; how many were filled."""
    position, children, filled = 0.0, set(), 0
    for event in events:
        if event.kind == "ORDER" and event.reason == "" and events[event.cause].kind == "FILL":
            children.add(event.order)
            assert event.quantity * position < 0 and abs(event.quantity) <= abs(position) * (1 + ROUNDING), event
        elif event.kind == "FILL":
            if event.order in children:
                filled += 1
                assert event.quantity * position < 0 and abs(event.quantity) <= abs(position) * (1 + ROUNDING), event
            before = position
            position += event.quantity
            if abs(position) <= ROUNDING * max(abs(before), abs(event.quantity)):
                position = 0.0
    return filled
