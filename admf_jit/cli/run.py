"""Run one backtest with the configuration's fixed parameters and print its metrics and trades."""

import argparse

from admf_jit.cli.arguments import add_config, add_json
from admf_jit.cli.exit_status import DONE

HELP = "run one backtest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the backtest and print it."""
    from admf_jit.cli.output import print_backtest, print_json, records
    from admf_jit.config import load_config

    config = load_config(arguments.config, arguments.set)

    from admf_jit import workflow

    result = workflow.run_single(config)
    if arguments.json:
        print_json({"metrics": result.metrics, "trades": records(result.trades)})
    else:
        print_backtest(result.metrics, result.trades)
    return DONE
