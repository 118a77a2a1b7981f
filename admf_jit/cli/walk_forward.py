"""Repeat a search in windows of the data, and run the best row of each over the bars that come next."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_config, add_json, add_no_ledger, add_run, how_to_resume
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.workflow.walk_forward import WalkForward

HELP = "search in windows, and test each best row on the bars after it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_no_ledger(parser)
    add_run(parser, "walk", latest="")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Walk forward; status 1 where a window has no result."""
    from admf_jit.config import load_config
    from admf_jit.results import Progress

    config = load_config(arguments.config, arguments.set)

    from admf_jit.workflow.walk_forward import walk_forward

    chosen: list[Path] = []
    try:
        with Progress() as progress:
            done = walk_forward(
                config,
                out=arguments.out,
                n_jobs=arguments.n_jobs,
                resume=arguments.resume,
                progress=progress,
                begun=chosen.append,
            )
    except KeyboardInterrupt:
        if not chosen:
            raise
        words = how_to_resume("walk-forward", arguments.config, arguments.set, chosen[0])
        raise KeyboardInterrupt(words) from None
    _print(done, as_json=arguments.json)
    return SOME_FAILED if done.tests.failed else DONE


def _print(done: WalkForward, *, as_json: bool) -> None:
    from admf_jit.cli.output import print_facts, print_json
    from admf_jit.errors import printable
    from admf_jit.results.table import format_metric

    manifest = done.manifest
    if as_json:
        print_json({"directory": str(done.directory), **manifest})
        return
    objective = manifest["config"]["optimization"]["objective"]
    counts = f"{counted(len(done.windows), 'window')}, {counted(manifest['trials'], 'trial')}"
    print(printable(f"{counts}; {objective} in and after each window:"))
    for one, said in zip(done.windows, manifest["windows"], strict=True):
        print(printable(_line(one, said)))
    print("the tests together:")
    facts = done.tests.facts()
    print_facts(
        {name: f"{value:,}" if isinstance(value, int) else format_metric(name, value) for name, value in facts.items()}
    )
    for name, found in manifest["stability"].items():
        changes = counted(found["changes"], "change")
        share = f"{found['most_frequent_share']:.0%} of the windows chose the same value"
        print(printable(f"{name}: {changes} from window to window; {share}"))
    print(f"directory: {done.directory}")


def _line(one: Any, said: dict[str, Any]) -> str:
    days = len("2024-01-02")
    span = f"{said['test']['start'][:days]} to {said['test']['end'][:days]}"
    if one.parameters is None:
        return f"  {span}: no row has a result that satisfies the conditions"
    chosen = ", ".join(f"{name} {value}" for name, value in one.parameters.items())
    failed = f"; failed: {one.error}" if one.error else ""
    return f"  {span}: {one.in_sample:.3f} in, {one.out_of_sample:.3f} after; {chosen}{failed}"
