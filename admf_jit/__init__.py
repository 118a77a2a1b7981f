"""Backtesting at machine speed for people who sweep parameters.

``import admf_jit as aj``; declare a strategy with ``@aj.strategy`` and ``admf_jit.ta``, load bars with ``aj.load``,
run one backtest with ``aj.backtest`` or thousands with ``aj.grid``.
"""

from typing import TYPE_CHECKING, Any

from admf_jit.errors import AdmfError, ConfigError, DataError, ResultsError, StrategyError, WorkerError
from admf_jit.strategies.declaration import parameter, strategy
from admf_jit.strategies.signals import signals
from admf_kernels.constants import DAY, FLAT, FOK, GTC, GTD, IOC, KEEP, LONG, SHORT

if TYPE_CHECKING:
    from admf_jit.api import backtest, calculate_system_capacity, grid, load, plan, run_optimization

__version__ = "0.1.0"

__all__ = [
    "DAY",
    "FLAT",
    "FOK",
    "GTC",
    "GTD",
    "IOC",
    "KEEP",
    "LONG",
    "SHORT",
    "AdmfError",
    "ConfigError",
    "DataError",
    "ResultsError",
    "StrategyError",
    "WorkerError",
    "backtest",
    "calculate_system_capacity",
    "grid",
    "load",
    "parameter",
    "plan",
    "run_optimization",
    "signals",
    "strategy",
]

#: Loaded when first used: they bring Numba and pandas with them, and `--help` should not wait for those.
_LAZY = ("backtest", "calculate_system_capacity", "grid", "load", "plan", "run_optimization")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from admf_jit import api

        return getattr(api, name)
    raise AttributeError(f"module 'admf_jit' has no attribute {name!r}")
