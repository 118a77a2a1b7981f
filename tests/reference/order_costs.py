"""Slippage, commission and what an account can pay for (docs/trading-model.md sections 4, 13 and 14)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.reference.costs import Settings as PlainSettings
from tests.reference.costs import affordable, commission_of, fill_price
from tests.reference.order_settings import OrderSettings


def slipped(base: float, quantity: float, volume: float, s: OrderSettings, uniform: Callable[[], float]) -> float:
    """Price of a taker before rounding to the tick."""
    model = s.slippage or {"type": "none"}
    if model["type"] in ("none", "percent", "fixed"):
        return fill_price(base, quantity, model)
    if model["type"] == "spread":
        rate = model["spread"] / 2
    elif model["type"] == "volume_impact":
        ratio = abs(quantity) / (volume if volume > 0 else abs(quantity))
        rate = model["coefficient"] * ratio ** model.get("exponent", 0.5)
    else:
        rate = model["rate"] * uniform()
    return base * (1 + rate) if quantity > 0 else base * (1 - rate)


def against(price: float, buy: bool, tick: float) -> float:
    """Round a fill to the tick against the one who takes."""
    if tick <= 0:
        return price
    return (math.ceil(price / tick) if buy else math.floor(price / tick)) * tick


def commission(quantity: float, price: float, traded: float, taker: bool, s: OrderSettings) -> float:
    """Commission of one fill; `traded` is the value traded before it."""
    model = s.commission or {"type": "none"}
    kind = model["type"]
    if kind == "percent":
        fee = abs(quantity) * price * model["rate"] + model.get("amount", 0.0)
        return bounded(fee, model)
    if kind == "per_share":
        return bounded(abs(quantity) * model["rate"], model)
    if kind == "tiered":
        return abs(quantity) * price * tier_rate(traded, model["tiers"])
    if kind == "maker_taker":
        return abs(quantity) * price * model["taker" if taker else "maker"]
    return commission_of(quantity, price, model)


def bounded(fee: float, model: dict[str, float | None]) -> float:
    """A fee not below its minimum, then not above its maximum."""
    fee = max(fee, model.get("minimum") or 0.0)
    maximum = model.get("maximum")
    return fee if maximum is None else min(fee, maximum)


def tier_rate(traded: float, tiers: list[dict[str, float]]) -> float:
    """Rate of the tier in which a traded value lies; a tier ends before its `up_to`."""
    for tier in tiers:
        if "up_to" not in tier or traded < tier["up_to"]:
            return tier["rate"]
    raise AssertionError("the last tier has no end")


def has_formula(s: OrderSettings) -> bool:
    """Whether section 4 step 3 names what cash pays for under this commission."""
    model = s.commission or {"type": "none"}
    if model["type"] == "percent":
        return not model.get("amount") and not model.get("minimum") and model.get("maximum") is None
    if model["type"] == "per_share":
        return model.get("maximum") is None
    return model["type"] in ("none", "fixed")


def paid_by_cash(size: float, price: float, cash: float, fee: Callable[[float], float], s: OrderSettings) -> float:
    """Largest part of a purchase that cash pays for; zero or negative when it pays for none."""

    def payable(part: float) -> bool:
        return part * price + fee(part) <= cash

    if payable(size):
        return size
    if has_formula(s):
        plain = PlainSettings(commission=s.commission, lot_size=s.lot_size)
        return affordable(size, price, cash, plain)
    return searched(min(size, cash / price), payable, s.lot_size, size)


@dataclass(frozen=True)
class Rest:
    """The other symbols of an account at their last closes: gross exposure, and what it is worth."""

    exposure: float = 0.0
    value: float = 0.0


def paid_by_margin(
    size: float, buy: bool, price: float, cash: float, held: float, rest: Rest,
    fee: Callable[[float], float], s: OrderSettings,
) -> float:  # fmt: skip
    """Largest part of an order that leaves gross exposure within leverage; at least what reduces the position."""
    assert s.margin is not None
    leverage = s.margin["leverage"]
    sign = 1.0 if buy else -1.0
    reducing = min(size, abs(held)) if held * sign < 0 else 0.0

    def holds(part: float) -> bool:
        if part <= reducing:
            return True
        after = held + sign * part
        equity = cash - (sign * part * price + fee(part)) + after * price + rest.value
        return abs(after) * price + rest.exposure <= leverage * equity

    if holds(size):
        return size
    return max(reducing, searched(size, holds, s.lot_size, size))


def searched(highest: float, payable: Callable[[float], bool], lot: float, asked: float) -> float:
    """The search of section 13: 64 halvings of [0, highest], then down to the lot."""
    low, high = 0.0, highest
    if payable(high):
        low = high
    else:
        for _ in range(64):
            middle = (low + high) / 2
            if payable(middle):
                low = middle
            else:
                high = middle
        if low <= 1e-9 * asked:
            low = 0.0
    return math.floor(low / lot) * lot if lot > 0 else low
