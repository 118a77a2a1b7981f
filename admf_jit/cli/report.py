"""Print the best rows of a finished run again, or write the page that shows it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_html, add_json, add_run_directory, add_top
from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.errors import AdmfError, ResultsError, printable
from admf_jit.wording import command_line, counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from admf_jit.results import StoredTable
    from admf_jit.workflow.prepared_run import PreparedRun

HELP = "print the best rows of a finished run"
_SAID_OF_A_FAILURE = ("index", "container_id", "status", "error")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_run_directory(parser)
    add_top(parser)
    add_html(parser, "report.html in the run's directory")
    parser.add_argument(
        "--no-replay", action="store_true", help="with --html: no histories, and nothing of the strategy is imported"
    )
    parser.add_argument(
        "--convention",
        choices=("2012", "2026"),
        help="judge the best row by this convention, and run it again for its autocorrelation and the interval of its "
        "drawdown (docs/statistics.md)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; status 1 when the run has failed containers."""
    from admf_jit.results import OK, RunDirectory, count_statuses
    from admf_jit.results.judgement import judgement_of
    from admf_jit.results.workflow_manifest import is_workflow

    if is_workflow(arguments.run_directory):
        return _report_workflow(arguments)
    run_directory = RunDirectory.open(arguments.run_directory)
    table, manifest = run_directory.stored(), run_directory.manifest

    if arguments.no_replay and arguments.html is None:
        raise ResultsError("--no-replay: is for --html; expected that option too")

    def prepared() -> PreparedRun:
        if arguments.no_replay:
            raise ResultsError("not asked for, by --no-replay")
        from admf_jit.workflow.replay import reopen

        return reopen(run_directory)

    def page() -> Path | None:
        from admf_jit.report import write_run_report

        table.verify()  # it may have lain there for long
        path: Path | None = arguments.html or None
        return write_run_report(table, manifest, run_directory.path, prepared, path).path

    page_of = page if arguments.html is not None else None

    def returns_of(row: int) -> NDArray[np.float64]:
        from admf_jit.workflow.replay import run_container

        return run_container(*prepared().container(row)).bar_returns

    again = (arguments.convention, returns_of) if arguments.convention is not None else ()
    judgement = judgement_of(table, manifest, run_directory.path, *again)
    print_report(
        run_directory.path,
        table,
        manifest,
        top=arguments.top,
        as_json=arguments.json,
        page=page_of,
        judgement=judgement,
    )
    return SOME_FAILED if any(status != OK for status in count_statuses(table)) else DONE


def _report_workflow(arguments: argparse.Namespace) -> int:
    from admf_jit.cli.output import print_json
    from admf_jit.cli.workflow_report import print_workflow
    from admf_jit.results import OK
    from admf_jit.results.workflow_manifest import read_workflow

    directory: Path = arguments.run_directory
    manifest = read_workflow(directory)
    if arguments.json:
        print_json({"directory": str(directory), **manifest})
    else:
        print_workflow(directory, manifest, top=arguments.top)
    if arguments.html is not None:
        _write_pages(directory, manifest, arguments.html)
    statuses = {status for said in manifest["phases"].values() for status in said.get("counts", ())}
    return SOME_FAILED if statuses - {OK} else DONE


def _write_pages(directory: Path, manifest: Mapping[str, Any], path: Path | bool) -> None:
    """Write a page for each sweep of a workflow, in its folder."""
    from admf_jit.report import write_run_report
    from admf_jit.results import RunDirectory
    from admf_jit.workflow.replay import reopen

    if path:
        raise ResultsError(f"--html {path}: a workflow has a page for each of its phases; expected --html alone")
    for name in (name for name, said in manifest["phases"].items() if "counts" in said):
        run = RunDirectory.open(directory / name)
        written = write_run_report(run.stored(), run.manifest, run.path, partial(reopen, run)).path
        print(f"report of {name}: {written}", file=sys.stderr)


def write_page(
    table: StoredTable, manifest: Mapping[str, Any], directory: Path, prepared: Callable[[], PreparedRun]
) -> Path | None:
    """Write the page of a run that has just ended and return its path; None, and a line, where that cannot be done."""
    from admf_jit.report import write_run_report

    try:
        return write_run_report(table, manifest, directory, prepared).path
    except (AdmfError, OSError, MemoryError) as problem:  # the rows are on the disk, and their table is printed
        print(f"warning: no report: {printable(str(problem))}", file=sys.stderr)
        return None


