"""Run the phases of a configuration one after the other: each hands the rows that it selects to the next.

The phases are those of workflow.phases, or those that execution has settings for. docs/workflow.md says what each key
means.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.cli.arguments import add_config, add_json, add_no_ledger, add_run, add_top, how_to_resume
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.wording import command_line

if TYPE_CHECKING:
    from admf_jit.workflow import WorkflowRun

HELP = "run the phases of a workflow: optimization, validation, live"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_no_ledger(parser)
    add_run(parser, "workflow")
    add_top(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the workflow; status 1 where a container failed, or a phase selected nothing."""
    from admf_jit.config import load_workflow
    from admf_jit.results import Progress

    workflow = load_workflow(arguments.config, arguments.set)

    from admf_jit import workflow as work

    chosen: list[Path] = []
    try:
        with Progress() as progress:
            done = work.run_workflow(
                workflow,
                out=arguments.out,
                n_jobs=arguments.n_jobs,
                resume=arguments.resume,
                progress=progress,
                begun=chosen.append,
            )
    except KeyboardInterrupt:
        if not chosen:
            raise
        words = how_to_resume("run-workflow", arguments.config, arguments.set, chosen[0])
        raise KeyboardInterrupt(words) from None
    try:
        _print(done, arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"The workflow is finished, see: {command_line('report', done.directory)}") from None
    return SOME_FAILED if done.failed or done.stopped is not None else DONE


def _print(done: WorkflowRun, arguments: argparse.Namespace) -> None:
    from admf_jit.cli.output import print_json
    from admf_jit.cli.workflow_report import print_workflow

    if arguments.json:
        print_json({"directory": str(done.directory), **done.manifest})
        return
    print_workflow(done.directory, done.manifest, top=arguments.top)
    if done.stopped is not None:
        print(f"stopped: {done.stopped}", file=sys.stderr)
