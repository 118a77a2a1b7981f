"""Print the script by which a shell completes commands, options and their values.

For bash, put into ~/.bashrc:  eval "$(admf_jit completion bash)"
For zsh, put into ~/.zshrc after compinit:  eval "$(admf_jit completion zsh)"
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from admf_jit.cli.exit_status import DONE
from admf_jit.errors import ConfigError

HELP = "print the script by which bash or zsh completes commands and options"
SHELLS = ("bash", "zsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from admf_jit.cli.parser import build

    try:
        import shtab
    except ImportError:
        raise ConfigError("completion: needs the package shtab: pip install 'admf_jit[completion]'") from None
    parser, commands = build()
    for action in _texts(commands.values()):
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, arguments.shell))
    return DONE


def _texts(commands: Iterable[argparse.ArgumentParser]) -> Iterator[argparse.Action]:
    """The arguments that are any text, which is mostly the path of a file or a folder."""
    for command in commands:
        for action in command._actions:
            if action.nargs != 0 and action.choices is None and action.type in (None, str, Path):
                yield action
