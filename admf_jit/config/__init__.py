"""The YAML configuration as checked, immutable objects."""

from admf_jit.config.account import AccountConfig
from admf_jit.config.containers import ResourcesConfig, admission_limit
from admf_jit.config.execution import ExecutionConfig
from admf_jit.config.load import load_config
from admf_jit.config.model import Config

__all__ = ["AccountConfig", "Config", "ExecutionConfig", "ResourcesConfig", "admission_limit", "load_config"]
