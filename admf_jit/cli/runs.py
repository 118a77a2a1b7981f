"""List the runs under a folder, say what two of them differ in, or delete some.

Nothing is deleted without --yes, and of a directory only what a run has written.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE
from admf_jit.errors import ResultsError, printable
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.results.catalogue import RunFacts

HELP = "list, compare or delete runs"
_SHOWN = ("directory", "status", "strategy", "data", "containers", "failed", "objective", "best")
_NUMBERS = ("containers", "failed", "best")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "root", metavar="FOLDER", type=Path, nargs="?", default=Path("runs"), help="folder of runs (default: runs)"
    )
    parser.add_argument("--match", metavar="TEXT", help="only runs that have the text in name, strategy or data")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--compare", metavar="RUN_DIR", type=Path, nargs=2, help="print what two runs differ in")
    what.add_argument("--delete", metavar="RUN_DIR", type=Path, nargs="+", help="delete runs; needs --yes")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list, the differences, or what was deleted."""
    if arguments.yes and arguments.delete is None:
        raise ResultsError("--yes: is for --delete RUN_DIR; expected that option too")
    if arguments.compare is not None:
        _compare(*arguments.compare, as_json=arguments.json)
    elif arguments.delete is not None:
        _delete(arguments.delete, sure=arguments.yes, as_json=arguments.json)
    else:
        _list(arguments.root, arguments.match, as_json=arguments.json)
    return DONE


def _list(root: Path, match: str | None, *, as_json: bool) -> None:
    from admf_jit.cli.output import print_json, print_table
    from admf_jit.results.catalogue import runs_under

    runs = [one for one in runs_under(root) if match is None or _matches(one, match)]
    if as_json:
        print_json({"runs": [one.as_json() for one in runs]})
        return
    if not runs:
        print(f"{root}: no runs" + (f" with {match!r}" if match is not None else ""))
        return
    rows = [[_shown(name, getattr(one, name)) for name in _SHOWN] for one in runs if one.problem is None]
    if rows:
        print_table(_SHOWN, rows, _NUMBERS)
    for one in runs:
        if one.problem is not None:
            print(printable(f"unreadable: {one.problem}"))


def _matches(one: RunFacts, text: str) -> bool:
    said = (one.directory, one.name, one.strategy, one.data)
    return any(text.lower() in part.lower() for part in said)


def _compare(first: Path, second: Path, *, as_json: bool) -> None:
    from admf_jit.cli.output import print_json, print_table
    from admf_jit.results.catalogue import differences, facts_of

    found = differences(first, second)
    facts = [facts_of(directory) for directory in (first, second)]
    if as_json:
        pairs = {name: list(values) for name, values in found.items()}
        print_json({"runs": [one.as_json() for one in facts], "differences": pairs})
        return
    rows = [[name, *(_written(value) for value in values)] for name, values in found.items()]
    for name in ("containers", "failed", "best"):
        rows.append([name, *(_shown(name, getattr(one, name)) for one in facts)])
    print_table(("", str(first), str(second)), rows, ())


def _delete(directories: Sequence[Path], *, sure: bool, as_json: bool) -> None:
    from admf_jit.cli.output import print_json
    from admf_jit.results.catalogue import facts_of, remove_run, size_of

    sizes = {}
    for directory in directories:
        facts_of(directory)  # before any is deleted: one that is no run refuses all
        sizes[directory] = size_of(directory)
    left = {str(directory): remove_run(directory) for directory in directories} if sure else {}
    if as_json:
        print_json({"deleted": left, "bytes": sum(sizes.values()), "sure": sure})
        return
    for directory, size in sizes.items():
        said = f"{directory}: {size / 2**20:,.1f} MiB"
        kept = left.get(str(directory))
        print(printable(said + (" deleted" if sure else "") + (f"; left in it: {', '.join(kept)}" if kept else "")))
    if not sure:
        print(f"nothing is deleted yet: add --yes to delete {counted(len(sizes), 'run')}")


def _shown(name: str, value: Any) -> str:
    from admf_jit.results.table import format_value

    if name in ("containers", "failed"):
        return f"{value:,}"
    return "-" if value is None or value != value else format_value(value)


def _written(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
