"""The `account` block: starting cash, sizing, margin and the cost of trading."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, field_validator, model_validator

from admf_jit.config.contract import ContractConfig
from admf_jit.config.costs import Commission, NoCommission, NoSlippage, Slippage
from admf_jit.config.section import MAX_COUNT, Section, refusal
from admf_jit.config.sizing import FractionSizing, Sizing, WeightSizing
from admf_kernels.settings import REGULATION_T


class ShortConfig(Section):
    """What equity has to cover of the value of shorts: section 14. Regulation T asks for 0.5 when one is opened."""

    initial: float = Field(
        default=REGULATION_T, gt=0, le=10, description="a share > 0 of the value of shorts: 0.5 is Regulation T's"
    )
    maintenance: float = Field(
        default=0.0, ge=0, lt=10, description="a share of the value of shorts with 0 <= share <= initial"
    )

    @model_validator(mode="after")
    def _room_to_open(self) -> Self:
        if self.maintenance > self.initial:
            raise refusal(f"maintenance {self.maintenance} is above initial {self.initial}; expected at most initial")
        return self


class MarginConfig(Section):
    """How much may be held for each unit of equity, and the share of it that has to stay: section 14.

    Without leverage it is a cash account, of which only ``short`` can be stated.
    """

    added = ("short",)
    opened_by = ("leverage",)
    leverage: float | None = Field(
        default=None, ge=1, description="a number >= 1: gross exposure for each unit of equity, at most"
    )
    maintenance: float = Field(default=0.0, ge=0, lt=1, description="a fraction m with 0 <= m < 1 / leverage")
    short: ShortConfig | None = Field(default=None, description="null or a mapping with initial and maintenance")

    @model_validator(mode="after")
    def _room_to_open(self) -> Self:
        if self.leverage is None:
            if self.short is None:
                raise refusal("leverage: missing; expected a number >= 1, or short for a cash account")
            if self.maintenance > 0:
                raise refusal("maintenance without leverage; expected leverage, or short.maintenance")
            return self
        if self.maintenance * self.leverage >= 1:
            raise refusal(
                f"maintenance {self.maintenance} with leverage {self.leverage}; expected maintenance < 1 / leverage"
            )
        return self


_COLUMN = "the name of a column of the data"
_COSTS = "a fraction of the traded value (0.001 is 0.1 %), or a mapping with a type"


#: Keys of an account that name a column of the data whose values act on positions.
COLUMNS = ("funding", "dividends", "splits")


class AccountConfig(Section):
    """Cash, size of a position, margin, and the cost of trading of one container."""

    added = ("tick_size", "sizing", "pyramiding", "margin", "interest_rate", "borrow_rate", "contract", *COLUMNS)
    cash: float = Field(default=100_000.0, gt=0, description="a number > 0, in account currency")
    position_size: float = Field(
        default=1.0, gt=0, le=100, description="the fraction f of equity put into a position, 0 < f <= 1, or leverage"
    )
    lot_size: float = Field(default=0.0, ge=0, description="a number >= 0; 0 trades fractions")
    tick_size: float = Field(default=0.0, ge=0, description="a number >= 0; 0 leaves prices as they are")
    commission: Commission = Field(default=NoCommission(), discriminator="type", description=_COSTS)
    slippage: Slippage = Field(default=NoSlippage(), discriminator="type", description=_COSTS)
    sizing: Sizing | None = Field(default=None, discriminator="type", description="null or a mapping with a type")
    pyramiding: int = Field(default=1, ge=1, le=MAX_COUNT, description="a whole number >= 1: entries of a position")
    margin: MarginConfig | None = Field(default=None, description="null or a mapping with leverage")
    interest_rate: float = Field(default=0.0, ge=0, description="a fraction >= 0 of negative cash, a year")
    borrow_rate: float = Field(default=0.0, ge=0, description="a fraction >= 0 of the value of shorts, a year")
    contract: ContractConfig | None = Field(default=None, description="null or a mapping with multiplier or tick_value")
    funding: str | None = Field(default=None, min_length=1, description=f"null or {_COLUMN}: rates of funding")
    dividends: str | None = Field(default=None, min_length=1, description=f"null or {_COLUMN}: dividends of a share")
    splits: str | None = Field(
        default=None, min_length=1, description=f"null or {_COLUMN}: new shares for each old one"
    )

    @field_validator("commission", "slippage", mode="before")
    @classmethod
    def _percent(cls, value: object) -> object:
        if isinstance(value, bool | str | list | tuple):
            raise refusal(f"expected {_COSTS}")
        if value is None:
            return {"type": "none"}
        return {"type": "percent", "rate": value} if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _keys_that_go_together(self) -> Self:
        size = self.sizing.fraction if isinstance(self.sizing, FractionSizing) else self.position_size
        if size > 1 and (self.leverage is None or size > self.leverage):
            raise refusal(
                f"position_size is {size} with leverage {self.leverage or 1}; expected at most 1, or margin.leverage "
                "at least as large"
            )
        # Where sizing does not start from position_size, only the default may stand beside it.
        if self.position_size != 1 and self.sizing is not None and not self.sizing.uses_position_size:
            raise refusal(
                f"position_size is {self.position_size} and sizing of type {self.sizing.type} is given too; "
                "expected one of the two"
            )
        if isinstance(self.sizing, WeightSizing):
            if self.sizing.weight > 1 and self.leverage is None:
                raise refusal(f"sizing.weight is {self.sizing.weight} without margin; expected margin, or weight <= 1")
            if self.pyramiding > 1:
                raise refusal("pyramiding is above 1 with sizing of type weight, which rebalances; expected 1")
        if self.contract is not None and self.contract.tick_value is not None and self.tick_size == 0:
            raise refusal("contract.tick_value is given without tick_size; expected both, or contract.multiplier")
        if self.interest_rate > 0 and self.leverage is None:
            raise refusal("interest_rate is above 0 without margin, so that cash is never negative; expected margin")
        return self

    def multipliers(self, symbols: Sequence[str]) -> tuple[float, ...]:
        """What a price of 1 is worth for each unit of ``symbols``, which share an account: section 13."""
        return (1.0,) * len(symbols) if self.contract is None else self.contract.factors(symbols, self.tick_size)

    @property
    def leverage(self) -> float | None:
        """Gross exposure for each unit of equity, at most; None in a cash account."""
        return None if self.margin is None else self.margin.leverage
