"""The `workflow.phases` block: sweeps one after the other, what each hands to the next, and the live phase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from admf_jit.config.execution import PHASES as KNOWN_PHASES
from admf_jit.config.execution import OptimizationPhaseConfig
from admf_jit.config.expression import ConstraintError, parse_constraint
from admf_jit.config.moments import Moment, refuse_reversed
from admf_jit.config.optimization import OptimizationConfig
from admf_jit.config.problems import Path, Problem, show, unknown
from admf_jit.config.section import Section, Texts, refusal
from admf_kernels.constants import METRIC_NAMES

#: The first phase, and the one that is no sweep.
OPTIMIZATION_PHASE, LIVE_PHASE = KNOWN_PHASES[0], KNOWN_PHASES[-1]
#: What the container that goes live is given.
SERVICES = ("market_data", "indicators")
PLACE: Path = ("workflow", "phases")
#: A phase has a folder of this name.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def _conditions(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            parse_constraint(text, dict.fromkeys(METRIC_NAMES, 0.0))
        except ConstraintError as error:
            raise refusal(f"{text[:200]!r}: {error}") from None
    return texts


class PhaseDataConfig(Section):
    """The span of the data that a phase runs over; what is not given is that of `data`."""

    start: Moment | None = Field(default=None, description="a date such as 2024-01-31")
    end: Moment | None = Field(default=None, description="a date such as 2024-01-31")

    @model_validator(mode="after")
    def _start_before_end(self) -> Self:
        refuse_reversed(self.start, self.end)
        return self


class SelectConfig(Section):
    """Which rows of a phase are handed to the next: those that satisfy `where`, near the best, and of them the best."""

    best: int | None = Field(default=None, ge=1, description="a whole number >= 1 of rows at most")
    where: Annotated[Texts, AfterValidator(_conditions)] = Field(
        default=(), description="a list of conditions on metrics, each a text"
    )
    within_standard_errors: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="a number > 0: all rows whose objective is no more than so many standard errors below the best",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.best is None and not self.where and self.within_standard_errors is None:
            raise refusal("selects nothing; expected best, where or within_standard_errors")
        return self


#: What is handed on where a phase does not say.
BEST_ROW = SelectConfig(best=1)


def _names(value: object) -> object:
    if value is None:  # as the resolved form says that nothing was said
        return None
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise refusal("expected the name of a phase, or a list of names")


class PhaseConfig(OptimizationPhaseConfig):
    """One phase: which phases it takes rows from, over which bars it runs them, how, and which it hands on."""

    depends_on: Annotated[tuple[str, ...] | None, BeforeValidator(_names)] = Field(
        default=None, description="the name of a phase, or a list of names (default: the phase before)"
    )
    data: PhaseDataConfig = PhaseDataConfig()
    select: SelectConfig | None = None


def dependencies(phases: Mapping[str, PhaseConfig]) -> dict[str, tuple[str, ...]]:
    """Return the phases whose rows each phase takes: by default those of the one before it."""
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for name, phase in phases.items():
        given = phase.depends_on
        found[name] = before if given is None else given
        before = (name,)
    return found


def wrong_phases(phases: Mapping[str, PhaseConfig], optimization: OptimizationConfig, sets: int) -> Iterator[Problem]:
    """Yield what is wrong with the names, the order and the selections of phases."""
    needs = dependencies(phases)
    for name, phase in phases.items():
        path: Path = (*PLACE, name)
        if not _NAME.fullmatch(name):
            yield Problem(PLACE, f"has the name {show(name)}; expected one of letters, digits, dashes and underscores")
            continue
        if _looks_live(name):
            text = f"would be a sweep, as the phase that goes live is {LIVE_PHASE}; expected that, or another name"
            yield Problem(path, text)
        for other in needs[name]:
            if other == name:
                yield Problem((*path, "depends_on"), "is the phase itself; expected another phase")
            elif other not in phases:
                yield Problem((*path, "depends_on"), f"is {other!r}; {unknown('phase', other, phases)}")
            elif other == LIVE_PHASE:
                yield Problem(
                    (*path, "depends_on"), f"is {other!r}, which hands nothing on; expected a phase before it"
                )
        if name == LIVE_PHASE:
            yield from _wrong_live(phase, needs[name], path)
        if phase.select is not None and phase.select.within_standard_errors is not None:
            reason = _why_no_error(optimization, sets)
            if reason:
                yield Problem((*path, "select", "within_standard_errors"), reason)
    circle = _circle(needs)
    if circle:
        text = f"phases depend on each other in a circle: {' -> '.join(circle)}; expected an order"
        yield Problem((*PLACE, circle[0], "depends_on"), text)


def _looks_live(name: str) -> bool:
    """Whether a reader would take the name of a sweep for that of the phase that goes live."""
    if name == LIVE_PHASE:
        return False
    return name.lower().startswith("live") or bool(get_close_matches(name.lower(), [LIVE_PHASE], cutoff=0.85))


def _why_no_error(optimization: OptimizationConfig, sets: int) -> str:
    """Why the best row has no standard error, or an empty text."""
    objective, direction = optimization.objective, optimization.direction
    if sets > 1:
        if optimization.across_data == "mean":
            return ""
        return f"optimization.across_data is {optimization.across_data}, and the error is that of a mean; expected mean"
    if (objective, direction) == ("sharpe_ratio", "maximize"):
        return ""
    return (
        f"the objective is {objective} ({direction}), whose standard error one set of data does not give; "
        "expected the largest sharpe_ratio, or several sets of data"
    )


def _wrong_live(phase: PhaseConfig, needs: Sequence[str], path: Path) -> Iterator[Problem]:
    if not needs:
        yield Problem((*path, "depends_on"), "missing; expected the phase whose best row goes live")
    if phase.containers not in (None, 1):
        yield Problem((*path, "containers"), f"is {phase.containers}; expected 1: one container goes live")
    if phase.isolation not in ("auto", "minimal"):
        yield Problem(
            (*path, "isolation"), f"is {phase.isolation!r}; expected minimal: it runs in the process of the command"
        )
    if phase.shared_services is not None and set(phase.shared_services) != set(SERVICES):
        yield Problem((*path, "shared_services"), f"expected [{', '.join(SERVICES)}], which a live container has")
    if phase.select is not None:
        yield Problem((*path, "select"), "nothing comes after the live phase; expected select in the phase before")


def _circle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A circle of phases that depend on each other, or nothing."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name] if len(way) > 1 or name not in needs.get(name, ()) else []
        if name in done or name not in needs:
            return []
        found = next((one for other in needs[name] if (one := walk(other, [*way, name]))), [])
        done.add(name)
        return found

    return next((found for name in needs if (found := walk(name, []))), [])


def in_sequence(phases: Mapping[str, PhaseConfig]) -> list[str]:
    """Return the names of phases, each after those that it depends on, and otherwise in their order."""
    needs = dependencies(phases)
    order: list[str] = []
    while len(order) < len(phases):
        order += [next(name for name in phases if name not in order and set(needs[name]) <= set(order))]
    return order
