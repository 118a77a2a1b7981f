"""What a sweep will need, computed before it is run: containers, batches, memory, time, waves, and what does not fit.

`isolation` says what the containers share, and why they do not share more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from admf_jit import markup
from admf_jit.config import Config, RunConfig, Workflow, load_config, refuse_phases
from admf_jit.config.containers import USABLE, admission_limit
from admf_jit.config.infrastructure import MachineConfig
from admf_jit.config.workflow_config import Phase
from admf_jit.workers.plan import requested_jobs, usable_cores
from admf_jit.workflow.grid_run import plan_of
from admf_jit.workflow.prediction import predicted_memory, predicted_seconds
from admf_jit.workflow.prediction_of_hosts import HostsPlan, predict_hosts, seconds_recorded
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import prepare_run


@dataclass(frozen=True)
class MachinePlan:
    """One machine of `infrastructure`: how many containers it is to hold, and how many fit by their limits."""

    host: str
    containers: int
    memory: int
    needed: int
    fitting: int

    @property
    def overcommitted(self) -> bool:
        """Whether it is to hold more than fit."""
        return self.containers > self.fitting


@dataclass(frozen=True)
class SweepPlan:
    """A sweep before it is run. Memory in bytes, time in seconds; ``at_once`` containers may be in flight.

    ``limit`` names the key that keeps more from being in flight, or is None; ``waves`` is how often ``at_once``
    containers go into all of them. ``workers_limit`` names the key of the containers' resources that keeps more
    processes from running them, or is None, and ``promised`` is the memory that those may take for containers, where
    that is limited. ``state`` is what is known of the largest container's memory, ``memory`` what all in flight may
    take. ``peak_memory`` of all processes together and ``seconds``, without start and compilation, are predictions
    from what was measured (``prediction``). ``hosts`` are predictions for numbers of hosts. ``notes`` say what was
    assumed about the data.
    """

    containers: int
    workers: int
    workers_limit: str | None
    batches: int
    batch_size: int
    at_once: int
    limit: str | None
    waves: int
    state: int
    memory: int
    promised: int | None
    peak_memory: int
    seconds: float
    isolation: str
    machines: tuple[MachinePlan, ...] = ()
    hosts: tuple[HostsPlan, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def _repr_html_(self) -> str:
        """What a notebook shows: each figure, memory in MiB, then warnings and notes."""
        said: dict[str, object] = {}
        for name, value in self.as_json().items():
            if name in ("warnings", "notes", "machines", "hosts") or value is None:
                continue
            in_mebibytes = name in ("state", "memory", "promised", "peak_memory")
            said[name.replace("_", " ")] = f"{value / 2**20:,.1f} MiB" if in_mebibytes else value
        told = [*(f"warning: {text}" for text in self.warnings), *(f"note: {text}" for text in self.notes)]
        return markup.facts(said) + "".join(map(markup.paragraph, told))

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        machines = [{**asdict(machine), "overcommitted": machine.overcommitted} for machine in self.machines]
        return {**asdict(self), "machines": machines, "warnings": list(self.warnings), "notes": list(self.notes)}


@dataclass(frozen=True)
class RunPlan:
    """A run of several sweeps, one after the other: the plan of each by its strategy's and its data's names."""

    sweeps: tuple[tuple[Mapping[str, str], SweepPlan], ...]

    @property
    def containers(self) -> int:
        """All containers."""
        return sum(one.containers for _, one in self.sweeps)

    @property
    def seconds(self) -> float:
        """Predicted, without start and compilation."""
        return sum(one.seconds for _, one in self.sweeps)

    @property
    def peak_memory(self) -> int:
        """The most bytes of all processes together, predicted."""
        return max(one.peak_memory for _, one in self.sweeps)

    def _repr_html_(self) -> str:
        """What a notebook shows: the plan of each sweep under its names."""
        named = (
            markup.paragraph(", ".join(labels.values()), strong=True) + one._repr_html_() for labels, one in self.sweeps
        )
        return "".join(named)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        sweeps = [{**labels, **one.as_json()} for labels, one in self.sweeps]
        whole = {"containers": self.containers, "seconds": self.seconds, "peak_memory": self.peak_memory}
        return {**whole, "sweeps": sweeps}


def plan(
    config: Config, *, n_jobs: int | None = None, hosts: Sequence[int] = (), recorded: Path | None = None
) -> SweepPlan:
    """Compute what the sweep of ``config`` will need. Loads the data, and compiles and runs nothing.

    ``hosts`` are numbers of hosts like this machine, each with ``n_jobs`` batches at a time, to predict the sweep for;
    ``recorded`` is the directory of a run that says how long a container takes.
    """
    return _planned(prepare(config), n_jobs, hosts, recorded)


def plan_run(
    config: RunConfig, *, n_jobs: int | None = None, hosts: Sequence[int] = (), recorded: Path | None = None
) -> RunPlan:
    """Do the same for each sweep of a run."""
    refuse_phases(config.common)
    sweeps = prepare_run(config).sweeps
    return RunPlan(tuple((one.labels, _planned(one.prepared, n_jobs, hosts, recorded)) for one in sweeps))


def plan_workflow(
    workflow: Workflow, *, n_jobs: int | None = None, hosts: Sequence[int] = (), recorded: Path | None = None
) -> dict[str, RunPlan]:
    """Plan the run of each phase of a workflow; the live one, whose container has no end, is left out.

    Which rows are handed to a phase is not known. It is planned with as many of its combinations as the phases before
    may hand to it: `best` of each, or all where nothing bounds them.
    """
    found = {}
    for phase in workflow.phases:
        if not phase.is_live:
            run = prepare_run(phase.run)
            most = _most(workflow, phase)
            sweeps = [(one.labels, _planned(_first(one.prepared, most), n_jobs, hosts, recorded)) for one in run.sweeps]
            found[phase.name] = RunPlan(tuple(sweeps))
    return found


def _most(workflow: Workflow, phase: Phase) -> int | None:
    """How many combinations may be handed to a phase, or None where nothing bounds them."""
    bounds = [one.select.best for one in workflow.phases if one.name in phase.depends_on]
    return None if not bounds or None in bounds else sum(bound for bound in bounds if bound is not None)


def _first(prepared: Prepared, most: int | None) -> Prepared:
    """The sweep with so many of its combinations at the most."""
    if most is None or prepared.grid.most <= most or prepared.config.optimization.proposes:
        return prepared
    rows = [{name: [value] for name, value in prepared.grid.container(k).swept.items()} for k in range(most)]
    fields = prepared.config.model_dump(mode="json")
    kept = {key: fields["optimization"][key] for key in ("objective", "direction", "batch_size", "parallel_containers")}
    fields["optimization"] = {**kept, "parameters": rows}
    return prepare(load_config(fields), definition=prepared.definition, data=prepared.data)


def _planned(prepared: Prepared, n_jobs: int | None, hosts: Sequence[int], recorded: Path | None) -> SweepPlan:
    config = prepared.config
    spread = plan_of(prepared, n_jobs, None)
    total = prepared.grid.most
    at_once, limit = _lowest(_caps(config), total)
    _, workers_limit = _lowest(_admitted(prepared), min(total, requested_jobs(n_jobs)))
    state = max(map(prepared.state_bytes, prepared.grid.extremes()))
    in_flight = min(total, spread.in_flight)
    memory_limit = prepared.resources.memory_limit
    seconds = None if recorded is None else seconds_recorded(recorded, prepared.data.n_bars)
    machines = tuple(_machine(machine, memory_limit or state) for machine in config.infrastructure.machines)
    return SweepPlan(
        containers=total,
        workers=spread.n_jobs,
        workers_limit=workers_limit,
        batches=len(list(spread.sizes(total))),
        batch_size=spread.batch_size,
        at_once=at_once,
        limit=limit,
        waves=math.ceil(total / at_once),
        state=state,
        memory=state * in_flight,
        promised=None if memory_limit is None else memory_limit * spread.n_jobs,
        peak_memory=predicted_memory(prepared, spread, state),
        seconds=predicted_seconds(prepared, spread),
        isolation=prepared.isolation.described,
        machines=machines,
        hosts=tuple(predict_hosts(prepared, number, requested_jobs(n_jobs), seconds=seconds) for number in hosts),
        warnings=tuple(_warnings(machines, total, memory_limit or state)),
        notes=prepared.data.notes,
    )


def _lowest(limits: dict[str, int], most: int) -> tuple[int, str | None]:
    """The lowest of some limits and its key, or ``most`` and None where none is lower."""
    key = min(limits, key=limits.__getitem__, default=None)
    return (most, None) if key is None or limits[key] >= most else (limits[key], key)


def _caps(config: Config) -> dict[str, int]:
    """The keys that bound how many containers are in flight, with the bound of each."""
    asked = {
        "optimization.parallel_containers": config.optimization.parallel_containers,
        "optimization.containers": config.optimization.containers,
        "execution.optimization_phase.containers": config.execution.optimization_phase.containers,
    }
    return {key: value for key, value in asked.items() if value is not None}


def _admitted(prepared: Prepared) -> dict[str, int]:
    """The keys that bound how many processes run containers at a time, with the bound of each."""
    resources, memory, cores = prepared.resources, psutil.virtual_memory().total, usable_cores()
    return {
        f"containers.resources.{key}": admission_limit(resources.model_copy(update={other: None}), memory, cores)
        for key, other in (("memory_limit", "cpu_limit"), ("cpu_limit", "memory_limit"))
        if getattr(resources, key) is not None
    }


def _machine(machine: MachineConfig, bytes_of_container: int) -> MachinePlan:
    fitting = int(USABLE * machine.memory // bytes_of_container)
    needed = machine.containers * bytes_of_container
    return MachinePlan(machine.host, machine.containers, machine.memory, needed, fitting)


def _warnings(machines: tuple[MachinePlan, ...], total: int, bytes_of_container: int) -> list[str]:
    said = [
        f"{machine.host} is overcommitted: {machine.containers:,} containers of {bytes_of_container:,} bytes are "
        f"{machine.needed / 2**30:,.1f} GiB, and nine tenths of its {machine.memory / 2**30:,.1f} GiB hold "
        f"{machine.fitting:,}"
        for machine in machines
        if machine.overcommitted
    ]
    held = sum(machine.containers for machine in machines)
    if machines and held < total:
        said.append(f"the machines are to hold {held:,} of {total:,} containers at a time: {-(-total // held)} waves")
    return said
