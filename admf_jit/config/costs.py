"""Commission and slippage: sections 4 and 13 of the trading model.

Each cost model is a class of its own, so that a key which the chosen type does not use is refused instead of
being ignored.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from admf_jit.config.section import Amount, Rate, RateOrRebate, Section, as_tuple, refusal
from admf_kernels.settings import MAX_TIERS

Maximum = Annotated[float | None, Field(ge=0, description="null or a number >= 0, in account currency, for each order")]
#: Brokers charge their fixed parts by order; ``fill`` charges them again for each part that an order fills in.
Per = Literal["order", "fill"]


class _BoundedCommission(Section):
    """A commission with a least and a largest amount for each order, or for each fill."""

    minimum: Amount = 0.0
    maximum: Maximum = None
    per: Per = "order"

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> Self:
        if self.maximum is not None and self.maximum < self.minimum:
            raise refusal(f"minimum {self.minimum} is above maximum {self.maximum}; expected minimum <= maximum")
        return self


class NoCommission(Section):
    """Trading is free of commission."""

    type: Literal["none"] = "none"


class PercentCommission(_BoundedCommission):
    """A fraction of the traded value, and an amount on top for each order, or for each fill."""

    added = ("amount", "minimum", "maximum", "per")
    type: Literal["percent"]
    rate: Rate
    amount: Amount = 0.0


class FixedCommission(Section):
    """The same amount for every order, or for every fill."""

    added = ("per",)
    type: Literal["fixed"]
    amount: Amount
    per: Per = "order"


class PerShareCommission(_BoundedCommission):
    """An amount for each unit traded."""

    added = ("maximum", "per")
    type: Literal["per_share"]
    rate: Amount


class Tier(Section):
    """The rate while the value traded before a fill is at most `up_to`; the last tier has no end."""

    added = ("up_to",)
    up_to: float | None = Field(default=None, gt=0, description="a traded value > 0, in account currency")
    rate: Rate


class TieredCommission(Section):
    """A fraction of the traded value that depends on the value traded before."""

    type: Literal["tiered"]
    tiers: Annotated[tuple[Tier, ...], BeforeValidator(as_tuple)] = Field(
        description=f"a list of 1 to {MAX_TIERS} tiers {{up_to, rate}}"
    )

    @field_validator("tiers")
    @classmethod
    def _rising(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        if not 1 <= len(tiers) <= MAX_TIERS:
            raise refusal(f"expected 1 to {MAX_TIERS} tiers, not {len(tiers)}")
        ends = [tier.up_to for tier in tiers]
        bounds = [end for end in ends[:-1] if end is not None]
        if ends[-1] is not None or len(bounds) < len(ends) - 1:
            raise refusal("expected up_to in every tier but the last")
        if any(later <= earlier for earlier, later in zip(bounds, bounds[1:], strict=False)):
            raise refusal("expected up_to to rise from tier to tier")
        return tiers


class MakerTakerCommission(Section):
    """A fraction of the traded value that depends on whether the order makes or takes liquidity.

    A negative fraction is a rebate: the exchange pays it.
    """

    type: Literal["maker_taker"]
    maker: RateOrRebate
    taker: RateOrRebate


class _Slippage(Section):
    #: Whether it takes more than the base price: the volume of the bar, or a random number.
    needs_order_engine: ClassVar[bool] = False


class NoSlippage(_Slippage):
    """Fills happen at the base price."""

    type: Literal["none"] = "none"


class PercentSlippage(_Slippage):
    """Fills are worse than the base price by a fraction of it."""

    type: Literal["percent"]
    rate: Rate


class FixedSlippage(_Slippage):
    """Fills are worse than the base price by an amount per unit."""

    type: Literal["fixed"]
    amount: Amount


class SpreadSlippage(_Slippage):
    """Fills are worse than the base price by half a spread, a fraction of the price."""

    type: Literal["spread"]
    spread: Rate


class VolumeImpactSlippage(_Slippage):
    """Fills are worse by coefficient * (quantity / volume of the bar) ^ exponent, a fraction of the price."""

    needs_order_engine = True
    type: Literal["volume_impact"]
    coefficient: float = Field(ge=0, description="a number >= 0: the fraction of the price that the whole volume costs")
    exponent: float = Field(default=0.5, gt=0, description="a number > 0")


class RandomSlippage(_Slippage):
    """Fills are worse by a fraction of the price that is uniform in [0, rate)."""

    needs_order_engine = True
    type: Literal["random"]
    rate: Rate


Commission = (
    NoCommission | PercentCommission | FixedCommission | PerShareCommission | TieredCommission | MakerTakerCommission
)
Slippage = NoSlippage | PercentSlippage | FixedSlippage | SpreadSlippage | VolumeImpactSlippage | RandomSlippage
