"""Error messages of failed containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_kernels.constants import Outcome
from admf_kernels.settings import CODES

if TYPE_CHECKING:
    from admf_jit.data import MarketData
    from admf_jit.strategies.compiled import StrategyModule

RAISED = "the strategy raised an exception"
MESSAGES = {
    Outcome.UNKNOWN_DIRECTION: "on_bar returned something else than aj.LONG, aj.FLAT, aj.SHORT or aj.KEEP",
    Outcome.BUS_OVERFLOW: "event bus overflow: more events waited than execution.event_capacity allows",
    Outcome.ORDER_BOOK_OVERFLOW: (
        "order book overflow: more orders worked (or, under preset backtesting.py, trades were open) than "
        "execution.order_capacity allows"
    ),
    Outcome.SHORT_WITHOUT_SIZE: (
        "on_bar returned aj.SHORT, and preset vectorbt does not short all that cash pays for: "
        "set account.sizing of type quantity"
    ),
    Outcome.EQUITY_EXHAUSTED: "equity is used up: a short position lost more than the account held",
    Outcome.NOT_FINITE: "equity is not a finite number",
}


def said_by(module: StrategyModule, problem: BaseException) -> str:
    """The message of an exception that a strategy raised; lack of memory has a status of its own."""
    message = module.explain(problem)
    return explained(MEMORY_LIMIT, message) if isinstance(problem, MemoryError) else message


def failure(kind: Outcome, message: str, data: MarketData, bar: int, settings: np.record) -> str:
    """Why a container failed, and where: what is wrong with its settings is at no bar."""
    if kind is not Outcome.UNKNOWN_CODE:
        return with_bar(message, data, bar)
    setting, codes = tuple(CODES.items())[bar]
    known = ", ".join(f"{code.value} ({code.name.lower()})" for code in codes)
    return f"setting {setting} has the unknown code {settings[setting]}; expected {known}"


def with_bar(message: str, data: MarketData, bar: int) -> str:
    """``message`` with the bar at which it came to it, and that bar's time."""
    moment = np.datetime64(int(data.time[min(bar, data.n_bars - 1)]), "ns").astype("datetime64[s]")
    return f"{message} (bar {bar}, {moment}Z)"
