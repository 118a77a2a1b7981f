"""The `risk` block: limits on orders and on losses: section 15 of the trading model."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from admf_jit.config.section import MAX_COUNT, Section, refusal

Exposure = Annotated[float | None, Field(gt=0, description="null or a share of equity > 0 (2 is 200 %)")]
Loss = Annotated[float | None, Field(gt=0, lt=1, description="null or a fraction x of equity, 0 < x < 1")]


class RiskConfig(Section):
    """Limits of one container; null does without."""

    max_position: Exposure = None
    max_gross_exposure: Exposure = None
    max_net_exposure: Exposure = None
    max_orders_per_day: int | None = Field(default=None, ge=1, le=MAX_COUNT, description="null or a whole number >= 1")
    max_daily_loss: Loss = None
    max_drawdown: Loss = None
    on_breach: Literal["halt", "flatten"] = "halt"

    @model_validator(mode="after")
    def _something_to_breach(self) -> Self:
        if self.on_breach == "flatten" and self.max_daily_loss is None and self.max_drawdown is None:
            raise refusal("on_breach is flatten without a limit on losses; expected max_daily_loss or max_drawdown")
        return self
