"""Slippage, commission and what an account can pay for (docs/trading-model.md sections 4, 13 and 14)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.reference import grid
from tests.reference.costs import can_be_paid, commission_of, corrected, fill_price, uncorrected_affordable
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
        rate = model["coefficient"] * power(ratio, model.get("exponent", 0.5))
    else:
        rate = model["rate"] * uniform()
    return base * (1 + rate) if quantity > 0 else base * (1 - rate)


def power(base: float, exponent: float) -> float:
    """A power, exact for the exponents 1, 0.5 and 2."""
    if exponent == 1.0:
        return base
    if exponent == 0.5:
        return math.sqrt(base)
    return base * base if exponent == 2.0 else base**exponent


def against(price: float, buy: bool, tick: float) -> float:
    """Round a fill to the tick against the one who takes."""
    return grid.up(price, tick) if buy else grid.down(price, tick)


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
    """Rate of the tier in which a traded value lies; a tier holds up to and with its `up_to`."""
    for tier in tiers:
        if "up_to" not in tier or traded <= tier["up_to"]:
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


def charged_by_order(s: OrderSettings) -> bool:
    """Whether fixed parts of the commission are charged once for each order."""
    model = s.commission or {"type": "none"}
    if model.get("per", "order") != "order":
        return False
    if model["type"] == "fixed":
        return True
    limited = bool(model.get("minimum")) or model.get("maximum") is not None
    if model["type"] == "percent":
        return limited or bool(model.get("amount"))
    return model["type"] == "per_share" and limited


def by_quantity(quantity: float, price: float, s: OrderSettings) -> float:
    """The part of a commission with fixed parts that grows with the quantity."""
    model = s.commission or {}
    if model["type"] == "percent":
        return abs(quantity) * price * model["rate"]
    return abs(quantity) * model["rate"] if model["type"] == "per_share" else 0.0


def of_all_fills(proportional: float, s: OrderSettings) -> float:
    """Commission of all fills of an order: F of section 13."""
    model = s.commission or {}
    if model["type"] == "fixed":
        return model["amount"]
    return bounded(proportional + (model.get("amount", 0.0) if model["type"] == "percent" else 0.0), model)


def paid_by_cash(
    size: float, price: float, cash: float, fee: Callable[[float], float], s: OrderSettings, *, formula: bool
) -> float:
    """Largest part of a purchase that cash pays for; zero or negative when it pays for none."""

    def payable(part: float) -> bool:
        return can_be_paid(part * price + fee(part), cash, s.lot_size)

    if payable(size):
        return size
    if formula:
        cut = uncorrected_affordable(cash, price, s.commission)
    else:
        cut = halved(min(size, cash / price), payable)
    return corrected(cut, size, payable, s.lot_size)


@dataclass(frozen=True)
class Rest:
    """The other symbols of an account at their last closes: gross exposure, and what it is worth."""

    exposure: float = 0.0
    value: float = 0.0
    shorts: float = 0.0


def paid_by_margin(
    size: float, buy: bool, price: float, cash: float, held: float, rest: Rest,
    fee: Callable[[float], float], s: OrderSettings,
) -> float:  # fmt: skip
    """Largest part of an order that leaves gross exposure within leverage; at least what reduces the position."""
    assert s.margin is not None
    sign = 1.0 if buy else -1.0
    reducing = min(size, abs(held)) if held * sign < 0 else 0.0

    def holds(part: float) -> bool:
        if part <= reducing:
            return True
        after = held + sign * part
        equity = cash - (sign * part * price + fee(part)) + after * price + rest.value
        gross = abs(after) * price + rest.exposure
        if "short" not in s.margin:
            return not grid.breaks_upper(gross, s.margin["leverage"] * equity)
        shorts = max(-after, 0.0) * price + rest.shorts
        needed = (gross - shorts) / s.margin["leverage"] + short_initial(s) * shorts
        return not grid.breaks_upper(needed, equity)

    if holds(size):
        return size
    return max(reducing, searched(size, holds, s.lot_size, size))


def short_initial(s: OrderSettings) -> float:
    """Share of the value of shorts that equity covers when they are opened."""
    stated = (s.margin or {}).get("short") or {}
    return stated.get("initial", 0.5)


def covered_by_cash(
    size: float, price: float, cash: float, held: float, rest: Rest, fee: Callable[[float], float], s: OrderSettings
) -> float:
    """Largest part of a sale in a cash account after which no less than what its shorts reserve is left in cash."""
    reducing = min(size, max(held, 0.0))

    def holds(part: float) -> bool:
        left = cash - (-part * price + fee(-part))
        shorts = max(part - held, 0.0) * price
        reserved = (1 + short_initial(s)) * rest.shorts
        return part <= reducing or not grid.breaks_upper(reserved + (1 + short_initial(s)) * shorts, left)

    if holds(size):
        return size
    return max(reducing, searched(size, holds, s.lot_size, size))


def halved(highest: float, payable: Callable[[float], bool]) -> float:
    """The search of section 13: 64 halvings of [0, highest]."""
    if payable(highest):
        return highest
    low, high = 0.0, highest
    for _ in range(64):
        middle = (low + high) / 2
        if payable(middle):
            low = middle
        else:
            high = middle
    return low


def searched(highest: float, payable: Callable[[float], bool], lot: float, asked: float) -> float:
    """The search for margin: nothing where the result is rounding, then down to the lot."""
    low = halved(highest, payable)
    return 0.0 if grid.is_rounding(low, asked, lot) else grid.down(low, lot)
