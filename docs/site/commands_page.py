"""The page of every command, from the parser that reads them: it cannot be out of date."""

from __future__ import annotations

import os

from admf_jit.cli.parser import build


def commands_page() -> str:
    """Return the page in Markdown: what each command says with ``--help``."""
    os.environ["COLUMNS"] = "100"
    os.environ["NO_COLOR"] = "1"
    parser, commands = build()
    lines = ["# Every command", "", "What `admf_jit COMMAND --help` says.", "", _as_text(parser.format_help())]
    for name, command in commands.items():
        lines += [f"## {name}", "", _as_text(command.format_help())]
    return "\n".join(lines)


def _as_text(help_text: str) -> str:
    return f"```text\n{help_text.rstrip()}\n```\n"
