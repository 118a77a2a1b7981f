"""The `infrastructure` block: what runs batches, on which machines, and whether trials are recorded."""

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from admf_jit.config.containers import USABLE, parse_memory
from admf_jit.config.section import Section, refusal
from admf_jit.errors import ConfigError
from admf_jit.registry import EXECUTORS, names_of

#: The executor that runs batches on several machines.
DISTRIBUTED = "dask"
#: The scheduler that is started on this machine, for the sweep alone.
LOCAL = "local"
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
    """What runs batches: processes of this machine, or with `distributed` the workers of a Dask cluster."""

    added = ("backend", "scheduler", "ledger")
    backend: Annotated[str | None, AfterValidator(_known)] = Field(
        default=None,
        description="the executor of batches: processes (forks, or loky where those cannot be), forks, loky, threads, "
        "inline or dask; threads and inline keep no limits",
    )
    distributed: bool = Field(default=False, description="true or false: whether machines of a cluster share the work")
    scheduler: str | None = Field(
        default=None,
        min_length=1,
        description="local, an address such as tcp://host:8786, or the path of a file that Dask's scheduler wrote",
    )
    machines: tuple[MachineConfig, ...] = Field(default=(), strict=False, description="a list of machines")
    ledger: bool = Field(
        default=True, description="true or false: whether containers are recorded in the user's ledger of trials"
    )

    @model_validator(mode="after")
    def _says_where_the_cluster_is(self) -> Self:
        if self.distributed and self.backend not in (None, DISTRIBUTED):
            raise refusal(
                f"distributed is true, and backend is {self.backend}; expected backend {DISTRIBUTED}, or none"
            )
        if self.distributed and self.scheduler is None and not self.machines:
            raise refusal("distributed is true, and nothing says where; expected a scheduler, or machines")
        if self.scheduler is not None and self.executor != DISTRIBUTED:
            raise refusal("a scheduler, and distributed is false; expected distributed true, or no scheduler")
        if self.machines and self.scheduler not in (None, LOCAL):
            raise refusal(
                "a scheduler that is running, and machines to start workers on; expected one of them: workers of a "
                "running scheduler say themselves what they hold"
            )
        hosts = [machine.host for machine in self.machines]
        twice = next((host for host in hosts if hosts.count(host) > 1), None)
        if twice is not None:
            raise refusal(f"machines has {twice} twice; expected each host once")
        return self

    def refuse_overcommitment(self, memory_limit: int | None) -> None:
        """Refuse machines that are to hold more containers than nine tenths of their memory do: ConfigError."""
        if memory_limit is None:
            return
        for machine in self.machines:
            fitting = int(USABLE * machine.memory // memory_limit)
            if machine.containers > fitting:
                raise ConfigError(
                    f"infrastructure.machines: {machine.host} is overcommitted: {machine.containers:,} containers of "
                    f"{memory_limit:,} bytes (containers.resources.memory_limit), and nine tenths of its memory hold "
                    f"{fitting:,}; expected containers: {fitting} at the most"
                )

    @property
    def executor(self) -> str | None:
        """The name of the executor, or None where none is chosen."""
        return DISTRIBUTED if self.distributed else self.backend
