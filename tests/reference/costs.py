"""Slippage, commission and what cash can buy (docs/trading-model.md section 4)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reference import grid


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


def uncorrected_affordable(cash: float, price: float, commission: dict[str, Any] | None) -> float:
    """What cash pays for by the formulas of section 4 step 3, before any correction."""
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

    def payable(size: float) -> bool:
        return can_be_paid(size * price + commission_of(size, price, settings.commission), cash, settings.lot_size)

    if payable(quantity):
        return quantity
    cut = uncorrected_affordable(cash, price, settings.commission)
    return corrected(cut, quantity, payable, settings.lot_size)


def can_be_paid(cost: float, cash: float, lot: float) -> bool:
    """Whether cash pays for a cost; with lots, rounding is forgiven."""
    return cost <= (cash + 2.0**-44 * cash if lot > 0 else cash)


def corrected(cut: float, asked: float, payable: Callable[[float], bool], lot: float) -> float:
    """Section 4 step 3 from "with a lot size" on: what can be paid, in whole lots; zero where it is rounding."""
    if lot > 0 and math.isfinite(cut):
        number = grid.number_below(cut, lot)
        cut = grid.down(cut, lot)
        if payable(grid.point(lot, number + 1)):
            cut = grid.point(lot, number + 1)
        while cut > 0 and not payable(cut):
            number -= 1
            cut = grid.point(lot, number)
    while cut > 0 and not payable(cut):
        cut = math.nextafter(cut, -math.inf)
    return cut if cut > 0 and not grid.is_rounding(cut, asked, lot) else 0.0
