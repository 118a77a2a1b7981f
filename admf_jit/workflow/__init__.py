"""What a user asks for, end to end: run a grid, run one backtest, replay, verify, validate."""

from admf_jit.results import BacktestResult
from admf_jit.workflow.grid_run import GridRun, run_grid
from admf_jit.workflow.planning import RunPlan, SweepPlan, plan, plan_run, plan_workflow
from admf_jit.workflow.replay import replay, run_single
from admf_jit.workflow.validation import validate, validate_workflow
from admf_jit.workflow.verify import VerifyReport, verify
from admf_jit.workflow.warm import warm, warm_engines
from admf_jit.workflow.workflow_run import WorkflowRun, run_workflow

__all__ = [
    "BacktestResult",
    "GridRun",
    "RunPlan",
    "SweepPlan",
    "VerifyReport",
    "WorkflowRun",
    "plan",
    "plan_run",
    "plan_workflow",
    "replay",
    "run_grid",
    "run_single",
    "run_workflow",
    "validate",
    "validate_workflow",
    "verify",
    "warm",
    "warm_engines",
]
