"""From an order back to what began it: its events, and the rows of runs that chose the parameters it came of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from admf_jit.errors import ResultsError
from admf_jit.live.history import History
from admf_jit.live.journal import LIVE_NAME, read_identity
from admf_jit.results.identity import run_id
from admf_jit.results.run_directory import RunDirectory
from admf_jit.results.workflow_manifest import is_workflow, read_workflow
from admf_kernels.constants import EventKind


def events_of_order(history: History, order: str) -> list[dict[str, Any]]:
    """The newest event of an order, and what led to it, back to the bar; ResultsError where there is no such order.

    ``order`` is its number, or the order_id of a live run.
    """
    number = order.removeprefix(f"{history.identity.run}-")
    found = history.records["order"] == (int(number) if number.isdecimal() and len(number) < 10 else -1)
    found &= np.isin(history.records["kind"], (EventKind.ORDER, EventKind.FILL, EventKind.CANCEL, EventKind.REJECT))
    places = np.flatnonzero(found)
    if not len(places):
        most = int(history.records["order"].max(initial=0))
        known = f"a number from 1 to {most}" if most else "none, as it has sent no order"
        raise ResultsError(f"--follow {order}: {history.title} has no such order; expected {known}")
    return history.chain(int(places[-1]))


def rows_behind(source: Path, container: str) -> list[dict[str, Any]]:
    """The rows that chose a container, the newest first: where they are, and what they have.

    Of a live run it is the row that it was started with, and then, phase by phase, the one that chose that.
    """
    if (source / LIVE_NAME).is_file():
        chosen = read_identity(source).get("chosen_by")
        if chosen is None:
            return []
        directory, found = Path(chosen["run"]), str(chosen["container_id"])
    else:
        directory, found = source, container
    rows = []
    step: tuple[Path, str] | None = (directory, found)
    while step is not None:
        rows.append(_row(*step))
        step = _before(step[0], str(rows[-1]["container_id"]))
    return rows


def _row(directory: Path, container: str) -> dict[str, Any]:
    """A row with what was swept, its objective, and whose it is."""
    import pyarrow.compute as pc

    stored = RunDirectory.open(directory)
    manifest = stored.manifest
    table = stored.table()
    is_index = container.isdecimal() and len(container) < 16
    column, value = ("index", int(container)) if is_index else ("container_id", container)
    rows = table.filter(pc.equal(table[column], value)).to_pylist()
    if not rows:
        raise ResultsError(f"{directory}: has no container {container}, which the run after it names")
    row = rows[0]
    objective = manifest["config"].get("optimization", {}).get("objective")
    said = {"run": str(directory), "run_id": run_id(manifest), "correlation": manifest.get("correlation_id")}
    said |= {"phase": manifest.get("phase"), "index": row["index"], "container_id": row["container_id"]}
    said |= {"parameters": {name: row[name] for name in manifest["columns"]["swept"]}}
    if objective in row:
        said |= {"objective": objective, "value": row[objective]}
    return said


def _before(directory: Path, container_id: str) -> tuple[Path, str] | None:
    """The run of an earlier phase and its row that chose a container, where it is one of a workflow."""
    workflow = directory.parent
    if not is_workflow(workflow):
        return None
    origins = read_workflow(workflow)["phases"].get(directory.name, {}).get("from", [])
    found = next((one for one in origins if one["container_id"] == container_id), None)
    return None if found is None else (workflow / found["phase"], str(found["chosen_by"]))
