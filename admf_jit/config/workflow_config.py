"""A workflow: the configuration of the run of each phase, with the rows that an earlier phase has handed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from admf_jit.config.execution import PHASES as KNOWN_PHASES
from admf_jit.config.execution import OptimizationPhaseConfig
from admf_jit.config.model import Config
from admf_jit.config.phases import (
    BEST_ROW,
    LIVE_PHASE,
    OPTIMIZATION_PHASE,
    PLACE,
    PhaseConfig,
    SelectConfig,
    dependencies,
    in_sequence,
    wrong_phases,
)
from admf_jit.config.problems import Path, Problem, unknown
from admf_jit.config.run_config import RunConfig, check_run
from admf_jit.errors import ConfigError

_HOW = tuple(OptimizationPhaseConfig.model_fields)
#: Combinations that each strategy is handed, by its name: None where there is one without a name.
Handed = Mapping[str | None, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Phase:
    """One phase of a workflow; ``document`` is the configuration of its run before anything is handed to it."""

    name: str
    depends_on: tuple[str, ...]
    select: SelectConfig
    settings: OptimizationPhaseConfig
    document: dict[str, Any] = field(repr=False)
    #: Its run with the values that the configuration sweeps.
    run: RunConfig = field(repr=False)

    @property
    def is_live(self) -> bool:
        """Whether one container goes live, and no sweep is run."""
        return self.name == LIVE_PHASE

    def with_rows(self, handed: Handed) -> RunConfig:
        """The run of this phase over the combinations that other phases have handed to it."""
        document = dict(self.document)
        common = {key: value for key, value in (document.get("optimization") or {}).items() if key in _KEPT}
        document["optimization"] = common
        if "strategies" in document:
            entries = document["strategies"]
            document["strategies"] = {
                name: {**entry, "optimization": _listed(handed[name])}
                for name, entry in entries.items()
                if name in handed
            }
        else:
            document["optimization"] = {**common, **_listed(handed[None])}
        run, problems = check_run(document)
        assert run is not None, problems
        return run


#: Keys of `optimization` that a phase has whose combinations are handed to it.
_KEPT = (
    "objective",
    "direction",
    "across_data",
    "result_constraints",
    "metrics",
    "parallel_containers",
    "containers",
    "batch_size",
)


def _listed(combinations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [{name: [value] for name, value in one.items()} for one in combinations]
    return {"parameters": rows if rows[0] else {}}


@dataclass(frozen=True)
class Workflow:
    """Phases in an order in which each comes after those that it depends on."""

    base: RunConfig
    phases: tuple[Phase, ...]

    @property
    def name(self) -> str:
        """The name of the configuration."""
        return self.base.common.name

    def resolved(self) -> dict[str, Any]:
        """The configuration as the workflow's manifest keeps it."""
        return self.base.resolved()


def has_phases(config: Config) -> str | None:
    """The key by which a configuration asks for a workflow, or None where it is that of one run."""
    if config.workflow.phases:
        return ".".join(map(str, PLACE))
    later = (name for name in KNOWN_PHASES if name != OPTIMIZATION_PHASE)
    return next((f"execution.{name}" for name in later if getattr(config.execution, name) is not None), None)


def refuse_phases(config: Config) -> None:
    """Refuse a configuration with phases, or a walk-forward, where one run is wanted: ConfigError."""
    if config.walk_forward is not None:
        raise ConfigError(
            "walk_forward: is run by the command walk-forward (from Python aj.walk_forward); expected that, or a "
            "configuration without"
        )
    key = has_phases(config)
    if key is not None:
        raise ConfigError(
            f"{key}: phases are run by run-workflow (from Python aj.run_workflow); expected that, or a configuration "
            "without"
        )


def check_workflow(document: Mapping[str, Any], base: RunConfig) -> tuple[Workflow | None, list[Problem]]:
    """Return the workflow of a configuration that is right as that of a run, and what is wrong with its phases."""
    common = base.common
    phases = dict(common.workflow.phases) or _implied(common)
    if len(phases) < 2 and not common.workflow.phases:
        text = "missing; expected a mapping of names to phases (grid runs one sweep)"
        return None, [Problem(PLACE, text)]
    problems = list(wrong_phases(phases, common.optimization, len(base.data_sets)))
    problems += _wrong_settings(common, phases)
    if problems:
        return None, problems
    found = []
    needs = dependencies(phases)
    for name in in_sequence(phases):
        own = _document(document, common, name, phases[name])
        run, wrong = check_run(own)
        problems += [replace(problem, path=_path(problem.path, name)) for problem in wrong]
        if run is not None:
            select = phases[name].select or BEST_ROW
            settings = run.common.execution.optimization_phase
            found.append(Phase(name, needs[name], select, settings, own, run))
    return (None if problems else Workflow(base, tuple(found))), problems


def _implied(config: Config) -> dict[str, PhaseConfig]:
    """The phases that `execution` has settings for, one after the other."""
    return {name: PhaseConfig() for name in KNOWN_PHASES if getattr(config.execution, name) is not None}


def _wrong_settings(config: Config, phases: Mapping[str, PhaseConfig]) -> list[Problem]:
    problems = []
    for name in KNOWN_PHASES:
        given = name in config.execution.model_fields_set and getattr(config.execution, name) is not None
        if given and name not in phases:
            problems.append(Problem(("execution", name), f"has settings for {unknown('phase', name, phases)}"))
        elif given and phases[name].model_fields_set & set(_HOW):
            key = min(phases[name].model_fields_set & set(_HOW))
            text = f"execution.{name} is there too; expected the settings of the phase in one of them"
            problems.append(Problem((*PLACE, name, key), text))
        elif given and name == LIVE_PHASE:
            live = phases[name].model_copy(update={key: getattr(getattr(config.execution, name), key) for key in _HOW})
            wrong = wrong_phases({**phases, name: live}, config.optimization, 0)
            problems += [replace(one, path=("execution", name, one.path[-1])) for one in wrong if one.path[-1] in _HOW]
    return problems


def _document(document: Mapping[str, Any], config: Config, name: str, phase: PhaseConfig) -> dict[str, Any]:
    """The configuration of the run of one phase, unchecked."""
    own = dict(document)
    own["workflow"] = {key: value for key, value in (own.get("workflow") or {}).items() if key != PLACE[1]}
    settings: Any = phase
    if name in KNOWN_PHASES and not phase.model_fields_set & set(_HOW):
        settings = getattr(config.execution, name) or phase
    how = {key: getattr(settings, key) for key in _HOW if key in settings.model_fields_set}
    execution = {key: value for key, value in (own.get("execution") or {}).items() if key not in KNOWN_PHASES}
    own["execution"] = {**execution, OPTIMIZATION_PHASE: {key: _plain(value) for key, value in how.items()}}
    span = {key: getattr(phase.data, key) for key in phase.data.model_fields_set}
    data = own["data"]
    own["data"] = [{**one, **span} for one in data] if isinstance(data, list) else {**data, **span}
    return own


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _path(path: Path, phase: str) -> Path:
    """Where the problem of a phase's run is in the configuration of the workflow."""
    if path[:1] == ("data",) and path[-1:] and path[-1] in ("start", "end"):
        return (*PLACE, phase, "data", path[-1])
    if path[:2] == ("execution", OPTIMIZATION_PHASE):
        return (*PLACE, phase, *path[2:])
    return (*PLACE, phase, "data") if path[:1] == ("data",) else path
