"""A workflow from its first phase to the last: each sweep is a run of its own, and hands rows to the next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admf_jit import interrupts
from admf_jit.config import Workflow
from admf_jit.config.phases import SERVICES
from admf_jit.config.workflow_config import Phase
from admf_jit.errors import AdmfError, ResultsError
from admf_jit.results import Progress, default_directory
from admf_jit.results.chosen_rows import ChosenRow, chosen_rows
from admf_jit.results.lock import DirectoryLock
from admf_jit.results.manifest import WORKFLOW_NAME
from admf_jit.results.workflow_manifest import (
    DONE,
    RUNNING,
    STOPPED,
    check_same_workflow,
    read_workflow,
    write_workflow,
)
from admf_jit.wording import counted
from admf_jit.workflow.grid_run import GridRun, is_begun, run_grid
from admf_jit.workflow.live_phase import LiveConfig, write_live
from admf_jit.workflow.null_sweep import refuse_elsewhere
from admf_jit.workflow.prepared_run import PreparedRun, prepare_run


@dataclass(frozen=True)
class Selected:
    """A combination that a phase has chosen: the ids of its rows, one for each set of data, and its values.

    ``index`` is its row in the run of the phase, over the first set, ``value`` what it was ranked by.
    """

    strategy: str | None
    index: int
    container_ids: tuple[str, ...]
    parameters: Mapping[str, Any]
    value: float

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        named = {} if self.strategy is None else {"strategy": self.strategy}
        ids: dict[str, Any] = {"container_id": self.container_ids[0]}
        if len(self.container_ids) > 1:
            ids["container_ids"] = list(self.container_ids)
        return {"index": self.index, **ids, **named, "parameters": dict(self.parameters), "value": self.value}


@dataclass(frozen=True)
class PhaseDone:
    """A phase that came to its end: its run and what it hands on, or the configuration that goes live."""

    name: str
    run: GridRun | None = None
    selected: tuple[Selected, ...] = ()
    live: LiveConfig | None = None


@dataclass
class WorkflowRun:
    """A workflow as far as it has come. ``stopped`` says why it did not come to its end, where it did not."""

    directory: Path
    manifest: dict[str, Any] = field(repr=False)
    phases: dict[str, PhaseDone] = field(default_factory=dict, repr=False)
    stopped: str | None = None

    @property
    def failed(self) -> int:
        """Containers that failed, of all phases."""
        return sum(done.run.failed for done in self.phases.values() if done.run is not None)


@interrupts.taken()
def run_workflow(
    workflow: Workflow,
    *,
    out: Path | None = None,
    n_jobs: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    begun: Callable[[Path], None] = lambda directory: None,
) -> WorkflowRun:
    """Run the phases of ``workflow`` one after the other; with ``resume`` go on with the one in ``out``.

    Each sweep is a run in a folder of its phase's name, under one correlation id. Where a phase selects nothing, the
    workflow stops there. ``begun`` is told the directory once it is there. Raises AdmfError for bad input.
    """
    _check_ahead(workflow)
    path = Path(out) if out is not None else default_directory(workflow.name, resume=resume)
    with _opened(path, workflow, resume) as manifest:
        begun(path)
        found = WorkflowRun(path, manifest)
        for phase in workflow.phases:
            interrupts.check()
            handed = [(name, one) for name in phase.depends_on for one in found.phases[name].selected]
            _say(progress, f"{phase.name}: {_said(phase, handed)}")
            if phase.is_live:
                done = _go_live(phase, handed[0], found)
            else:
                done = _run_phase(phase, handed, found, n_jobs, progress)
            found.phases[phase.name] = done
            if done.run is not None and not done.selected:
                found.stopped = _nothing(phase, workflow)
                if found.stopped is not None:
                    break
        _update(manifest, path, status=DONE if found.stopped is None else STOPPED, stopped=found.stopped)
    return found


def _check_ahead(workflow: Workflow) -> None:
    """Load the bars of every phase and lay out its run: what is wrong with the last is not found after hours."""
    for phase in workflow.phases:
        try:
            if not phase.is_live:
                refuse_elsewhere(phase.run.common, "a phase")
            prepare_run(phase.run)
        except AdmfError as problem:
            raise type(problem)(f"{phase.name}: {problem}") from None


@contextmanager
def _opened(path: Path, workflow: Workflow, resume: bool) -> Iterator[dict[str, Any]]:
    """The manifest of the workflow in a directory, new or gone on with, under the directory's lock."""
    there = (path / WORKFLOW_NAME).is_file()
    if resume and not there:
        raise ResultsError(f"{path}: no {WORKFLOW_NAME} in it; expected the directory of a workflow to resume")
    if path.is_dir() and not resume and any(not one.name.startswith(".") for one in path.iterdir()):
        hint = "add --resume (from Python resume=True) to go on with the workflow in it, or " if there else ""
        raise ResultsError(f"{path}: not empty; expected a new or empty directory. Please {hint}choose another.")
    if path.exists() and not path.is_dir():
        raise ResultsError(f"{path}: is a file; expected a directory, or a name that does not exist yet")
    path.mkdir(parents=True, exist_ok=True)
    lock = DirectoryLock(path)
    try:
        now: dict[str, Any] = {"name": workflow.name, "config": workflow.resolved(), "status": RUNNING}
        if resume:
            before = read_workflow(path)
            check_same_workflow(path, before, now)
            manifest = {**before, **now, "stopped": None}
        else:
            manifest = {"correlation_id": uuid.uuid4().hex, **now, "stopped": None, "phases": {}}
        write_workflow(path, manifest)
        yield manifest
    finally:
        lock.release()


