"""Show, verify, export or import the ledger of trials: every container that was run, by the data that it was run on.

verify hashes every entry again. Given directories of runs, it also looks for the entry that each manifest names.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.errors import LedgerError, printable
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.ledger import Ledger

HELP = "show, verify, export or import the ledger of all trials"
_SHOWN = ("data", "symbols", "entries", "containers", "with_sharpe_ratio", "streams", "strategies", "first", "last")
_NUMBERS = ("entries", "containers", "with_sharpe_ratio", "streams", "strategies")
_DIGITS_OF_DATA = 16
_ACTIONS = ("show", "verify", "export", "import")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    parser.add_argument(
        "paths", metavar="PATH", type=Path, nargs="*", help="run directories of verify; the file of export or import"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked of the ledger; status 1 where its chain is broken."""
    from admf_jit.ledger import Ledger, ledger_path

    actions = dict(zip(_ACTIONS, (_show, _verify, _export, _import), strict=True))
    return actions[arguments.action](Ledger(ledger_path()), arguments)


def _show(ledger: Ledger, arguments: argparse.Namespace) -> int:
    from admf_jit.cli.output import print_json, print_table

    if arguments.paths:
        raise LedgerError(f"ledger show: takes no path, found {arguments.paths[0]}")
    rows = _by_data(ledger)
    if arguments.json:
        print_json({"ledger": str(ledger.path), "data": rows})
        return DONE
    if rows:
        print_table(_SHOWN, [[_shown(name, row[name]) for name in _SHOWN] for row in rows], _NUMBERS)
    print(f"{counted(len(rows), 'set')} of data in {ledger.path}")
    return DONE


def _shown(name: str, value: Any) -> str:
    if name == "data":
        return str(value)[:_DIGITS_OF_DATA]
    return f"{value:,}" if isinstance(value, int) else str(value)


def _by_data(ledger: Ledger) -> list[dict[str, Any]]:
    """What is known of the trials on each set of data, in the order in which it came."""
    from admf_jit.ledger import count

    facts: dict[str, list[Mapping[str, Any]]] = {}
    for _, entry, _ in ledger.entries():
        facts.setdefault(entry.data, []).append(entry.facts)
    rows = []
    for data, said in facts.items():
        found = count(ledger.trials(data))
        times = sorted(str(one.get("time", "")) for one in said)
        rows.append(
            {
                "data": data,
                "symbols": str(said[-1].get("symbols", "")),
                "entries": len(said),
                "containers": found.containers,
                "with_sharpe_ratio": found.trials,
                "streams": found.streams,
                "strategies": len({str(one.get("strategy_digest")) for one in said}),
                "first": times[0],
                "last": times[-1],
            }
        )
    return rows


def _verify(ledger: Ledger, arguments: argparse.Namespace) -> int:
    from admf_jit.cli.output import print_json

    wanted = {str(path): _entry_named_by(path) for path in arguments.paths}
    found = ledger.verify()
    there = ledger.has(wanted.values())
    missing = [name for name, entry in wanted.items() if not there[entry]]
    sound = found.fault is None and not missing
    if arguments.json:
        fault = None if found.fault is None else {"entry": found.fault.entry, "problem": found.fault.problem}
        facts = {"ledger": str(ledger.path), "entries": found.entries, "head": found.head, "fault": fault}
        print_json({**facts, "missing": missing})
        return DONE if sound else SOME_FAILED
    if found.fault is not None:
        print(printable(f"{ledger.path}: {found.fault.problem}"))
    else:
        print(
            f"{ledger.path}: the chain of {counted(found.entries, 'entry', 'entries')} is whole, its end {found.head}"
        )
    for name in missing:
        print(printable(f"{name}: the entry that its manifest names is not in the ledger"))
    return DONE if sound else SOME_FAILED


def _entry_named_by(directory: Path) -> str:
    """The hash of the entry that the manifest of a run names."""
    from admf_jit.results.manifest import read_manifest

    ledger = read_manifest(directory).get("ledger")
    entry = ledger.get("entry") if isinstance(ledger, dict) else None
    if not isinstance(entry, str):
        raise LedgerError(f"{directory}: its manifest names no entry of a ledger; expected a run that was recorded")
    return entry


def _export(ledger: Ledger, arguments: argparse.Namespace) -> int:
    from admf_jit.ledger import export_lines

    path = _only_path(arguments)
    if str(path) == "-":
        for line in export_lines(ledger):
            print(line)
        return DONE
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            number = sum(file.write(f"{line}\n") > 0 for line in export_lines(ledger))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    print(f"{counted(number, 'entry', 'entries')} written to {path}", file=sys.stderr)
    return DONE


def _import(ledger: Ledger, arguments: argparse.Namespace) -> int:
    from admf_jit.ledger import import_lines

    path = _only_path(arguments)
    try:
        with path.open(encoding="utf-8") as file:
            number = import_lines(ledger, file, str(path))
    except UnicodeDecodeError as problem:
        raise LedgerError(f"{path}: is no text ({problem}); expected what `ledger export` wrote") from None
    print(f"{counted(number, 'container')} of {path} added to {ledger.path}")
    return DONE


def _only_path(arguments: argparse.Namespace) -> Path:
    if len(arguments.paths) != 1:
        raise LedgerError(f"ledger {arguments.action}: {counted(len(arguments.paths), 'path')}; expected one file")
    path: Path = arguments.paths[0]
    return path
