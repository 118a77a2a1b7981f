"""What a user asks for, end to end: run a grid, run one backtest, replay, verify, validate."""

from admf_jit.results import BacktestResult
from admf_jit.workflow.grid_run import GridRun, run_grid
from admf_jit.workflow.planning import RunPlan, SweepPlan, plan, plan_run
from admf_jit.workflow.replay import replay, run_single
from admf_jit.workflow.validation import validate
from admf_jit.workflow.verify import VerifyReport, verify
from admf_jit.workflow.warm import warm, warm_engines

__all__ = [
    "BacktestResult",
    "GridRun",
    "RunPlan",
    "SweepPlan",
    "VerifyReport",
    "plan",
    "plan_run",
    "replay",
    "run_grid",
    "run_single",
    "validate",
    "verify",
    "warm",
    "warm_engines",
]
