"""The `infrastructure` block: what runs batches, and machines that a sweep is planned for."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from admf_jit.config.containers import parse_memory
from admf_jit.config.section import Section

THREADS = "threads"


class MachineConfig(Section):
    """One machine: how many containers it is to hold at a time, in how much memory."""

    host: str = Field(min_length=1, description="the machine's name")
    containers: int = Field(ge=1, description="a whole number >= 1: containers that it is to hold at a time")
    memory: Annotated[int, BeforeValidator(parse_memory), Field(ge=1)] = Field(description='a size such as "32GB"')


class InfrastructureConfig(Section):
    """What runs batches on this machine, and machines to plan for: `plan` checks those, and a sweep runs here."""

    added = ("backend",)
    backend: Literal["processes", "threads"] = Field(
        default="processes", description="processes, or threads: batches run by threads of one process, unwatched"
    )
    distributed: bool = Field(default=False, description="true or false: whether the machines share the work")
    machines: tuple[MachineConfig, ...] = Field(default=(), strict=False, description="a list of machines")
