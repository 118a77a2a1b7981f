"""Backtesting at machine speed for people who sweep parameters.

``import admf_jit as aj``; declare a strategy with ``@aj.strategy`` and ``admf_jit.ta``, load bars with ``aj.load``,
run one backtest with ``aj.backtest`` or thousands with ``aj.grid``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from admf_jit.errors import AdmfError, BacktestError, ConfigError, DataError, ResultsError, StrategyError, WorkerError

if TYPE_CHECKING:
    from admf_jit import ta
    from admf_jit.api import backtest, calculate_system_capacity, grid, load, open_run, plan, run_optimization
    from admf_jit.strategies.comparison import above, below, near
    from admf_jit.strategies.declaration import parameter, strategy
    from admf_jit.strategies.signals import signals
    from admf_kernels.constants import DAY, FLAT, FOK, GTC, GTD, IOC, KEEP, LONG, SHORT

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
    "BacktestError",
    "ConfigError",
    "DataError",
    "ResultsError",
    "StrategyError",
    "WorkerError",
    "above",
    "backtest",
    "below",
    "calculate_system_capacity",
    "grid",
    "load",
    "near",
    "open_run",
    "parameter",
    "plan",
    "run_optimization",
    "signals",
    "strategy",
    "ta",
]

#: Loaded when first used: they bring NumPy, Numba and pandas with them, and the command line should not wait for those.
_MODULES = {
    "admf_jit.api": ("backtest", "calculate_system_capacity", "grid", "load", "open_run", "plan", "run_optimization"),
    "admf_jit.strategies.comparison": ("above", "below", "near"),
    "admf_jit.strategies.declaration": ("parameter", "strategy"),
    "admf_jit.strategies.signals": ("signals",),
    "admf_kernels.constants": ("DAY", "FLAT", "FOK", "GTC", "GTD", "IOC", "KEEP", "LONG", "SHORT"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "ta":
        return import_module("admf_jit.ta")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'admf_jit' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value
