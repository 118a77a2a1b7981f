"""The targets by name."""

from importlib import import_module
from types import ModuleType

NAMES = ("config", "yaml_reader", "constraint", "csv_bars", "parquet_bars", "json_bars", "store", "run")


def target(name: str) -> ModuleType:
    """Return the module of a target."""
    return import_module(f"tests.fuzz.parsers.{name}")
