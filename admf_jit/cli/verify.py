"""Run containers of a finished run again in fresh processes and compare every bit of their rows."""

import argparse

from admf_jit.cli.arguments import add_json, add_run_directory, whole_number
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.wording import counted

HELP = "run stored rows again and compare every bit"
_DEFAULT_SAMPLE = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_run_directory(parser)
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument(
        "--sample",
        metavar="N",
        type=whole_number,
        default=_DEFAULT_SAMPLE,
        help=f"number of rows drawn at random (default: {_DEFAULT_SAMPLE})",
    )
    extent.add_argument("--all", action="store_true", help="every row")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the draw (default: 0)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify and print; status 1 when a row differs."""
    from admf_jit import workflow
    from admf_jit.cli.output import print_json

    sample = None if arguments.all else arguments.sample
    report = workflow.verify(arguments.run_directory, sample=sample, seed=arguments.seed)
    if arguments.json:
        print_json({"checked": report.checked, "differences": list(report.differences)})
    else:
        for difference in report.differences:
            print(difference)
        outcome = f"{len(report.differences)} differ" if report.differences else "all have the same bits"
        print(f"{counted(report.checked, 'container')} run again: {outcome}")
    return SOME_FAILED if report.differences else DONE
