"""The manifest of a workflow: one correlation id, its phases, and what each has handed to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from admf_jit.errors import ResultsError
from admf_jit.results.atomic import write_json_atomically
from admf_jit.results.manifest import WORKFLOW_NAME, first_difference

RUNNING, DONE, STOPPED = "running", "finished", "stopped"


def is_workflow(directory: Path) -> bool:
    """Whether a directory is that of a workflow."""
    return (directory / WORKFLOW_NAME).is_file()


def write_workflow(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest of a workflow in one step."""
    write_json_atomically(directory / WORKFLOW_NAME, manifest)


def read_workflow(directory: Path) -> dict[str, Any]:
    """Return the manifest of the workflow in a directory; ResultsError where there is none, or it is not ours."""
    path = directory / WORKFLOW_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror}); expected the manifest of a workflow") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path}: not readable as JSON ({error})") from None
    phases = manifest.get("phases") if isinstance(manifest, dict) else None
    fits = (
        isinstance(phases, dict)
        and all(isinstance(said, dict) and _is_selection(said.get("selected", [])) for said in phases.values())
        and isinstance(manifest["config"] if "config" in manifest else None, dict)
        and all(isinstance(manifest.get(key), str) for key in ("name", "correlation_id", "status"))
    )
    if not fits:
        raise ResultsError(f"{path}: expected the manifest of a workflow (what `run-workflow` wrote)")
    found: dict[str, Any] = manifest
    return found


def _is_selection(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def check_same_workflow(directory: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a workflow as another one, naming the first thing that differs.

    What a phase selects may be another by now: it is chosen again from the rows that are there.
    """
    stored = json.loads(json.dumps(now["config"]))
    difference = first_difference("config", before["config"], stored)
    if difference:
        raise ResultsError(
            f"{directory}: cannot resume, {difference}. Resume with what the workflow was started with, or start a "
            "new one in another directory."
        )
