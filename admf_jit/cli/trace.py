"""Walk from an order back to the bar that it came of, and to the rows of runs that chose its parameters."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE

HELP = "follow an order back to its bar, and to the row that chose its parameters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("run_directory", metavar="RUN", type=Path, help="folder of a live run, or directory of a run")
    parser.add_argument("container", metavar="CONTAINER", nargs="?", help="index or container_id, where RUN has rows")
    parser.add_argument("--follow", metavar="ORDER", required=True, help="number of the order, or its order_id")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the events that led to the order, and the rows behind its container."""
    from admf_jit.cli.output import print_json
    from admf_jit.errors import ConfigError
    from admf_jit.live.history import LOG, history_of
    from admf_jit.live.journal import LIVE_NAME
    from admf_jit.live.provenance import events_of_order, rows_behind

    is_live = (arguments.run_directory / LIVE_NAME).is_file()
    if not is_live and arguments.container is None:
        raise ConfigError(f"{arguments.run_directory}: expected a CONTAINER of it too: an index, or a container_id")
    container = arguments.container or LOG
    history = history_of(arguments.run_directory, container)
    events = events_of_order(history, arguments.follow)
    rows = rows_behind(arguments.run_directory, container)
    whose = history.identity.fields()
    if arguments.json:
        print_json({**whose, "events": events, "rows": rows})
        return DONE
    print(", ".join(f"{name} {value}" for name, value in whose.items()))
    print_chain(events)
    for row in rows:
        _print_row(row)
    if not rows:
        print("no row of a run chose its parameters: they stand in its configuration")
    return DONE


def print_chain(events: list[dict[str, Any]]) -> None:
    """Print events, each with what led to it below."""
    from admf_jit.live.parting import chain_lines

    for line in chain_lines(events):
        print(line)


def _print_row(row: dict[str, Any]) -> None:
    phase = f" ({row['phase']})" if row["phase"] else ""
    print(f"chosen by row {row['index']} of {row['run']}{phase}, container {row['container_id']}")
    values = [f"{name} {value}" for name, value in row["parameters"].items()]
    if "objective" in row:
        values.append(f"{row['objective']} {row['value']:.6g}")
    print("  " + ", ".join(values))
