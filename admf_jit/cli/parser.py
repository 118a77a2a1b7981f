"""The argument parser: commands, and a hint for whatever is not known."""

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from admf_jit import __version__
from admf_jit.cli.exit_status import EXPLANATION
from admf_jit.errors import closest
from admf_jit.wording import broken

# In the order of a first session. Each is a module of this package with `HELP`, `add_arguments` and `run`.
COMMANDS = (
    "init",
    "grid",
    "run-workflow",
    "walk-forward",
    "run",
    "validate",
    "check",
    "ingest",
    "report",
    "runs",
    "ledger",
    "replay",
    "verify",
    "strategies",
    "warm",
    "capacity",
    "plan",
    "live",
    "schema",
    "trace",
    "diff",
    "completion",
)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are broken between words on a terminal."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, broken(f"{self.prog}: error: {message}", sys.stderr) + "\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments with the command's function under `run`; status 2 on bad usage."""
    parser, commands = build()
    if not arguments:
        parser.print_help()
        parser.exit(2)
    named = arguments[0]
    if not named.startswith("-") and named not in commands:
        parser.error(f"no command {named!r}{_hint(named, commands)}; the commands are {', '.join(commands)}")
    if named in commands:
        _refuse_unknown_options(commands[named], arguments[1:])
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands[named].error(f"unexpected argument {unknown[0]!r}")
    return parsed


def build() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser, and that of each command by its name."""
    parser = _Parser(
        prog="admf_jit",
        description="Thousands of isolated backtests at compiled speed.",
        epilog=EXPLANATION,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"admf_jit {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"admf_jit.cli.{name.replace('-', '_')}")
        command = subparsers.add_parser(
            name, help=module.HELP, description=module.__doc__, epilog=EXPLANATION, allow_abbrev=False
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser, dict(subparsers.choices)


def _refuse_unknown_options(command: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """Name a mistyped option before argparse complains about what is missing because of it."""
    known = command._option_string_actions
    for argument in arguments:
        name = argument.partition("=")[0]
        if name.startswith("--") and name not in known:
            command.error(f"no option {name!r}{_hint(name, known)}")


def _hint(name: str, known: Iterable[str]) -> str:
    nearest = closest(name, known)
    return f" (did you mean {nearest!r}?)" if nearest else ""
