"""How large a unit is: section 13 of the trading model. Each way is a class of its own, with its own keys."""

from typing import ClassVar, Literal

from pydantic import Field

from admf_jit.config.section import MAX_COUNT, Section


class _Sizing(Section):
    #: Whether ``account.position_size`` may be given beside it.
    uses_position_size: ClassVar[bool] = False


class FractionSizing(_Sizing):
    """A fraction of equity: what `position_size` says, written as a block."""

    type: Literal["fraction"]
    fraction: float = Field(gt=0, le=100, description="a fraction f of equity, 0 < f <= 1, or leverage")


class QuantitySizing(_Sizing):
    """The same quantity for every unit."""

    type: Literal["quantity"]
    quantity: float = Field(gt=0, description="a number of units > 0")


class CashSizing(_Sizing):
    """The same value for every unit."""

    type: Literal["cash"]
    amount: float = Field(gt=0, description="a number > 0, in account currency")


class WeightSizing(_Sizing):
    """A share of equity that is held by rebalancing whenever it is off by more than `band`."""

    type: Literal["weight"]
    weight: float = Field(gt=0, description="a share of equity > 0; above 1 only with account.margin")
    band: float = Field(default=0.0, ge=0, lt=1, description="a share of equity b, 0 <= b < 1")


class RiskSizing(_Sizing):
    """As much as loses the fraction `risk` of equity at the stop."""

    type: Literal["risk"]
    risk: float = Field(gt=0, lt=1, description="a fraction r of equity, 0 < r < 1, lost at the stop")


class VolatilitySizing(_Sizing):
    """As much as has the annual volatility `target`, by the returns of the last `period` bars."""

    type: Literal["volatility"]
    target: float = Field(gt=0, description="an annual volatility > 0 (0.1 is 10 %)")
    period: int = Field(default=20, ge=2, le=MAX_COUNT, description="a whole number of bars >= 2")


class KellySizing(_Sizing):
    """A fraction of the Kelly share of the closed trades; `position_size` until there are enough of them."""

    uses_position_size = True
    type: Literal["kelly"]
    fraction: float = Field(default=0.5, gt=0, le=1, description="a fraction k of the Kelly share, 0 < k <= 1")
    minimum_trades: int = Field(default=20, ge=1, le=MAX_COUNT, description="a whole number of closed trades >= 1")


Sizing = FractionSizing | QuantitySizing | CashSizing | WeightSizing | RiskSizing | VolatilitySizing | KellySizing
