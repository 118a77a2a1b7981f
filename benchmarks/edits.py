"""Strategies whose text is new, as they are after an edit: `aj.backtest` of each, from the text to the result."""

from __future__ import annotations

import importlib.util
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import admf_jit as aj

_HEAD = """
import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Edited:
    fast_period: int = 10
    slow_period: int = 30
    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")
"""
_MARKET = """
    def on_bar(self, bar, position):
        return aj.LONG if self.fast > self.slow * {number} else aj.FLAT
"""
_BRACKET = """
    def on_bar(self, bar, position, orders):
        if position.quantity == 0.0 and self.fast > self.slow * {number}:
            orders.bracket(10.0, stop=bar.close * 0.98, target=bar.close * 1.04)
"""
_PORTFOLIO = """
    def target_weights(self, market, weights):
        for i in range(len(weights)):
            if market.ready[i] and self.fast[i] > self.slow[i] * {number}:
                weights[i] = 1.0 / len(weights)
            else:
                weights[i] = 0.0
"""
_NESTED = """
    strength = ta.sma(ta.rsi(14), 5)
    stretch = ta.zscore(aj.close / aj.open, 20)
    top = ta.highest(ta.bollinger(20).upper, 3)

    def on_bar(self, bar, position):
        if self.strength > self.strength[1] * {number} and self.stretch < 2.0 and bar.weekday < 4:
            return aj.LONG
        return aj.FLAT if bar.close[1] > self.top else aj.KEEP
"""
#: What is edited, its body and the settings of its backtest.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "market orders": (_MARKET, {}),
    "nested indicators, swept": (_NESTED, {"sweep": {"fast_period": [5, 10]}}),
    "exits": (_MARKET, {"exits": {"stop_loss": 0.02, "take_profit": 0.05}}),
    "own orders": (_BRACKET, {}),
    "weights of a portfolio": (_PORTFOLIO, {}),
    "orders of a portfolio": (_BRACKET, {"portfolio": True}),
}


def seconds_of_edits(kind: str, edits: int = 3) -> list[float]:
    """Processor seconds of backtests of strategies with new texts: the first in this process, and those after it."""
    body, settings = KINDS[kind]
    several = "portfolio" in kind
    data = aj.load("sample", symbols=["ALFA", "BETA"] if several else ["ALFA"], timeframe="1d")
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(edits):
            # A number that no session before this one has compiled.
            text = _HEAD + body.format(number=1.0 + time.time_ns() % 10**12 * 1e-18)
            path = Path(folder) / f"edited_{len(found)}.py"
            path.write_text(text, encoding="utf-8")
            began = _processor_seconds()
            strategy = _strategy_in(path)
            if "sweep" in settings:
                many = aj.grid(strategy, data, settings["sweep"], isolation="minimal")
                failed = many.frame["error"].notna().any()
            else:
                failed = aj.backtest(strategy, data, **settings).error is not None
            found.append(_processor_seconds() - began)
            assert not failed
    return found


def _strategy_in(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.Edited


def _processor_seconds() -> float:
    """Of this process and of those that it has forked and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
