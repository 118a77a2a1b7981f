"""The `statistics` block: what is noted of every container beside its row, and what the best row is held against."""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from admf_jit.config.section import Section, refusal

NullMethod = Literal["blocks", "signs", "shifts"]
#: How surrogate markets are made: docs/statistics.md.
NULL_METHODS: tuple[str, ...] = get_args(NullMethod)


class StatisticsConfig(Section):
    """Sums by period, from which a sweep is judged without being run again, and sweeps over surrogate markets."""

    added = ("border", "null_markets", "null_method", "null_seed")
    periods: int = Field(
        default=16, ge=0, le=1000, description="a whole number from 0 to 1,000: blocks of bars of the same length"
    )
    months: bool = Field(default=True, description="true or false: whether calendar months are noted too")
    border: Literal["carried", "flat"] = Field(
        default="carried",
        description="carried or flat: what becomes of a position where a period ends and the next begins",
    )
    # Not `null`: that is no text in YAML.
    null_markets: int = Field(
        default=0, ge=0, le=1_000_000, description="a whole number: surrogate markets that the same grid is run on"
    )
    null_method: NullMethod = Field(
        default="blocks", description="blocks, signs or shifts: how surrogate markets are made"
    )
    null_seed: int = Field(default=0, ge=0, lt=2**63, description="a whole number >= 0: seed of surrogate markets")

    @model_validator(mode="after")
    def _is_flat_at_borders_of_one_kind(self) -> Self:
        if self.border == "flat" and bool(self.periods) == self.months:
            raise refusal(
                "border is flat: each period is run by itself, and blocks and months have other borders; expected "
                "months: false, or periods: 0 with months: true"
            )
        return self
