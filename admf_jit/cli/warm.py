"""Compile engines and strategies ahead, so that the next run of each starts at once."""

import argparse
from typing import Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE

HELP = "compile engines and strategies ahead"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "named",
        metavar="CONFIG|STRATEGY",
        nargs="*",
        help="a YAML file, or a strategy as in its strategy.type (default: all engines and all built-in strategies)",
    )
    parser.add_argument("--engines", action="store_true", help="compile what every strategy shares, and no strategy")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compile one after the other and print what each took."""
    from admf_jit import workflow
    from admf_jit.cli.output import print_json
    from admf_jit.errors import ConfigError
    from admf_jit.strategies.resolve import BUILT_IN

    if arguments.engines and arguments.named:
        raise ConfigError(f"warm: --engines compiles no strategy; expected it without {' '.join(arguments.named)}")
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, facts: dict[str, Any]) -> None:
        found[name] = facts
        if not arguments.json:
            how = "was compiled already" if facts["from_cache"] else f"compiled in {facts['seconds']:.1f} s"
            print(f"{name}: {how}", flush=True)

    if not arguments.named:
        for title, facts in workflow.warm_engines():
            add(title, facts)
    if not arguments.engines:
        for named in arguments.named or BUILT_IN:
            add(named, workflow.warm(named))
    if arguments.json:
        print_json(found)
    return DONE
