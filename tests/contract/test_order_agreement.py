"""Every engine agrees with the reference of the order engine, event by event, on random cases."""

import math

import pytest

from tests.contract.order_cases import ENGINES, Played, play
from tests.contract.test_order_random import case_of
from tests.reference.order_random_cases import RandomCase, random_case
from tests.reference.order_records import Event

CASES = 2_000
PARTS = 20
OTHERS = [engine for engine in ENGINES if engine != "reference"]
PAYLOAD = {
    "BAR": ("price",),
    "SIGNAL": ("price", "quantity"),
    "ORDER": ("order", "price", "quantity", "value"),
    "CANCEL": ("order", "price", "quantity", "value"),
    "FILL": ("order", "price", "quantity", "value", "fee"),
    "REJECT": ("order",),
    "RISK_BREACH": ("price", "quantity", "value"),
    "FINANCING": ("value",),
    "POSITION_OPEN": ("price", "quantity", "fee"),
    "POSITION_CLOSE": ("price", "quantity", "value", "fee"),
    "PORTFOLIO_UPDATE": ("price", "quantity", "value", "fee"),
}
RELATIVE = 1e-9


def same(a: float, b: float, scale: float) -> bool:
    """Whether two numbers agree; `scale` is the size of what a difference was taken of."""
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=RELATIVE * scale)


def difference(expected: Played, got: Played) -> str | None:
    """The first event that differs, with those before it, or None."""
    for place in range(max(len(expected.events), len(got.events))):
        a = expected.events[place] if place < len(expected.events) else None
        b = got.events[place] if place < len(got.events) else None
        wrong = _wrong(a, b)
        if wrong:
            before = "\n".join(f"  {event}" for event in expected.events[max(0, place - 8) : place])
            return f"{wrong}\n{before}\nexpected {a}\n     got {b}"
    return None


def _wrong(a: Event | None, b: Event | None) -> str:
    if a is None or b is None:
        return "one trace ends"
    for name in ("sequence", "cause", "kind", "bar", "reason"):
        if getattr(a, name) != getattr(b, name):
            return name
    for name in PAYLOAD.get(a.kind, ()):
        scale = abs(a.price * a.quantity) if name == "value" else 0.0
        if not same(getattr(a, name), getattr(b, name), scale):
            return name
    return ""


def comparable(drawn: RandomCase) -> bool:
    """Whether the reference can know what the engine draws: it has no random stream of its own."""
    return (drawn.settings.slippage or {}).get("type") != "random"


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("engine", OTHERS)
def test_every_event_agrees(engine: str, part: int) -> None:
    for seed in range(part, CASES, PARTS):
        drawn = random_case(seed)
        if comparable(drawn):
            case = case_of(drawn)
            found = difference(play("reference", case), play(engine, case))
            assert found is None, f"seed {seed}, {drawn.settings}: {found}"
