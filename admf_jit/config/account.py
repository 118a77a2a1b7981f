"""The `account` block: starting cash, sizing, margin and the cost of trading."""

from typing import Self

from pydantic import Field, model_validator

from admf_jit.config.costs import Commission, NoCommission, NoSlippage, Slippage
from admf_jit.config.section import MAX_COUNT, Section, refusal
from admf_jit.config.sizing import KellySizing, Sizing, WeightSizing


class MarginConfig(Section):
    """How much may be held for each unit of equity, and the share of it that has to stay: section 14."""

    leverage: float = Field(ge=1, description="a number >= 1: gross exposure for each unit of equity, at most")
    maintenance: float = Field(default=0.0, ge=0, lt=1, description="a fraction m with 0 <= m < 1 / leverage")

    @model_validator(mode="after")
    def _room_to_open(self) -> Self:
        if self.maintenance * self.leverage >= 1:
            raise refusal(
                f"maintenance {self.maintenance} with leverage {self.leverage}; expected maintenance < 1 / leverage"
            )
        return self


class AccountConfig(Section):
    """Cash, size of a position, margin, and the cost of trading of one container."""

    added = ("tick_size", "sizing", "pyramiding", "margin", "interest_rate", "borrow_rate")
    cash: float = Field(default=100_000.0, gt=0, description="a number > 0, in account currency")
    position_size: float = Field(
        default=1.0, gt=0, le=1, description="the fraction f of equity put into a position, 0 < f <= 1"
    )
    lot_size: float = Field(default=0.0, ge=0, description="a number >= 0; 0 trades fractions")
    tick_size: float = Field(default=0.0, ge=0, description="a number >= 0; 0 leaves prices as they are")
    commission: Commission = Field(default=NoCommission(), discriminator="type", description="a mapping with a type")
    slippage: Slippage = Field(default=NoSlippage(), discriminator="type", description="a mapping with a type")
    sizing: Sizing | None = Field(default=None, discriminator="type", description="null or a mapping with a type")
    pyramiding: int = Field(default=1, ge=1, le=MAX_COUNT, description="a whole number >= 1: entries of a position")
    margin: MarginConfig | None = Field(default=None, description="null or a mapping with leverage")
    interest_rate: float = Field(default=0.0, ge=0, description="a fraction >= 0 of negative cash, a year")
    borrow_rate: float = Field(default=0.0, ge=0, description="a fraction >= 0 of the value of shorts, a year")

    @model_validator(mode="after")
    def _keys_that_go_together(self) -> Self:
        # Kelly's share starts from position_size. Elsewhere only the default may stand beside sizing.
        if self.position_size != 1 and not isinstance(self.sizing, KellySizing | None):
            raise refusal(
                f"position_size is {self.position_size} and sizing of type {self.sizing.type} is given too; "
                "expected one of the two"
            )
        if isinstance(self.sizing, WeightSizing):
            if self.sizing.weight > 1 and self.margin is None:
                raise refusal(f"sizing.weight is {self.sizing.weight} without margin; expected margin, or weight <= 1")
            if self.pyramiding > 1:
                raise refusal("pyramiding is above 1 with sizing of type weight, which rebalances; expected 1")
        if self.interest_rate > 0 and self.margin is None:
            raise refusal("interest_rate is above 0 without margin, so that cash is never negative; expected margin")
        return self
