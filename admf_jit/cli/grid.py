"""Run every container of a configuration's grid and print the best rows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_config, add_json, add_no_ledger, add_run, add_top, how_to_resume, whole_number
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.wording import command_line

if TYPE_CHECKING:
    from admf_jit.workflow import GridRun

HELP = "run a parameter grid"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_config(parser)
    add_no_ledger(parser)
    add_run(parser, "run")
    parser.add_argument(
        "--batch-size", metavar="N", type=whole_number, help="containers handed to a worker in one call"
    )
    parser.add_argument(
        "--backend",
        metavar="NAME",
        help="what runs batches: processes, forks, loky, threads, inline or dask (default: infrastructure.backend)",
    )
    parser.add_argument(
        "--null",
        metavar="N",
        type=whole_number,
        help="run the same grid on N surrogate markets too: how often is the best row there as good "
        "(statistics.null_markets; see docs/statistics.md)",
    )
    add_top(parser)
    add_json(parser)
    parser.add_argument("--quiet", action="store_true", help="print no progress and no notes, the results alone")
    parser.add_argument("--no-report", action="store_true", help="write no report.html into the run's directory")
    parser.add_argument("--verbose", action="store_true", help="print timings and the workers' cache hits on stderr")


def run(arguments: argparse.Namespace) -> int:
    """Run the grid; status 1 when a container failed."""
    from admf_jit.config import load_run
    from admf_jit.results import Progress, default_directory

    config = load_run(arguments.config, _overrides(arguments))
    directory = arguments.out or default_directory(config.common.name, resume=arguments.resume)

    from admf_jit import workflow

    null = bool(config.common.statistics.null_markets)
    if null:
        from admf_jit.workflow.null_sweep import null_of_run, refuse_null

        refuse_null(config)
    try:
        with Progress() as progress:
            grid_run = workflow.run_grid(
                config.common if config.is_plain else config,
                out=directory,
                n_jobs=arguments.n_jobs,
                resume=arguments.resume,
                batch_size=arguments.batch_size,
                progress=progress,
            )
            if null:
                null_of_run(grid_run, progress, arguments.n_jobs)
    except KeyboardInterrupt:
        words = how_to_resume("grid", arguments.config, _overrides(arguments), directory)
        raise KeyboardInterrupt(words) from None
    try:
        if arguments.verbose:
            _print_details(grid_run.manifest)
        _print(grid_run, arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"The sweep is finished, see: {command_line('report', directory)}") from None
    return SOME_FAILED if grid_run.failed else DONE


def _print(grid_run: GridRun, arguments: argparse.Namespace) -> None:
    from admf_jit.cli.output import print_notes
    from admf_jit.cli.report import print_report, write_page

    data = grid_run.manifest["data"]
    years = [f"{name}: {_year(one)}" for name, one in data["sets"].items()] if "sets" in data else [_year(data)]
    if not arguments.quiet:
        print_notes([*data["notes"], *years])
    directory, manifest = grid_run.directory, grid_run.manifest

    def page() -> Path | None:
        return write_page(grid_run.stored, manifest, directory, lambda: grid_run.sweeps)

    page_of = None if arguments.no_report else page
    print_report(directory, grid_run.stored, manifest, top=arguments.top, as_json=arguments.json, page=page_of)


def _year(data: Mapping[str, Any]) -> str:
    from admf_jit.data.annualisation import Annualisation

    return str(Annualisation(data["bars_per_year"], data["bars_per_year_basis"]))


def _overrides(arguments: argparse.Namespace) -> list[str]:
    """What the command line sets beside the file."""
    backend = [f"infrastructure.backend={arguments.backend}"] if arguments.backend else []
    return [*arguments.set, *backend, *([f"statistics.null_markets={arguments.null}"] if arguments.null else [])]


def _print_details(manifest: dict[str, Any]) -> None:
    for section in ("timings", "workers", "counts"):
        for name, value in manifest.get(section, {}).items():
            text = f"{value:.3f}" if isinstance(value, float) else value
            print(f"{section}.{name}: {text}", file=sys.stderr)
