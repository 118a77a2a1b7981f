"""The `account` block: starting cash, sizing and the cost of trading.

Each cost model is a class of its own, so that a key which the chosen type does not use is refused instead of
being ignored.
"""

from typing import Annotated, Literal

from pydantic import Field

from admf_jit.config.section import Section

Rate = Annotated[float, Field(ge=0, lt=1, description="a fraction r with 0 <= r < 1 (0.001 is 0.1 %)")]
Amount = Annotated[float, Field(ge=0, description="a number >= 0, in account currency")]


class NoCommission(Section):
    """Trading is free of commission."""

    type: Literal["none"] = "none"


class PercentCommission(Section):
    """A fraction of the traded value of every fill."""

    type: Literal["percent"]
    rate: Rate


class FixedCommission(Section):
    """The same amount for every fill."""

    type: Literal["fixed"]
    amount: Amount


class PerShareCommission(Section):
    """An amount for each unit traded, with a minimum for each fill."""

    type: Literal["per_share"]
    rate: Amount
    minimum: Amount = 0.0


class NoSlippage(Section):
    """Fills happen at the base price."""

    type: Literal["none"] = "none"


class PercentSlippage(Section):
    """Fills are worse than the base price by a fraction of it."""

    type: Literal["percent"]
    rate: Rate


class FixedSlippage(Section):
    """Fills are worse than the base price by an amount per unit."""

    type: Literal["fixed"]
    amount: Amount


Commission = NoCommission | PercentCommission | FixedCommission | PerShareCommission
Slippage = NoSlippage | PercentSlippage | FixedSlippage


class AccountConfig(Section):
    """Cash, position size, lot size, commission and slippage of one container."""

    cash: float = Field(default=100_000.0, gt=0, description="a number > 0, in account currency")
    position_size: float = Field(
        default=1.0, gt=0, le=1, description="the fraction f of equity put into a position, 0 < f <= 1"
    )
    lot_size: float = Field(default=0.0, ge=0, description="a number >= 0; 0 trades fractions")
    commission: Commission = Field(default=NoCommission(), discriminator="type", description="a mapping with a type")
    slippage: Slippage = Field(default=NoSlippage(), discriminator="type", description="a mapping with a type")
