"""One container's result with its history: metrics, trades, equity and events as pandas objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.results.row import result_hash, status_of
from admf_kernels.constants import EventKind, Reason

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.data import MarketData

_TRADE_COLUMNS = (
    "symbol",
    "direction",
    "quantity",
    "entry_bar",
    "exit_bar",
    "entry_time",
    "exit_time",
    "entry_price",
    "exit_price",
    "profit",
    "return",
    "commission",
    "holding",
)


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What one container did. ``metrics`` are the contract's, NaN when ``error`` says why there are none.

    ``records`` holds the raw events, one record each (``admf_kernels.constants.EVENT_DTYPE``).
    """

    metrics: dict[str, float]
    error: str | None
    container_id: str
    seed: int
    parameters: Mapping[str, Any]
    data: MarketData = field(repr=False)
    records: np.ndarray = field(repr=False)

    @property
    def status(self) -> str:
        """Whether the container came to its end: "ok" or "failed"."""
        return status_of(self.error)

    @property
    def result_hash(self) -> str:
        """The hash that the container's row has in a run's results."""
        return result_hash(self.container_id, self.status, self.metrics)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every event, a row each: sequence, cause (-1: none), kind, bar, time, symbol, reason, order, payload."""
        import pandas as pd

        records = self.records
        kinds = np.array([kind.name for kind in EventKind])
        reasons = np.array([reason.name.lower() if reason else "" for reason in Reason])
        frame: dict[str, Any] = {
            "sequence": records["sequence"],
            "cause": records["cause"],
            "kind": kinds[records["kind"]],
            "bar": records["bar"].astype(np.int64),
            "time": self._times(records["bar"]),
            "symbol": np.array(self.data.symbols)[records["symbol"]],
            "reason": reasons[records["reason"]],
            "order": records["order"].astype(np.int64),
        }
        frame |= {name: records[name].copy() for name in ("price", "quantity", "value", "fee")}
        return pd.DataFrame(frame)

    @cached_property
    def equity(self) -> pd.Series[float]:
        """Equity at the close of every bar, by the bar's opening time."""
        import pandas as pd

        updates = self.records[self.records["kind"] == EventKind.PORTFOLIO_UPDATE]
        return pd.Series(updates["value"].copy(), index=self._times(updates["bar"]), name="equity")

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Every closed trade, a row each.

        direction 1 or -1, quantity positive, prices those of the opening and the closing fill, profit and commission
        in account currency, return = profit / entry value, holding in bars. Under preset backtesting.py, which has
        several trades at a time, each closed part of a trade is a row.
        """
        import pandas as pd

        rows = list(self._closed_trades())
        frame = pd.DataFrame(rows, columns=list(_TRADE_COLUMNS))
        for name in ("entry_time", "exit_time"):
            frame[name] = self._times(frame[name.replace("time", "bar")].to_numpy(np.int64))
        return frame

    def _closed_trades(self) -> Any:
        relevant = (EventKind.FILL, EventKind.POSITION_OPEN, EventKind.POSITION_CLOSE)
        opened: np.void | None = None
        commission = 0.0
        # By the order that opened them: a POSITION_CLOSE with that order's own number is of preset backtesting.py.
        numbered: dict[int, np.void] = {}
        moved = set()
        records = self.records[np.isin(self.records["kind"], relevant)]
        for record in records[records["kind"] != EventKind.FILL]:
            moved.add(int(record["cause"]))
        for record in records:
            if record["kind"] == EventKind.FILL:
                if int(record["sequence"]) not in moved:
                    commission += float(record["fee"])
            elif record["kind"] == EventKind.POSITION_OPEN:
                opened, commission = record, float(record["fee"])
                numbered[int(record["order"])] = record
            elif int(record["order"]) in numbered:
                part = numbered[int(record["order"])]
                yield self._trade(part, record, -float(record["quantity"]), float(record["fee"]))
            elif opened is not None:
                numbered.clear()
                yield self._trade(opened, record, float(opened["quantity"]), commission + float(record["fee"]))

    def _trade(self, opened: np.void, closed: np.void, quantity: float, commission: float) -> dict[str, Any]:
        price = float(opened["price"])
        return {
            "symbol": self.data.symbols[int(closed["symbol"])],
            "direction": 1 if quantity > 0 else -1,
            "quantity": abs(quantity),
            "entry_bar": int(opened["bar"]),
            "exit_bar": int(closed["bar"]),
            "entry_price": price,
            "exit_price": float(closed["price"]),
            "profit": float(closed["value"]),
            "return": float(closed["value"]) / (abs(quantity) * price),
            "commission": commission,
            "holding": int(closed["bar"]) - int(opened["bar"]),
        }

    def _times(self, bars: Any) -> pd.DatetimeIndex:
        import pandas as pd

        moments = self.data.time[np.asarray(bars, np.int64)].astype("datetime64[ns]")
        return pd.DatetimeIndex(moments, tz="UTC", name="time")
