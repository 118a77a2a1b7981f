"""Settings of one container of the order engine, in the words of the configuration (docs/trading-model.md 9 to 15)."""

from dataclasses import dataclass, field
from typing import Any

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class OrderSettings:
    """Blocks `account`, `execution`, `exits` and `risk`; None, 0 or an empty block where nothing is set.

    `exits` may have stop_loss, take_profit, trailing_stop, max_holding_bars and exit_at; `risk` max_position,
    max_gross_exposure, max_net_exposure, max_orders_per_day, max_daily_loss, max_drawdown and on_breach.
    """

    cash: float = 100_000.0
    position_size: float = 1.0
    lot_size: float = 0.0
    tick_size: float = 0.0
    commission: dict[str, Any] | None = None
    slippage: dict[str, Any] | None = None
    sizing: dict[str, Any] | None = None
    pyramiding: int = 1
    margin: dict[str, float] | None = None
    interest_rate: float = 0.0
    borrow_rate: float = 0.0
    funding: str | None = None  # the name of a column, as the next two
    dividends: str | None = None
    splits: str | None = None
    fill: str = "next_open"
    close_at_end: bool = False
    intrabar: str = "stop_first"
    max_volume_share: float | None = None
    order_capacity: int = 64
    contract: dict[str, Any] | None = None  # of the engine's alone: the reference is told prices that are multiplied
    exits: dict[str, Any] = field(default_factory=dict)
    risk: dict[str, Any] = field(default_factory=dict)

    def trailing(self) -> tuple[str, float, int] | None:
        """Kind, distance and ATR period (0 where there is none) of the trailing stop of `exits`."""
        stop = self.exits.get("trailing_stop")
        if stop is None:
            return None
        if isinstance(stop, float):
            return "percent", stop, 0
        name = {"percent": "rate", "amount": "amount", "atr": "multiple"}[stop["type"]]
        return stop["type"], stop[name], stop.get("period", 14) if stop["type"] == "atr" else 0

    def atr_period(self) -> int:
        """Period of the ATR of a container: that of its trailing stop, 14 where `exits` has none of that kind."""
        trailing = self.trailing()
        return trailing[2] if trailing is not None and trailing[0] == "atr" else 14

    def exit_at(self) -> int | None:
        """Time of day of `exit_at` in nanoseconds since midnight."""
        text = self.exits.get("exit_at")
        if text is None:
            return None
        hours, minutes, seconds = (int(part) for part in (text + ":00").split(":")[:3])
        return (hours * 3600 + minutes * 60 + seconds) * NANOSECONDS
