"""The command line: one file per command, each importing what it needs only when it runs."""

from admf_jit.cli.main import main
from admf_jit.cli.process import command

__all__ = ["command", "main"]
