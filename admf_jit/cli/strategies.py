"""List the built-in strategies with their parameters and default values."""

import argparse

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE

HELP = "list the built-in strategies"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per strategy, or an object of names and parameters."""
    from admf_jit.cli.output import print_facts, print_json
    from admf_jit.results.table import format_value
    from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy

    defaults = {name: resolve_strategy(name).defaults for name in BUILT_IN}
    if arguments.json:
        print_json(defaults)
        return DONE
    print_facts(
        {
            name: [f"{key}={format_value(value)}" for key, value in parameters.items()] or "no parameters"
            for name, parameters in defaults.items()
        }
    )
    return DONE
