"""Slippage, commission and what cash can buy (docs/trading-model.md section 4)."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The settings of one backtest; costs in the words of the configuration, None for no costs."""

    cash: float = 100_000.0
    commission: dict[str, Any] | None = None
    slippage: dict[str, Any] | None = None
    position_size: float = 1.0
    lot_size: float = 0.0
    fill: str = "next_open"
    close_at_end: bool = False


def fill_price(base: float, quantity: float, slippage: dict[str, Any] | None) -> float:
    """Price of a fill: slippage moves the base price against the order."""
    kind = (slippage or {"type": "none"})["type"]
    if kind == "none":
        return base
    if kind == "percent":
        rate = slippage["rate"]
        return base * (1 + rate) if quantity > 0 else base * (1 - rate)
    amount = slippage["amount"]
    return base + amount if quantity > 0 else base - amount


def commission_of(quantity: float, price: float, commission: dict[str, Any] | None) -> float:
    """Commission of one fill."""
    kind = (commission or {"type": "none"})["type"]
    if kind == "none":
        return 0.0
    if kind == "percent":
        return abs(quantity) * price * commission["rate"]
    if kind == "fixed":
        return commission["amount"]
    return max(abs(quantity) * commission["rate"], commission.get("minimum", 0.0))


def _uncorrected_affordable(cash: float, price: float, commission: dict[str, Any] | None) -> float:
    kind = (commission or {"type": "none"})["type"]
    if kind == "none":
        return cash / price
    if kind == "percent":
        return cash / (price * (1 + commission["rate"]))
    if kind == "fixed":
        return (cash - commission["amount"]) / price
    rate, minimum = commission["rate"], commission.get("minimum", 0.0)
    quantity = cash / (price + rate)
    return quantity if quantity * rate >= minimum else (cash - minimum) / price


def affordable(quantity: float, price: float, cash: float, settings: Settings) -> float:
    """Largest part of a buy that cash pays for, costs included; zero when it pays for none, but for rounding."""
    asked = quantity

    def too_dear(size: float) -> bool:
        return size * price + commission_of(size, price, settings.commission) > cash

    if not too_dear(quantity):
        return quantity
    quantity = _uncorrected_affordable(cash, price, settings.commission)
    lot = settings.lot_size
    if lot > 0:
        lots = math.floor(quantity / lot)
        quantity = lots * lot if too_dear((lots + 1) * lot) else (lots + 1) * lot
    while quantity > 0 and too_dear(quantity):
        quantity = quantity - lot if lot > 0 else math.nextafter(quantity, -math.inf)
    return quantity if quantity > 1e-9 * asked else 0.0