def _run_phase(
    phase: Phase,
    handed: Sequence[tuple[str, Selected]],
    found: WorkflowRun,
    n_jobs: int | None,
    progress: Progress | None,
) -> PhaseDone:
    """Run the sweep of a phase, and choose its rows."""
    config = phase.with_rows(_by_strategy(handed)) if phase.depends_on else phase.run
    path = found.directory / phase.name
    facts = {"correlation_id": found.manifest["correlation_id"], "phase": phase.name}
    run = run_grid(
        config,
        out=path,
        n_jobs=n_jobs,
        resume=is_begun(path),
        progress=progress,
        facts=facts,
    )
    overlaps = _overlaps(phase, run, found)
    for text in overlaps:
        _say(progress, f"warning: {text}")
    selected = tuple(_selected(run.sweeps, one) for one in chosen_rows(run.stored, run.manifest, phase.select))
    said = {
        "directory": phase.name,
        "depends_on": list(phase.depends_on),
        "isolation": run.manifest["isolation"],
        "counts": run.manifest["counts"],
        "data": run.manifest["data"]["digest"],
        "select": phase.select.model_dump(mode="json"),
        "selected": [one.facts() for one in selected],
        "warnings": overlaps,
        **({"from": _origins(run.sweeps, handed)} if phase.depends_on else {}),
    }
    _add(found, phase.name, said)
    return PhaseDone(phase.name, run, selected)


def _overlaps(phase: Phase, run: GridRun, found: WorkflowRun) -> list[str]:
    """A sentence for each phase whose bars have chosen rows that this phase judges over the same bars."""
    said = []
    for name in phase.depends_on:
        before = found.phases[name].run
        assert before is not None
        shared = max(_shared_bars(before, run), default=0)
        if shared:
            said.append(
                f"{phase.name} runs over {counted(shared, 'bar')} over which {name} has chosen its rows: their results "
                f"there say little; give {name} a data.end, and {phase.name} a later data.start"
            )
    return said


def _shared_bars(before: GridRun, after: GridRun) -> Iterator[int]:
    spans = {one.data_set: one.prepared.data.time for one in before.sweeps.sweeps}
    for one in after.sweeps.sweeps:
        earlier, later = spans[one.data_set], one.prepared.data.time
        yield int(((later >= earlier[0]) & (later <= earlier[-1])).sum())


def _go_live(phase: Phase, handed: tuple[str, Selected], found: WorkflowRun) -> PhaseDone:
    """Write what goes live: the container that the phase before has ranked first."""
    origin, chosen = handed
    run = found.phases[origin].run
    assert run is not None
    live = write_live(found.directory / phase.name, phase, run.sweeps, chosen.index)
    row = {"phase": origin, "index": chosen.index, "container_id": chosen.container_ids[0]}
    said = {
        "directory": phase.name,
        "depends_on": list(phase.depends_on),
        "services": list(SERVICES),
        "chosen_by": row,
        "container_id": live.container_id,
        "config": live.path.name,
    }
    _add(found, phase.name, said)
    return PhaseDone(phase.name, live=live)


def _add(found: WorkflowRun, name: str, said: Mapping[str, Any]) -> None:
    _update(found.manifest, found.directory, phases={**found.manifest["phases"], name: dict(said)})


def _update(manifest: dict[str, Any], path: Path, **facts: Any) -> None:
    manifest.update(facts)
    write_workflow(path, manifest)


def _selected(run: PreparedRun, chosen: ChosenRow) -> Selected:
    containers = [run.container(index)[1] for index in chosen.rows]
    sweep = run.sweep_of(chosen.rows[0])
    ids = tuple(one.container_id for one in containers)
    return Selected(sweep.strategy, chosen.rows[0], ids, containers[0].swept, chosen.value)


def _by_strategy(handed: Sequence[tuple[str, Selected]]) -> dict[str | None, list[Mapping[str, Any]]]:
    """What each strategy is handed, each combination once, in the order of its rank."""
    found: dict[str | None, list[Mapping[str, Any]]] = {}
    for _, one in handed:
        mine = found.setdefault(one.strategy, [])
        if one.parameters not in mine:
            mine.append(one.parameters)
    return found


def _origins(run: PreparedRun, handed: Sequence[tuple[str, Selected]]) -> list[dict[str, Any]]:
    """Each row of a phase that was handed to it, by its index, with the row of an earlier phase that chose it."""
    found = []
    for sweep in run.sweeps:
        mine = [(name, one) for name, one in handed if one.strategy == sweep.strategy]
        for container in sweep.prepared.grid:
            name, one = next((name, one) for name, one in mine if one.parameters == container.swept)
            found.append(
                {
                    "index": sweep.first + container.index,
                    "container_id": container.container_id,
                    "phase": name,
                    "chosen_by": one.container_ids[0],
                }
            )
    return found


def _said(phase: Phase, handed: Sequence[tuple[str, Selected]]) -> str:
    if not phase.depends_on:
        return "sweep"
    return f"{counted(len(handed), 'combination')} of {', '.join(phase.depends_on)}"


def _nothing(phase: Phase, workflow: Workflow) -> str | None:
    """Why a workflow ends with a phase that selects nothing, or None where no other phase needs its rows."""
    if not any(phase.name in other.depends_on for other in workflow.phases):
        return None
    wanted = " and ".join([*phase.run.common.optimization.result_constraints, *phase.select.where])
    return f"{phase.name}: no row of it has a result" + (f" and satisfies {wanted}" if wanted else "")


def _say(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress.say(text)
