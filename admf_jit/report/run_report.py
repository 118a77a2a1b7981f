"""The page of a run, and of one container: what goes into it, and its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.errors import ResultsError, printable
from admf_jit.report.best import MOST_REPLAYED, Replayed, Source, replay_best
from admf_jit.report.candles import candles_of, indicators_of
from admf_jit.report.clock import zone_of
from admf_jit.report.facts import facts_of_run, workers_of_run
from admf_jit.report.history import curve_of, history_of
from admf_jit.report.holding import Holding
from admf_jit.report.html import page_of
from admf_jit.report.landscape import Landscape, distribution
from admf_jit.report.packing import Packing
from admf_jit.report.rows import ChosenRows, choose_rows, columns_of
from admf_jit.results import BacktestResult
from admf_jit.results.atomic import Replacement
from admf_jit.results.columns import INTEGER_METRICS
from admf_jit.results.judgement import judgement_of, judgement_sentences
from admf_jit.results.null_markets import read_null
from admf_jit.results.ranking import RANKED_BY, count_statuses, satisfied
from admf_jit.results.selection import selection_of, selection_sentence
from admf_jit.results.table import FRACTIONS, MONEY
from admf_jit.results.warnings import warnings_of
from admf_jit.wording import command_line, counted
from admf_kernels.constants import EventKind

if TYPE_CHECKING:
    from admf_jit.results import StoredTable
    from admf_jit.workflow.prepared_run import PreparedRun

REPORT_NAME = "report.html"
_CANDLES_OF_ONE = 20_000


@dataclass(frozen=True)
class WrittenReport:
    """A page that was written, how many containers it has with their history, and what it says is missing."""

    path: Path
    histories: int
    notes: tuple[str, ...]


def write_run_report(
    table: StoredTable,
    manifest: Mapping[str, Any],
    directory: Path,
    prepared: Callable[[], PreparedRun],
    target: Path | None = None,
) -> WrittenReport:
    """Write the page of a finished run to ``target``, by default ``report.html`` in its directory.

    See ``run_page``. Raises ResultsError where the rows cannot be read or the page not be written.
    """
    path = target if target is not None else directory / REPORT_NAME
    page, replayed, notes = run_page(table, manifest, directory, prepared)
    _write(path, page)
    return WrittenReport(path, len(replayed.results), tuple(notes))


def run_page(
    table: StoredTable, manifest: Mapping[str, Any], directory: Path, prepared: Callable[[], PreparedRun]
) -> tuple[str, Replayed, Sequence[str]]:
    """The page of a finished run, what was replayed for it, and its notes.

    ``prepared`` prepares the run again, for the best containers to be replayed; where it raises an AdmfError, the page
    has rows alone and says why.
    """
    rows = choose_rows(table, manifest["config"]["optimization"])
    replayed = replay_best(_to_replay(table, rows), prepared)
    packing = Packing()
    document = _document(table, manifest, directory, rows, replayed, packing)
    notes = [printable(text) for text in _notes(table, manifest, rows, replayed)]
    selection = selection_of(table, manifest)
    page = page_of(
        packing.packed(document),
        title=f"{printable(str(manifest.get('name', '')))}: {counted(table.num_rows, 'container')}",
        facts=facts_of_run(manifest, replayed.sources),
        workers=workers_of_run(manifest),
        notes=notes,
        selection=_said_of_the_best(selection, table, manifest, directory),
        kind="run",
    )
    return page, replayed, notes


def _said_of_the_best(
    selection: Mapping[str, Any] | None, table: StoredTable, manifest: Mapping[str, Any], directory: Path
) -> list[str]:
    """What statistics of selection say about the best row, a sentence each, the verdict first."""
    if selection is None:
        return []
    judgement = judgement_of(table, manifest, directory)
    said = [selection_sentence(judgement or selection)]
    if judgement is not None:
        *reasons, verdict = judgement_sentences(judgement)
        said = [verdict, *said, *reasons]
    return [f"{text[:1].upper()}{text[1:].removesuffix('.')}." for text in said]


def write_container_report(result: BacktestResult, target: Path, title: str) -> WrittenReport:
    """Write the page of one container with its whole history to ``target``."""
    packing = Packing()
    shown = _source(Source(result.data.name, result.data), [result], packing, _CANDLES_OF_ONE)
    numbers = [candle["number"] for candle in shown["candles"]]
    indicators = indicators_of(result, numbers, packing, _CANDLES_OF_ONE)
    document = {
        "kind": "container",
        "names": _names(),
        "container": {**history_of(result, packing), "source": 0, "indicators": indicators},
        "metrics": dict(result.metrics),
        "sources": [shown],
    }
    facts = [
        ("container_id", result.container_id),
        ("seed", str(result.seed)),
        *[(name, printable(str(value))) for name, value in result.parameters.items()],
    ]
    notes = [] if result.error is None else [printable(f"the container failed: {result.error}")]
    page = page_of(
        packing.packed(document),
        title=printable(title),
        facts={"Container": facts},
        workers=[],
        notes=notes,
        selection=(),
        kind="container",
    )
    _write(target, page)
    return WrittenReport(target, 1, tuple(notes))


def _document(
    table: StoredTable,
    manifest: Mapping[str, Any],
    directory: Path,
    rows: ChosenRows,
    replayed: Replayed,
    packing: Packing,
) -> dict[str, Any]:
    optimization = manifest["config"]["optimization"]
    landscape = Landscape(table, list(manifest["columns"]["swept"]), rows)
    median, n_neighbours = landscape.neighbours(rows.places)
    position = {int(place): number for number, place in enumerate(rows.places)}
    histories = {
        str(position[place]): {
            **history_of(result, packing),
            "source": replayed.source_of(result),
            "symbol": replayed.symbols[place],
        }
        for place, result in replayed.results.items()
    }
    return {
        "kind": "run",
        "names": _names(),
        "objective": rows.name,
        "formula": optimization["objective"],
        "direction": optimization["direction"],
        "total": table.num_rows,
        "rows": {
            "embedded": len(rows.places),
            "best": rows.n_best,
            "sampled": rows.n_sampled,
            "failed": rows.n_failed,
            "failed_in_all": rows.failed_in_all,
            "whole": rows.whole,
        },
        "counts": count_statuses(table),
        "columns": columns_of(table, manifest, rows, packing),
        "varying": {name: len(levels) for name, levels in landscape.levels.items()},
        "heat_maps": [] if rows.whole else landscape.heat_maps(position, packing),
        "neighbours": {"median": packing.add(median), "count": packing.add(n_neighbours)},
        "distribution": distribution(rows.objective),
        "null": _surrogates(directory, manifest),
        "replay": command_line("replay", directory),
        "histories": histories,
        "sources": [
            _source(source, [one for one in replayed.results.values() if replayed.source_of(one) == at], packing)
            for at, source in enumerate(replayed.sources)
        ],
    }


def _surrogates(directory: Path, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """The best of each surrogate market, and what is said of them; None where none was run."""
    null = read_null(directory, manifest)
    if null is None:
        return None
    said = str(null)
    return {**distribution(null.best), "observed": null.observed, "said": f"{said[:1].upper()}{said[1:]}."}


def _notes(table: StoredTable, manifest: Mapping[str, Any], rows: ChosenRows, replayed: Replayed) -> list[str]:
    """What a reader has to know: what is not in the page, and what the table does not say by itself."""
    optimization, said = manifest["config"]["optimization"], []
    if not rows.whole:
        said.append(
            f"of {table.num_rows:,} rows this page holds {len(rows.places):,}: the best {rows.n_best:,}, every k-th of "
            f"the others by rank ({rows.n_sampled:,}) and {rows.n_failed:,} of {rows.failed_in_all:,} that failed. "
            "Counts, the distribution and heat maps marked as exact are those of all rows"
        )
    conditions = optimization.get("result_constraints") or ()
    if conditions:
        kept = int(np.count_nonzero(satisfied(table, conditions)))
        said.append(
            f"{kept:,} of {table.num_rows:,} rows satisfy {' and '.join(conditions)}; the others come after them"
        )
    if RANKED_BY in manifest:
        said.append(
            f"ranked here by {optimization['objective']}: the run was ranked by the function {manifest[RANKED_BY]}, "
            "which it does not keep"
        )
    if len(replayed.sources) > 1:
        said.append(
            f"rows are ranked one by one over {len(replayed.sources)} sets of data; the command line ranks each "
            "combination by all of its rows"
        )
    return [*said, *warnings_of(table), *replayed.notes]


def _to_replay(table: StoredTable, rows: ChosenRows) -> dict[int, tuple[int, str]]:
    """Index and result_hash of the rows that may be replayed, by place, best first."""
    best = rows.places[: min(MOST_REPLAYED, rows.n_best)].tolist()
    found = {}
    for place in sorted(best):  # what lies together is read together
        row = table.slice(place, 1).select(["index", "result_hash"]).to_pylist()[0]
        found[place] = (row["index"], row["result_hash"])
    return {place: found[place] for place in best}


def _source(source: Source, results: Sequence[BacktestResult], packing: Packing, *most: int) -> dict[str, Any]:
    """A set of data as a page has it: symbols, candles of those that were traded, and buy and hold."""
    traded: set[int] = set()
    for records in (result.records for result in results):
        traded.update(np.unique(records["symbol"][records["kind"] == EventKind.FILL]).tolist())
    return {
        "name": printable(source.name),
        "symbols": list(source.data.symbols),
        "zone": zone_of(source.data, packing),
        "candles": candles_of(source.data, traded or {0}, packing, *most),
        "holdings": {symbol: _holding(one, packing) for symbol, one in source.holdings.items()},
    }


def _holding(holding: Holding, packing: Packing) -> dict[str, Any]:
    drawdown = holding.equity / np.maximum(np.maximum.accumulate(holding.equity), holding.cash) - 1.0
    return {
        "metrics": dict(holding.metrics),
        "initial": holding.cash,
        **curve_of(holding.data.time, holding.equity, packing),
        "drawdown": curve_of(holding.data.time, drawdown, packing),
    }


def _names() -> dict[str, list[str]]:
    """How metrics are written: as whole numbers, percentages or money."""
    return {"integers": sorted(INTEGER_METRICS), "fractions": sorted(FRACTIONS), "money": sorted(MONEY)}


def _write(path: Path, page: str) -> None:
    """Write a file that is there whole or not at all; ResultsError where the system refuses."""
    try:
        replacement = Replacement(path)
        try:
            replacement.temporary.write_text(page, encoding="utf-8")
            replacement.put_in_place()
        finally:
            replacement.drop()
    except OSError as problem:
        raise ResultsError(
            f"{path}: the report cannot be written there ({problem.strerror}); expected a file name in a folder that "
            "can be written to, as --html FILE"
        ) from None
