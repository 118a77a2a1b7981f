"""Workflows: phases one after the other, each with the rows that the one before has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.grid_result import GridResult
from admf_jit.config import Workflow, load_workflow
from admf_jit.results import Progress
from admf_jit.wording import counted
from admf_jit.workflow import workflow_run

if TYPE_CHECKING:
    import pandas as pd


class WorkflowResult:
    """The phases of a workflow: ``phases[name]`` is the ``GridResult`` of a sweep, ``selected(name)`` what it chose."""

    def __init__(self, run: workflow_run.WorkflowRun) -> None:
        self._run = run

    def __repr__(self) -> str:
        ended = "" if self.stopped is None else f", stopped: {self.stopped}"
        return f"WorkflowResult({counted(len(self._run.phases), 'phase')}, {self.directory}{ended})"

    @property
    def directory(self) -> Path:
        """The workflow's directory, with a folder for each phase."""
        return self._run.directory

    @property
    def manifest(self) -> dict[str, Any]:
        """Configuration, correlation id, and what each phase was handed and has chosen."""
        return self._run.manifest

    @property
    def correlation_id(self) -> str:
        """The id that every phase of this workflow has."""
        return str(self.manifest["correlation_id"])

    @property
    def stopped(self) -> str | None:
        """Why the workflow ended before its last phase, or None."""
        return self._run.stopped

    @cached_property
    def phases(self) -> dict[str, GridResult]:
        """The results of each sweep, by its phase."""
        return {name: GridResult.of(done.run) for name, done in self._run.phases.items() if done.run is not None}

    def selected(self, phase: str) -> pd.DataFrame:
        """What a phase has chosen, best first: index, container_id, strategy, the swept names, and the value."""
        import pandas as pd

        rows = [one.facts() for one in self._run.phases[phase].selected]
        return pd.DataFrame([{**row, **row.pop("parameters"), "value": row.pop("value")} for row in rows])

    @property
    def live_config(self) -> Path | None:
        """The configuration of the container that goes live, or None where no phase is live."""
        found = (done.live for done in self._run.phases.values() if done.live is not None)
        return next((live.path for live in found), None)


def run_workflow(
    config: str | Path | Mapping[str, Any] | Workflow,
    *,
    out: str | Path | None = None,
    n_jobs: int | None = None,
    resume: bool = False,
) -> WorkflowResult:
    """Run the phases of a YAML file, or of a mapping with the same keys, one after the other.

    ``out`` is the workflow's directory (default: the next free ``runs/<name>-<n>``, with ``resume`` the latest, which
    goes on where it was interrupted). docs/workflow.md says what each key means.
    """
    checked = config if isinstance(config, Workflow) else load_workflow(config)
    chosen: list[Path] = []
    try:
        with Progress() as progress:
            run = workflow_run.run_workflow(
                checked,
                out=None if out is None else Path(out).expanduser(),
                n_jobs=n_jobs,
                resume=resume,
                progress=progress,
                begun=chosen.append,
            )
    except KeyboardInterrupt:
        if not chosen:
            raise
        raise KeyboardInterrupt(f"what was finished is kept in {chosen[0]}; resume=True goes on from there") from None
    return WorkflowResult(run)
