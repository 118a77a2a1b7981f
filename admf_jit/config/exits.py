"""The `exits` block: orders that guard every position, whatever the strategy says: section 10 of the trading model."""

import re
from typing import Literal

from pydantic import Field, field_validator

from admf_jit.config.section import MAX_COUNT, Section, refusal

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


class PercentTrailingStop(Section):
    """A stop that stays a fraction of the extreme away from it."""

    type: Literal["percent"]
    rate: float = Field(gt=0, lt=1, description="a fraction r with 0 < r < 1 (0.03 is 3 %)")


class AmountTrailingStop(Section):
    """A stop that stays an amount per unit away from the extreme."""

    type: Literal["amount"]
    amount: float = Field(gt=0, description="a number > 0, in account currency per unit")


class AtrTrailingStop(Section):
    """A stop that stays a multiple of the average true range away from the extreme."""

    type: Literal["atr"]
    multiple: float = Field(gt=0, description="a number > 0 of average true ranges")
    period: int = Field(default=14, ge=1, le=MAX_COUNT, description="a whole number of bars >= 1")


TrailingStop = PercentTrailingStop | AmountTrailingStop | AtrTrailingStop


class ExitsConfig(Section):
    """Stop, target, trailing stop and times at which positions are closed; null does without."""

    stop_loss: float | None = Field(default=None, gt=0, lt=1, description="null or a fraction r with 0 < r < 1")
    take_profit: float | None = Field(default=None, gt=0, description="null or a fraction > 0")
    trailing_stop: TrailingStop | None = Field(
        default=None, discriminator="type", description="null, a fraction r with 0 < r < 1, or a mapping with a type"
    )
    max_holding_bars: int | None = Field(
        default=None, ge=1, le=MAX_COUNT, description="null or a whole number of bars >= 1"
    )
    exit_at: str | None = Field(default=None, description='null or a local time of day such as "15:55"')

    @field_validator("trailing_stop", mode="before")
    @classmethod
    def _fraction(cls, value: object) -> object:
        if isinstance(value, bool | str | list):
            raise refusal("expected null, a fraction r with 0 < r < 1, or a mapping with a type")
        return {"type": "percent", "rate": value} if isinstance(value, int | float) else value

    @field_validator("exit_at")
    @classmethod
    def _time_of_day(cls, value: str | None) -> str | None:
        if value is not None and not _CLOCK.fullmatch(value):
            raise refusal('expected a local time of day from "00:00" to "23:59", such as "15:55" or "15:55:30"')
        return value

    @property
    def exit_seconds(self) -> int | None:
        """Seconds from local midnight to `exit_at`, or None."""
        match = _CLOCK.fullmatch(self.exit_at or "")
        if match is None:
            return None
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return 3600 * hours + 60 * minutes + seconds
