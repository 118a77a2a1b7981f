"""The `infrastructure` block: what runs batches, and machines that a sweep is planned for."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from admf_jit.config.containers import parse_memory
from admf_jit.config.section import Section, refusal
from admf_jit.registry import EXECUTORS, names_of

#: Forked processes, or loky's where this system cannot fork or the process is too large for it.
PROCESSES = "processes"


def _known(backend: str | None) -> str | None:
    if backend is None or backend == PROCESSES or backend in EXECUTORS:
        return backend
    raise refusal(f"expected {names_of(EXECUTORS, PROCESSES)}")


def is_watched(backend: str | None) -> bool:
    """Whether an executor, or the one that is taken where none is named, keeps the limits of containers."""
    return backend not in EXECUTORS or EXECUTORS[backend].watched


class MachineConfig(Section):
    """One machine: how many containers it is to hold at a time, in how much memory."""

    host: str = Field(min_length=1, description="the machine's name")
    containers: int = Field(ge=1, description="a whole number >= 1: containers that it is to hold at a time")
    memory: Annotated[int, BeforeValidator(parse_memory), Field(ge=1)] = Field(description='a size such as "32GB"')


class InfrastructureConfig(Section):
    """What runs batches on this machine, and machines to plan for: `plan` checks those, and a sweep runs here."""

    added = ("backend",)
    backend: Annotated[str | None, AfterValidator(_known)] = Field(
        default=None,
        description="the executor of batches: processes (forks, or loky where those cannot be), forks, loky, threads "
        "or inline; the last two keep no limits",
    )
    distributed: bool = Field(default=False, description="true or false: whether the machines share the work")
    machines: tuple[MachineConfig, ...] = Field(default=(), strict=False, description="a list of machines")
