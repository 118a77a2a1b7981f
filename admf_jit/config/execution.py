"""The `execution` block: how orders fill, and how containers are run."""

import os
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from admf_jit.config.section import Section, as_tuple, refusal
from admf_jit.errors import closest

MAX_EVENT_CAPACITY = 65536
MAX_ORDER_CAPACITY = 4096

#: Keys that say how a phase is run; they change no result.
PHASES = ("optimization_phase", "validation_phase", "live_trading_phase")
#: Engines whose rules of filling can be taken over as a whole.
VECTORBT = "vectorbt"
BACKTESTING_PY = "backtesting.py"
PRESETS = (VECTORBT, BACKTESTING_PY)
#: Keys that one preset alone has.
_OWN_KEYS = {"stop_exit_price": VECTORBT, "stop_entry_price": VECTORBT, "exclusive_orders": BACKTESTING_PY}


def _available(value: object) -> object:
    if value == "process" and not hasattr(os, "fork"):
        raise refusal("needs a system with fork, which this one has not; expected auto, full or minimal")
    return value


class OptimizationPhaseConfig(Section):
    """How the containers of a sweep are run; nothing here changes the result of a container that comes to its end.

    `minimal`: containers share indicators and answers; `full`: those of a batch run one after the other in one process,
    each with its own bus and indicator state; `process`: each in a process of its own, with hard limits; `auto`:
    `minimal` where the strategy and the settings allow it, and `full` otherwise.
    """

    containers: int | None = Field(default=None, ge=1, description="a whole number >= 1: containers in flight at most")
    isolation: Annotated[Literal["auto", "full", "minimal", "process"], BeforeValidator(_available)] = "auto"
    shared_services: Annotated[tuple[Literal["market_data", "indicators"], ...], BeforeValidator(as_tuple)] | None = (
        None
    )

    @model_validator(mode="after")
    def _services_of_an_isolation(self) -> Self:
        services = self.shared_services
        if services is None:
            return self
        if "market_data" not in services:
            raise refusal("shared_services: market data is always shared; expected market_data among them")
        if self.isolation == "minimal" and "indicators" not in services:
            raise refusal("shared_services: isolation minimal shares indicators; expected indicators among them")
        if self.isolation in ("full", "process") and "indicators" in services:
            raise refusal(f"shared_services: isolation {self.isolation} shares no indicators; expected [market_data]")
        return self

    @property
    def may_share(self) -> bool:
        """Whether containers may share their indicators."""
        return self.isolation in ("auto", "minimal") and (
            self.shared_services is None or "indicators" in self.shared_services
        )


def _known_preset(value: object) -> object:
    if value is not None and value not in PRESETS:
        hint = closest(value, PRESETS) if isinstance(value, str) else ""
        raise refusal(f"expected null, {' or '.join(PRESETS)}" + (f"; did you mean {hint!r}?" if hint else ""))
    return value


class ExecutionConfig(Section):
    """When orders fill, how much of them, what happens at the end, and the room for events and orders."""

    added = (
        "intrabar",
        "max_volume_share",
        "order_capacity",
        "portfolio",
        "rebalance",
        "preset",
        "stop_exit_price",
        "stop_entry_price",
        "exclusive_orders",
        "validation_phase",
        "live_trading_phase",
    )
    fill: Literal["next_open", "same_close"] = "next_open"
    close_at_end: bool = Field(default=False, description="true or false")
    event_capacity: int = Field(default=64, description=f"a power of two from 1 to {MAX_EVENT_CAPACITY}")
    intrabar: Literal["stop_first", "target_first", "ohlc_path", "bounds"] = "stop_first"
    max_volume_share: float | None = Field(
        default=None, gt=0, le=1, description="null or a share v of a bar's volume, 0 < v <= 1"
    )
    order_capacity: int = Field(
        default=64,
        ge=1,
        le=MAX_ORDER_CAPACITY,
        description=f"a whole number from 1 to {MAX_ORDER_CAPACITY}: working orders at most",
    )
    portfolio: bool = Field(default=False, description="true or false: one container trades all symbols of the data")
    rebalance: Literal["bar", "session", "week", "month"] = "bar"
    preset: Annotated[str | None, BeforeValidator(_known_preset)] = None
    stop_exit_price: Literal["stoplimit", "stopmarket", "close", "price"] = "stoplimit"
    stop_entry_price: Literal["close", "price", "fillprice", "valprice"] = "close"
    exclusive_orders: bool = Field(default=False, description="true or false")
    optimization_phase: OptimizationPhaseConfig = OptimizationPhaseConfig()
    validation_phase: OptimizationPhaseConfig | None = None
    live_trading_phase: OptimizationPhaseConfig | None = None

    @field_validator("event_capacity")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if not 1 <= value <= MAX_EVENT_CAPACITY or value & (value - 1):
            raise refusal(f"expected a power of two from 1 to {MAX_EVENT_CAPACITY} (pending events of the bus)")
        return value

    @model_validator(mode="after")
    def _keys_of_a_preset(self) -> Self:
        for key, preset in _OWN_KEYS.items():
            if self.preset != preset and getattr(self, key) != type(self).model_fields[key].default:
                raise refusal(f"{key} is a setting of preset {preset} alone; expected preset: {preset}")
        return self