def print_report(
    directory: Path,
    table: StoredTable,
    manifest: Mapping[str, Any],
    *,
    top: int,
    as_json: bool,
    page: Callable[[], Path | None] | None = None,
    judgement: Mapping[str, Any] | None = None,
) -> None:
    """Print the best rows and the failures of a run, as a table or as one JSON object.

    ``page`` writes the page of the run and returns its path, which is printed at the end: it is not waited for before.
    ``judgement`` is what ``judgement_of`` says.
    """
    from admf_jit.cli.output import print_json
    from admf_jit.results import count_statuses
    from admf_jit.results.across_data import best_combinations, has_sets
    from admf_jit.results.judgement import judgement_sentences
    from admf_jit.results.null_markets import read_null
    from admf_jit.results.ranking import RANKED_BY, best_rows, breaches, failed_rows, satisfied
    from admf_jit.results.selection import selection_of, selection_sentence
    from admf_jit.results.several_objectives import front_facts, front_lines
    from admf_jit.results.table import console_for_results, print_combinations, print_results
    from admf_jit.results.warnings import warnings_of

    optimization = manifest["config"]["optimization"]
    objective, direction = optimization["objective"], optimization["direction"]
    conditions = optimization.get("result_constraints", [])
    ranked_by = {RANKED_BY: manifest[RANKED_BY]} if RANKED_BY in manifest else {}
    hosts = (manifest.get("workers") or {}).get("hosts") or []
    selection = selection_of(table, manifest)
    null = read_null(directory, manifest)
    pareto = front_facts(table, optimization) if optimization.get("objectives") else None
    if as_json:
        print_json(
            {
                "directory": str(directory),
                **({"report": _as_text(page())} if page is not None else {}),
                "containers": table.num_rows,
                "counts": count_statuses(table),
                "breaches": breaches(table),
                "warnings": warnings_of(table),
                "accounting": (manifest.get("accounting") or {}),
                "hosts": hosts,
                "objective": objective,
                "direction": direction,
                **ranked_by,
                "selection": selection,
                **({"judgement": judgement} if judgement is not None else {}),
                **({"null": null.facts()} if null is not None else {}),
                **({"satisfying": int(satisfied(table, conditions).sum())} if conditions else {}),
                "best": best_rows(table, objective, direction, top, conditions),
                **({"pareto": pareto} if pareto is not None else {}),
                **({"combinations": best_combinations(table, manifest, top)} if has_sets(manifest) else {}),
                "failed": [_failure(directory, row) for row in failed_rows(table, names=_SAID_OF_A_FAILURE)],
            }
        )
        return
    swept = tuple(manifest["columns"]["swept"])
    ranking = {"objective": objective, "direction": direction, "top": top, "conditions": conditions}
    if has_sets(manifest):
        print_combinations(console_for_results(), table, manifest, top=top)
    else:
        print_results(console_for_results(), table, swept=swept, **ranking)
    if pareto is not None:
        for line in front_lines(pareto, table.num_rows, top):
            print(printable(line))
    sentences = [] if selection is None else [selection_sentence(judgement or selection)]
    sentences += judgement_sentences(judgement) if judgement is not None else ()
    sentences += [str(null)] if null is not None else []
    sentences += [_accounting(name, used) for name, used in (manifest.get("accounting") or {}).items()]
    sentences += map(_host, hosts)
    console = console_for_results()
    for sentence in sentences:
        # Broken between words on a terminal alone: elsewhere a sentence is a line.
        console.print(printable(sentence), soft_wrap=not console.is_terminal)
    for function in ranked_by.values():
        text = f"ranked here by {objective}: the run was ranked by the function {function}, which it does not keep"
        print(printable(text))
    print(f"run directory: {directory}")
    for row in failed_rows(table, 1):
        print(f"look into a failure: {_replay_command(directory, row)}")
    if page is not None:
        sys.stdout.flush()
        path = page()
        if path is not None:
            print(f"report: {path}")


def _as_text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _accounting(name: str, used: Mapping[str, Any]) -> str:
    """One line on what the containers of a strategy used, and what they were allowed."""
    limits = [f"{used['time_limit']:g} s"]
    if used["memory_limit"] is not None:
        limits.append(f"{used['memory_limit'] / 2**20:,.1f} MiB")
    if used["cpu_limit"] is not None:
        limits.append(f"{used['cpu_limit']:g} core{'' if used['cpu_limit'] == 1 else 's'}")
    return (
        f"{name}: {counted(used['containers'], 'container')} ran for {used['worker_seconds']:.2f} s, a process grew by "
        f"{used['largest_batch_bytes'] / 2**20:.1f} MiB at most; limit of a container: {', '.join(limits)}"
    )


def _host(said: Mapping[str, Any]) -> str:
    """One line on what a host has done for the run."""
    if said["refused"] is not None:
        return f"{said['host']}: refused: {said['refused']}"
    lost = ", and was lost" if said["lost"] else ""
    return (
        f"{said['host']}: {counted(said['containers'], 'container')} ran for {said['worker_seconds']:.2f} s, "
        f"{said['jobs']} at a time; {said['bytes_sent'] / 2**20:.1f} MiB were sent to it{lost}"
    )


def _failure(directory: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "replay": _replay_command(directory, row)}


def _replay_command(directory: Path, row: Mapping[str, Any]) -> str:
    return command_line("replay", directory, row["index"])
