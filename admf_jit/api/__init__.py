"""The Python interface: load bars, run one backtest, run a grid.

Every call is turned into the same checked configuration that a YAML file gives, so that both have the same rules,
the same errors and the same results.
"""

from admf_jit.api.checks import check
from admf_jit.api.differences import diff
from admf_jit.api.given import from_orders, from_signals
from admf_jit.api.grid_result import GridResult, open_run
from admf_jit.api.single import backtest
from admf_jit.api.sweeps import grid, plan, run_optimization
from admf_jit.api.walks import WalkForwardResult, walk_forward
from admf_jit.api.workflows import WorkflowResult, run_workflow
from admf_jit.data import load
from admf_jit.workflow.capacity import calculate_system_capacity

__all__ = [
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
]
