"""Say what a sweep will take before it is run: containers, batches, memory, time and waves. Nothing is run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.cli.arguments import add_config, add_json, whole_number
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.workflow import RunPlan, SweepPlan

HELP = "say what a sweep will take, and what does not fit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    parser.add_argument("--n-jobs", metavar="N", type=whole_number, help="worker processes (default: one per core)")
    parser.add_argument(
        "--hosts",
        metavar="N",
        type=whole_number,
        nargs="+",
        default=[],
        help="predict the sweep on N hosts like this machine, each with as many batches at a time as --n-jobs says",
    )
    parser.add_argument(
        "--recorded", metavar="RUN_DIR", type=Path, help="a run like it, whose containers say how long one takes"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; status 1 where machines are asked for more than they hold."""
    from admf_jit.cli.output import print_json
    from admf_jit.config import has_phases, load_run, load_workflow

    config = load_run(arguments.config, arguments.set)

    from admf_jit import workflow

    said = {"n_jobs": arguments.n_jobs, "hosts": arguments.hosts, "recorded": arguments.recorded}
    phased = has_phases(config.common) is not None
    if phased:
        found = workflow.plan_workflow(load_workflow(arguments.config, arguments.set), **said)
    else:
        found = {"": workflow.plan_run(config, **said)}
    plans = [one for run in found.values() for _, one in run.sweeps]
    if not arguments.json:
        for phase, run in found.items():
            _print_run(phase, run)
    elif phased:
        print_json({"phases": {phase: run.as_json() for phase, run in found.items()}})
    else:
        print_json(plans[0].as_json() if config.is_plain else found[""].as_json())
    return SOME_FAILED if any(machine.overcommitted for one in plans for machine in one.machines) else DONE


def _print_run(phase: str, run: RunPlan) -> None:
    for labels, one in run.sweeps:
        title = ", ".join(text for text in (phase, *labels.values()) if text)
        if title:
            print(f"{title}:")
        _print(one)
    if len(run.sweeps) > 1:
        print(f"all: {counted(run.containers, 'container')}, {run.seconds:.1f} s one sweep after the other")


def _print(found: SweepPlan) -> None:
    from admf_jit.cli.output import print_facts, print_notes

    print_notes(found.notes)
    facts = found.as_json()
    shown = {name: value for name, value in facts.items() if name not in ("machines", "hosts", "warnings", "notes")}
    shown |= {"state": f"{found.state:,} bytes a container", "memory": f"{found.memory:,} bytes in flight"}
    shown |= {"peak_memory": f"{found.peak_memory / 2**20:,.0f} MiB in all processes, predicted"}
    shown |= {"seconds": f"{found.seconds:.1f}", "limit": found.limit or "none"}
    shown["workers_limit"] = found.workers_limit or "none"
    shown["promised"] = "nothing" if found.promised is None else f"{found.promised:,} bytes to all workers"
    print_facts(shown)
    for machine in found.machines:
        print(f"{machine.host}: {counted(machine.containers, 'container')}, {machine.fitting:,} fit")
    for on in found.hosts:
        tasks = f"{counted(on.tasks, 'task')} of {counted(on.containers_per_task, 'container')} at the most"
        held = "" if on.limit is None else f" ({on.limit})"
        print(f"{counted(on.hosts, 'host')}: {on.seconds:,.1f} s, {on.efficiency:.1%} of their time{held}, {tasks}")
    for text in found.warnings:
        print(f"warning: {text}")
