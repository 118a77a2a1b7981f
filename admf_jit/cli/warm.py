"""Compile strategies ahead, so that the next run of each starts at once."""

import argparse

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE

HELP = "compile strategies ahead"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "named",
        metavar="CONFIG|STRATEGY",
        nargs="*",
        help="a YAML file, or a strategy as in its strategy.type (default: all built-in strategies)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compile one after the other and print what each took."""
    from admf_jit import workflow
    from admf_jit.cli.output import print_json
    from admf_jit.strategies.resolve import BUILT_IN

    found = {}
    for named in arguments.named or BUILT_IN:
        found[named] = facts = workflow.warm(named)
        if not arguments.json:
            how = "was compiled already" if facts["from_cache"] else f"compiled in {facts['seconds']:.1f} s"
            print(f"{named}: {how}", flush=True)
    if arguments.json:
        print_json(found)
    return DONE
