"""Check a configuration, its data and its strategy, and print what would be run. Nothing is compiled or run."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from admf_jit.cli.arguments import add_config, add_json
from admf_jit.cli.exit_status import DONE

HELP = "check a configuration without running it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; anything wrong ends with status 2 and the place of it."""
    from admf_jit.cli.output import print_json
    from admf_jit.config import has_phases, load_run, load_workflow

    config = load_run(arguments.config, arguments.set)

    from admf_jit import workflow

    if has_phases(config.common) is not None:
        phases = workflow.validate_workflow(load_workflow(arguments.config, arguments.set))
        if arguments.json:
            print_json({"phases": phases})
            return DONE
        for phase in phases:
            after = f" after {' and '.join(phase['depends_on'])}" if phase["depends_on"] else ""
            print(f"{phase['phase']}{after}: bars of {phase['first']} to {phase['last']}")
            _print(phase["sweeps"])
        return DONE
    facts = workflow.validate(config.common if config.is_plain else config)
    if arguments.json:
        _notes(facts.get("sweeps", [facts]))
        print_json(facts)
    else:
        _print(facts.get("sweeps", [facts]))
    return DONE


def _print(sweeps: Sequence[Mapping[str, Any]]) -> None:
    from admf_jit.cli.output import print_facts, print_notes

    for one in sweeps:
        print_notes(one["notes"])
        print_facts({name: value for name, value in one.items() if name != "notes"})


def _notes(sweeps: Sequence[Mapping[str, Any]]) -> None:
    from admf_jit.cli.output import print_notes

    for one in sweeps:
        print_notes(one["notes"])
