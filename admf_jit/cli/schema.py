"""Print the JSON Schema of a configuration, by which editors complete keys and mark mistakes.

For an editor with a YAML language server, write it to a file and begin a configuration with:
# yaml-language-server: $schema=admf_jit.schema.json
"""

from __future__ import annotations

import argparse
import json

from admf_jit.cli.exit_status import DONE

HELP = "print the JSON Schema of a configuration, for editors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command: it has none."""


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from admf_jit.config.schema import configuration_schema

    print(json.dumps(configuration_schema(), indent=2, ensure_ascii=False))
    return DONE
