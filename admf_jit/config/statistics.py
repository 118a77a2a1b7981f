"""The `statistics` block: what is noted of every container beside its row."""

from pydantic import Field

from admf_jit.config.section import Section


class StatisticsConfig(Section):
    """Sums by period, from which a sweep is judged without being run again: ``docs/periods.md``."""

    periods: int = Field(
        default=16, ge=0, le=1000, description="a whole number from 0 to 1,000: blocks of bars of the same length"
    )
    months: bool = Field(default=True, description="true or false: whether calendar months are noted too")
