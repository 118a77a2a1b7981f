"""Run one backtest with the configuration's fixed parameters and print its metrics and trades."""

import argparse

from admf_jit.cli.arguments import add_config, add_json, add_no_ledger

HELP = "run one backtest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_no_ledger(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the backtest and print it; status 1 when it failed."""
    from admf_jit.cli.output import print_backtest, print_notes
    from admf_jit.config import load_config

    config = load_config(arguments.config, arguments.set)

    from admf_jit import workflow

    result = workflow.run_single(config)
    print_notes([*result.data.notes, str(result.data.annualisation)])
    return print_backtest(result, as_json=arguments.json)
