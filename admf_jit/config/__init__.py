"""The YAML configuration as checked, immutable objects."""

from admf_jit.config.account import AccountConfig
from admf_jit.config.containers import ResourcesConfig, admission_limit
from admf_jit.config.execution import ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.load import load_config, load_run, load_workflow
from admf_jit.config.model import Config
from admf_jit.config.order_engine import why_order_engine
from admf_jit.config.presets import preset_refusal
from admf_jit.config.reading import ReadingOptions
from admf_jit.config.risk import RiskConfig
from admf_jit.config.run_config import RunConfig, SweepConfig
from admf_jit.config.workflow_config import Workflow, has_phases, refuse_phases

__all__ = [
    "AccountConfig",
    "Config",
    "ExecutionConfig",
    "ExitsConfig",
    "ReadingOptions",
    "ResourcesConfig",
    "RiskConfig",
    "RunConfig",
    "SweepConfig",
    "Workflow",
    "admission_limit",
    "has_phases",
    "load_config",
    "load_run",
    "load_workflow",
    "preset_refusal",
    "refuse_phases",
    "why_order_engine",
]
