"""Check a configuration, its data and its strategy, and print what would be run. Nothing is compiled or run."""

import argparse

from admf_jit.cli.arguments import add_config, add_json
from admf_jit.cli.exit_status import DONE

HELP = "check a configuration without running it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; anything wrong ends with status 2 and the place of it."""
    from admf_jit.cli.output import print_facts, print_json, print_notes
    from admf_jit.config import load_run

    config = load_run(arguments.config, arguments.set)

    from admf_jit import workflow

    facts = workflow.validate(config.common if config.is_plain else config)
    for one in facts.get("sweeps", [facts]):
        print_notes(one["notes"])
        if not arguments.json:
            print_facts({name: value for name, value in one.items() if name != "notes"})
    if arguments.json:
        print_json(facts)
    return DONE
