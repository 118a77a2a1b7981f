"""Run containers again on data that end early or go on as noise, and say where a strategy sees the future."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from admf_jit.cli.arguments import add_json, whole_number
from admf_jit.cli.exit_status import DONE, SOME_FAILED

HELP = "look for look-ahead, dead parameters and short warm-ups"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "subject",
        metavar="CONFIG|STRATEGY",
        help="YAML file, or a strategy as in strategy.type (on sample bars); path.py:function makes one of MarketData",
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="override one key by its dotted path, e.g. --set data.source=bars.csv; may be repeated",
    )
    parser.add_argument(
        "--containers", metavar="N", type=whole_number, default=3, help="containers of the grid to check (default: 3)"
    )
    parser.add_argument(
        "--cuts", metavar="N", type=whole_number, default=12, help="places where the future is changed (default: 12)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; status 1 where a strategy looks ahead."""
    from admf_jit.cli.output import print_json
    from admf_jit.config import load_config
    from admf_jit.errors import printable
    from admf_jit.results import Progress

    config = load_config(_configuration(arguments.subject), arguments.set)

    from admf_jit.workflow.proof import check, subject_of
    from admf_jit.workflow.run_data import load_data

    subject = subject_of(config, load_data(config))
    with Progress() as progress:
        report = check(subject, n_containers=arguments.containers, n_cuts=arguments.cuts, progress=progress)
    if arguments.json:
        print_json(report.as_json())
    else:
        print(printable(str(report)))
    return SOME_FAILED if report.looks_ahead else DONE


def _configuration(subject: str) -> Path | dict[str, Any]:
    """The file that is named, or a configuration of the strategy alone."""
    if subject.endswith((".yaml", ".yml")) or (Path(subject).is_file() and ":" not in subject):
        return Path(subject)
    return {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": subject},
    }
