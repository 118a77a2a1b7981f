"""A workflow for people: its phases, what each has handed to the next, and the rows of the last sweep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from admf_jit.errors import printable
from admf_jit.wording import command_line, counted

_SHOWN = 10


def print_workflow(directory: Path, manifest: Mapping[str, Any], *, top: int) -> None:
    """Print a line for each phase, the report of the last sweep, and how to go live."""
    from admf_jit.cli.report import print_report
    from admf_jit.results import RunDirectory

    phases: dict[str, Mapping[str, Any]] = manifest["phases"]
    last = next((name for name in reversed(phases) if "counts" in phases[name]), None)
    for name, said in phases.items():
        print(printable(_line(name, said)))
        for text in said.get("warnings", ()):
            print(printable(f"  warning: {text}"))
        for number, one in enumerate(said.get("selected", [])[: min(top, _SHOWN)]):
            print(printable(f"  {number + 1}. {_combination(one)}"))
        more = len(said.get("selected", [])) - min(top, _SHOWN)
        if more > 0:
            print(f"  and {more:,} more, see workflow.json")
    if last is not None:
        run = RunDirectory.open(directory / last)
        print(f"\n{last}:")
        print_report(run.path, run.stored(), run.manifest, top=top, as_json=False)
    print(f"workflow directory: {directory}, correlation id {manifest['correlation_id']}")
    for name, said in phases.items():
        if "config" in said:
            words = (directory / name / str(said["config"]), "--feed", "-", "--out", directory / name / "session")
            print(f"go live: {command_line('live', *words)}")


def _line(name: str, said: Mapping[str, Any]) -> str:
    if "counts" in said:
        counts = ", ".join(f"{count:,} {status}" for status, count in said["counts"].items())
        chosen = counted(len(said["selected"]), "combination")
        after = f" of {' and '.join(said['depends_on'])}" if said["depends_on"] else ""
        return f"{name}: containers{after}: {counts}; isolation {said['isolation']['used']}; {chosen} selected"
    row = said["chosen_by"]
    return (
        f"{name}: container {row['container_id']} (row {row['index']} of {row['phase']}), "
        f"shared services {', '.join(said['services'])}"
    )


def _combination(one: Mapping[str, Any]) -> str:
    from admf_jit.results.table import format_value

    values = ", ".join(f"{name} {format_value(value)}" for name, value in one["parameters"].items())
    named = f"{one['strategy']}: " if "strategy" in one else ""
    return f"{one['container_id']}  {one['value']:.4g}  {named}{values}"
