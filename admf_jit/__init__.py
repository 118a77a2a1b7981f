"""Backtesting at machine speed for people who sweep parameters.

``import admf_jit as aj``; declare a strategy with ``@aj.strategy`` and ``admf_jit.ta``, load bars with ``aj.load``,
run one backtest with ``aj.backtest`` or thousands with ``aj.grid``.
"""

import importlib as _importlib
import typing as _typing

from admf_jit.errors import (
    AdmfError,
    BacktestError,
    ConfigError,
    DataError,
    ResultsError,
    StatisticsError,
    StrategyError,
    WorkerError,
)

if _typing.TYPE_CHECKING:
    from admf_jit import statistics, ta
    from admf_jit.api import (
        GridResult,
        WalkForwardResult,
        WorkflowResult,
        backtest,
        calculate_system_capacity,
        check,
        diff,
        from_orders,
        from_signals,
        grid,
        load,
        open_run,
        plan,
        run_optimization,
        run_workflow,
        walk_forward,
    )
    from admf_jit.data import MarketData
    from admf_jit.results import BacktestResult
    from admf_jit.strategies.arguments import Bar, Market, Orders, Position
    from admf_jit.strategies.comparison import above, below, near
    from admf_jit.strategies.custom_indicators import indicator
    from admf_jit.strategies.declaration import parameter, strategy
    from admf_jit.strategies.expressions import maximum, minimum
    from admf_jit.strategies.own_columns import column
    from admf_jit.strategies.prices import close, high, low, open, volume
    from admf_jit.strategies.rules import rules
    from admf_jit.strategies.signals import signals
    from admf_jit.strategies.state_window import window
    from admf_jit.strategies.vector_indicators import vector_indicator
    from admf_kernels.constants import DAY, FLAT, FOK, GTC, GTD, IOC, KEEP, LONG, SHORT, Exit

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
    "BacktestResult",
    "Bar",
    "ConfigError",
    "DataError",
    "Exit",
    "GridResult",
    "Market",
    "MarketData",
    "Orders",
    "Position",
    "ResultsError",
    "StatisticsError",
    "StrategyError",
    "WalkForwardResult",
    "WorkerError",
    "WorkflowResult",
    "above",
    "backtest",
    "below",
    "calculate_system_capacity",
    "check",
    "diff",
    "close",
    "column",
    "from_orders",
    "from_signals",
    "grid",
    "high",
    "indicator",
    "load",
    "low",
    "maximum",
    "minimum",
    "near",
    "open",
    "open_run",
    "parameter",
    "plan",
    "rules",
    "run_optimization",
    "run_workflow",
    "signals",
    "statistics",
    "strategy",
    "ta",
    "vector_indicator",
    "volume",
    "walk_forward",
    "window",
]

#: Loaded when first used: they bring NumPy, Numba and pandas with them, and the command line should not wait for those.
_MODULES = {
    "admf_jit": ("statistics", "ta"),
    "admf_jit.api": (
        "GridResult",
        "WalkForwardResult",
        "WorkflowResult",
        "backtest",
        "calculate_system_capacity",
        "check",
        "diff",
        "from_orders",
        "from_signals",
        "grid",
        "load",
        "open_run",
        "plan",
        "run_optimization",
        "run_workflow",
        "walk_forward",
    ),
    "admf_jit.data": ("MarketData",),
    "admf_jit.results": ("BacktestResult",),
    "admf_jit.strategies.arguments": ("Bar", "Market", "Orders", "Position"),
    "admf_jit.strategies.comparison": ("above", "below", "near"),
    "admf_jit.strategies.custom_indicators": ("indicator",),
    "admf_jit.strategies.declaration": ("parameter", "strategy"),
    "admf_jit.strategies.expressions": ("maximum", "minimum"),
    "admf_jit.strategies.own_columns": ("column",),
    "admf_jit.strategies.prices": ("close", "high", "low", "open", "volume"),
    "admf_jit.strategies.rules": ("rules",),
    "admf_jit.strategies.signals": ("signals",),
    "admf_jit.strategies.state_window": ("window",),
    "admf_jit.strategies.vector_indicators": ("vector_indicator",),
    "admf_kernels.constants": ("DAY", "FLAT", "FOK", "GTC", "GTD", "IOC", "KEEP", "LONG", "SHORT", "Exit"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> _typing.Any:
    if name not in _MODULE_OF:
        raise AttributeError(_unknown(name))
    module = _MODULE_OF[name]
    if module == __name__:
        value: _typing.Any = _importlib.import_module(f"{module}.{name}")
    else:
        value = globals()[name] = getattr(_importlib.import_module(module), name)
    return value


def __dir__() -> list[str]:
    own = [name for name in globals() if name.startswith("__") and name not in ("__getattr__", "__dir__")]
    return sorted({*__all__, *own})


def _unknown(name: str) -> str:
    from admf_jit.errors import closest

    hint = "" if name.startswith("_") else closest(name, __all__)
    return f"module 'admf_jit' has no attribute {name!r}" + (f"; did you mean {hint!r}?" if hint else "")
