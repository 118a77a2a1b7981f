"""How many containers a machine holds at a time: by the arithmetic of what each may use, and by what each does use."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from admf_jit.config.containers import USABLE
from admf_jit.errors import ConfigError

#: What the isolation page gives a container: 512 MB and a tenth of a core.
CONTAINER_MEMORY = 512 * 1024**2
CONTAINER_CPU = 0.1


@dataclass(frozen=True)
class Capacity:
    """Containers that fit a machine at once; ``limit`` names what binds, "memory" or "cpu"."""

    memory: int
    cores: int
    container_memory: int
    container_cpu: float
    by_memory: int
    by_cpu: int

    @property
    def containers(self) -> int:
        """The smaller of the two limits."""
        return min(self.by_memory, self.by_cpu)

    @property
    def limit(self) -> str:
        """What binds."""
        return "memory" if self.by_memory <= self.by_cpu else "cpu"


def calculate_system_capacity(
    *,
    memory: int | None = None,
    cores: int | None = None,
    container_memory: int = CONTAINER_MEMORY,
    container_cpu: float = CONTAINER_CPU,
) -> Capacity:
    """How many containers a machine with ``memory`` bytes and ``cores`` holds at a time; by default, this machine.

    A tenth of either is kept for everything else, and each container is given ``container_memory`` bytes and
    ``container_cpu`` cores. It is what may be promised, not what is used: a container's state is some kilobytes, and
    ``admf_jit capacity`` measures it. Raises ConfigError for numbers that are not positive.
    """
    import psutil

    memory = psutil.virtual_memory().total if memory is None else memory
    cores = (psutil.cpu_count() or 1) if cores is None else cores
    given = {"memory": memory, "cores": cores, "container_memory": container_memory, "container_cpu": container_cpu}
    for name, value in given.items():
        if not 0 < value < 2**63:
            raise ConfigError(f"{name}: is {value:g}; expected a number > 0 and below 2**63")
    return Capacity(
        memory,
        cores,
        container_memory,
        container_cpu,
        by_memory=int(USABLE * memory // container_memory),
        # The share as it is written: 0.1 is no binary fraction.
        by_cpu=int(USABLE * cores // Fraction(repr(container_cpu))),
    )


@dataclass(frozen=True)
class Footprint:
    """What was measured: private memory of a worker process, and what one container more takes, in bytes."""

    worker: int
    container: int


def measure_footprint(n_containers: int = 200) -> Footprint:
    """Run a batch of a built-in strategy on sample bars in a process of its own, and measure its memory."""
    from admf_jit.config import load_config
    from admf_jit.errors import WorkerError
    from admf_jit.workers.forked import run_forked
    from admf_jit.workers.limits import Ended
    from admf_jit.workflow.prepare import prepare

    config = {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"parameters": {"slow_period": {"start": 20, "stop": 19 + n_containers, "step": 1}}},
    }
    prepared = prepare(load_config(config))
    containers = list(prepared.grid)
    outcome = run_forked(prepared.task(containers, prepared.limits(1)))
    if isinstance(outcome, Ended):
        raise WorkerError(f"the footprint cannot be measured: {outcome.error}")
    known = max(prepared.state_bytes(container) for container in containers)
    return Footprint(outcome.private_bytes, max(known, outcome.grown // n_containers))
