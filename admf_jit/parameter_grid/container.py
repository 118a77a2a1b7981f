"""What one container of a grid is to run."""

import math
from dataclasses import dataclass

from admf_jit.choices import Choice
from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig

#: The symbol of a container that trades every symbol of its data.
ALL_SYMBOLS = "*"


def as_number(value: bool | int | float | str | None) -> float:
    """Return a parameter as it stands in a row of them: None, which some may be, is a NaN, and a choice its place."""
    if isinstance(value, Choice):
        return float(value.code)
    return math.nan if value is None else float(value)


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container, fully resolved: everything a worker needs besides the strategy's code and the data.

    `index` is its place in the grid, `container_id` (16 hex digits) names the work itself in any grid,
    `swept` holds the swept names as written in the configuration, `parameters` every parameter of the
    strategy.
    """

    index: int
    container_id: str
    seed: int
    symbol: str
    swept: dict[str, bool | int | float | str]
    parameters: dict[str, bool | int | float]
    account: AccountConfig
    execution: ExecutionConfig
    exits: ExitsConfig
    risk: RiskConfig
