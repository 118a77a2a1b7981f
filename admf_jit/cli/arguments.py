"""Arguments that several commands share."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from admf_jit.wording import command_line


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the configuration file and the overrides of its keys."""
    parser.add_argument("config", metavar="CONFIG", type=Path, help="YAML file")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="override one key by its dotted path, e.g. --set account.cash=50000; may be repeated",
    )


def add_run(parser: argparse.ArgumentParser, what: str, latest: str = " (default: the latest runs/NAME-N)") -> None:
    """Add where ``what``, such as a run, is written, whether it goes on, and how many processes run it."""
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help=f"the {what}'s directory (default: runs/NAME-N, the next free N)"
    )
    parser.add_argument(
        "--resume", action="store_true", help=f"go on with the {what} in DIR{latest} where it was interrupted"
    )
    parser.add_argument("--n-jobs", metavar="N", type=whole_number, help="worker processes (default: one per core)")


def add_no_ledger(parser: argparse.ArgumentParser) -> None:
    """Add the switch that keeps containers out of the ledger of trials, as an override of the configuration."""
    parser.add_argument(
        "--no-ledger",
        dest="set",
        action="append_const",
        const="infrastructure.ledger=false",
        help="do not record containers in the ledger of trials (docs/ledger.md)",
    )


def how_to_resume(command: str, config: Path, overrides: Iterable[str], directory: Path) -> str:
    """What to type to go on with what is in a directory."""
    words = [word for entry in overrides for word in ("--set", entry)]
    return "Go on with: " + command_line(command, config, *words, "--out", directory, "--resume")


def add_run_directory(parser: argparse.ArgumentParser) -> None:
    """Add the directory of a finished run."""
    parser.add_argument("run_directory", metavar="RUN_DIR", type=Path, help="directory that `grid` wrote")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the switch between output for people and output for machines."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def add_html(parser: argparse._ActionsContainer, default: str) -> None:
    """Add the option to write a page: None without it, False where the name is left to the command."""
    said = f"write a page for a browser (default: {default})"
    parser.add_argument("--html", metavar="FILE", type=Path, nargs="?", const=False, help=said)


def add_top(parser: argparse.ArgumentParser) -> None:
    """Add the number of best rows that are shown."""
    parser.add_argument("--top", metavar="N", type=whole_number, default=10, help="number of best rows (default: 10)")


def size(text: str) -> int:
    """Return the bytes of a size such as "64GB"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT])?i?B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 64GB or 512MB")
    return int(float(found[1]) * 1024 ** " KMGT".index((found[2] or " ").upper()))


def whole_number(text: str) -> int:
    """Return `text` as a whole number of at least 1."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number >= 1")
    return int(text)
