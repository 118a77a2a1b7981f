"""Run one container of a stored run again, with its whole history of events.

Without an option the metrics and trades are printed; of a container that its process did not survive, the line and the
bar at which that happens in plain Python.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_html, add_json, add_run_directory
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.errors import ResultsError
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.results import BacktestResult

HELP = "run one container of a run again, with all its events"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_run_directory(parser)
    parser.add_argument("container", metavar="CONTAINER", help="index in the grid, or container_id")
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--events", metavar="FILE", type=Path, help="write all events to a .csv or .parquet file")
    view.add_argument("--trades", action="store_true", help="print every trade")
    view.add_argument("--equity", action="store_true", help="print the equity at every bar")
    view.add_argument("--why", metavar="SEQUENCE", type=int, help="print an event and what led to it, back to its bar")
    add_html(view, "container-N.html in the run's directory")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay the container and print the chosen view; status 1 when the container failed."""
    from admf_jit import workflow
    from admf_jit.cli.output import print_backtest

    if arguments.events is not None:
        _check_suffix(arguments.events)
    result = workflow.replay(arguments.run_directory, arguments.container)
    if arguments.events is not None:
        _write_events(_named(result), arguments.events)
    elif arguments.html is not None:
        _write_page(result, arguments)
    elif arguments.why is not None:
        _print_frame(chain_of_causes(result.events, arguments.why), "events", arguments.json)
    elif arguments.trades:
        _print_frame(result.trades, "trades", arguments.json)
    elif arguments.equity:
        _print_frame(result.equity, "equity", arguments.json)
    else:
        print_backtest(result, as_json=arguments.json, where=_where(result.status, arguments))
    return DONE if result.error is None else SOME_FAILED


def _write_page(result: BacktestResult, arguments: argparse.Namespace) -> None:
    from admf_jit.cli.output import print_json
    from admf_jit.report import write_container_report

    path = arguments.html or arguments.run_directory / f"container-{arguments.container}.html"
    title = f"{arguments.run_directory.resolve().name}: container {arguments.container}"
    written = write_container_report(result, path, title).path
    if arguments.json:
        print_json({"report": str(written)})
    else:
        print(f"report: {written}")


def _where(status: str, arguments: argparse.Namespace) -> str | None:
    from admf_jit.workflow.locate_failure import LOCATED, locate_failure

    if status not in LOCATED:
        return None
    print("running it in plain Python, to see where that happens ...", file=sys.stderr, flush=True)
    return locate_failure(arguments.run_directory, arguments.container)


def chain_of_causes(events: pd.DataFrame, sequence: int) -> pd.DataFrame:
    """Return the event of that sequence number and, below it, each event that led to the one above.

    A cause always comes before its effect, so the walk ends; ResultsError when there is no such event.
    """
    by_sequence = {int(number): row for row, number in enumerate(events["sequence"])}
    if sequence not in by_sequence:
        raise ResultsError(
            f"--why {sequence}: no such event; expected a sequence number from {min(by_sequence)} to {max(by_sequence)}"
        )
    rows = []
    while sequence in by_sequence:
        rows.append(by_sequence[sequence])
        sequence = int(events["cause"].iloc[by_sequence[sequence]])
    return events.iloc[rows]


def _check_suffix(path: Path) -> None:
    if path.suffix not in (".csv", ".parquet"):
        raise ResultsError(f"--events {path}: expected a file name that ends in .csv or .parquet")
    if not path.parent.is_dir():
        raise ResultsError(f"--events {path}: no directory {path.parent}")


def _named(result: BacktestResult) -> pd.DataFrame:
    """All events, and whose they are."""
    return result.events if result.identity is None else result.events.assign(**result.identity.fields())


def _write_events(events: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        events.to_csv(path, index=False)
    else:
        events.to_parquet(path, index=False)
    print(f"{counted(len(events), 'event')} written to {path}")


def _print_frame(frame: pd.DataFrame | pd.Series[Any], name: str, as_json: bool) -> None:
    import pandas as pd

    from admf_jit.cli.output import print_json, records

    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if as_json:
        print_json({name: records(table)})
    else:
        print(table.to_string(index=bool(table.index.name)))
