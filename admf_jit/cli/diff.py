"""Name the first bar and event at which two containers part, what led to it on both sides, and settings that differ.

A and B are rows of RUN, or DIR:ROW of another one. Of a live run they are `live`, what it has written down, and
`backtest`, the backtest of the bars that it has taken.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE, SOME_FAILED

if TYPE_CHECKING:
    from admf_jit.live.history import History
    from admf_jit.live.parting import Parting

HELP = "say where two containers part, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("run_directory", metavar="RUN", type=Path, help="directory of a run, or folder of a live one")
    parser.add_argument("left", metavar="A", help="index or container_id, DIR:ROW, live or backtest")
    parser.add_argument("right", metavar="B", help="the same")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print where they part; status 1 if they do."""
    from admf_jit.cli.output import print_json
    from admf_jit.live.parting import different_settings, parting_of

    left, right = (_side(arguments.run_directory, given) for given in (arguments.left, arguments.right))
    parting = parting_of(left, right)
    settings = different_settings(left, right)
    if arguments.json:
        found = None
        if parting is not None:
            found = {"bar": parting.bar, "time": parting.time, "left": parting.left, "right": parting.right}
        sides = {"left": left.identity.fields(), "right": right.identity.fields()}
        print_json({**sides, "parting": found, "settings": settings})
    else:
        _print(left, right, parting, settings)
    return DONE if parting is None else SOME_FAILED


def _side(directory: Path, given: str) -> History:
    from admf_jit.live.history import history_of

    other, separator, row = given.rpartition(":")
    return history_of(Path(other), row) if separator else history_of(directory, given)


def _print(left: History, right: History, parting: Parting | None, settings: dict[str, tuple[Any, Any]]) -> None:
    from admf_jit.cli.trace import print_chain

    if parting is None:
        print(f"the same {len(left.records):,} events, bit for bit")
    else:
        print(f"they part at bar {parting.bar}, {parting.time}")
        for name, side, chain in (("A", left, parting.left), ("B", right, parting.right)):
            print(f"{name}: {side.title}")
            if chain:
                print_chain(chain)
            else:
                print(f"  no more events{f': {side.error}' if side.error else ''}")
    if not settings:
        print("settings: the same")
        return
    print("settings that differ (A, B):")
    for setting, (one, other) in settings.items():
        print(f"  {setting}: {_short(one)}, {_short(other)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 30 else f"{text[:27]}..."
