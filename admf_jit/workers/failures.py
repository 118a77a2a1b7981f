"""Why a container failed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from admf_kernels.constants import Outcome

if TYPE_CHECKING:
    from admf_jit.data import MarketData

RAISED = "the strategy raised an exception"
MESSAGES = {
    Outcome.UNKNOWN_DIRECTION: "on_bar answered with something else than aj.LONG, aj.FLAT, aj.SHORT or aj.KEEP",
    Outcome.BUS_OVERFLOW: "event bus overflow: more events waited than execution.event_capacity allows",
    Outcome.ORDER_BOOK_OVERFLOW: (
        "order book overflow: more orders worked (or, under preset backtesting.py, trades were open) than "
        "execution.order_capacity allows"
    ),
    Outcome.SHORT_WITHOUT_SIZE: (
        "on_bar answered with aj.SHORT, and preset vectorbt does not short all that cash pays for: "
        "set account.sizing of type quantity"
    ),
    Outcome.EQUITY_EXHAUSTED: "equity is used up: a short position lost more than the account held",
    Outcome.NOT_FINITE: "equity is not a finite number",
}


def with_bar(message: str, data: MarketData, bar: int) -> str:
    """``message`` with the bar at which it came to it, and that bar's time."""
    moment = np.datetime64(int(data.time[min(bar, data.n_bars - 1)]), "ns").astype("datetime64[s]")
    return f"{message} (bar {bar}, {moment}Z)"
