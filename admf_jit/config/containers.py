"""The `containers` block: what one container may use, and how many containers therefore fit a machine.

The limits are admission accounting: they bound how many processes run containers at a time, since a process takes no
more than one container may, however many it runs one after the other or side by side. The arithmetic is that of the
isolation page: a tenth of the machine is kept for everything else.
"""

import re
import sys
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, RootModel

from admf_jit.config.section import Section, refusal
from admf_jit.errors import ConfigError

USABLE = Fraction(9, 10)
#: Seconds of processor time: far more than any sensible container takes, so that what goes over it is an endless loop.
DEFAULT_TIME_LIMIT = 300.0
#: No machine has more, and the system cannot be told of larger limits.
MOST_MEMORY = 2**60
_MOST_CHARACTERS = 40
_UNITS = {"": 0, "B": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])i?B?|B)?\s*", re.IGNORECASE)


def parse_memory(value: object) -> object:
    """Return bytes for a size such as "512MB"; MB and MiB are both 1024 squared, as on the isolation page."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise refusal('expected a size such as "512MB", "2GB", "64KiB", or bytes as a whole number')
    if isinstance(value, int):
        size = value
    else:
        match = _SIZE.fullmatch(value) if len(value) < _MOST_CHARACTERS else None
        if match is None:
            raise refusal('expected a size such as "512MB", "2GB", "64KiB", or bytes as a whole number')
        size = int(Fraction(match[1]) * 1024 ** _UNITS[(match[2] or "").upper()])
    if size > MOST_MEMORY:
        raise refusal(f"expected at most {MOST_MEMORY // 1024**4:,}TB")
    return size


class ResourcesConfig(Section):
    """What one container may use; a limit that is not given does not bound anything."""

    memory_limit: Annotated[int, BeforeValidator(parse_memory), Field(ge=1)] | None = Field(
        default=None, description='a size of at least one byte, such as "512MB"'
    )
    cpu_limit: float | None = Field(default=None, gt=0, description="a number of cores > 0, such as 0.5")
    time_limit: float = Field(
        default=DEFAULT_TIME_LIMIT, gt=0, description="seconds of processor time > 0 that one container may take"
    )


class ContainerConfig(Section):
    """The limits of the containers of one strategy."""

    resources: ResourcesConfig = ResourcesConfig()


class ContainersConfig(RootModel[dict[str, ContainerConfig]]):
    """Limits by strategy name, with `defaults` for what a strategy does not set itself."""

    model_config = ConfigDict(frozen=True, strict=True)
    root: dict[str, ContainerConfig] = {}

    def resources_for(self, strategy_type: str) -> ResourcesConfig:
        """Return the limits for a strategy, by its type as configured or by its class name alone."""
        resources = ResourcesConfig()
        for name in ("defaults", strategy_type.rpartition(":")[2], strategy_type):
            if name in self.root:
                given = self.root[name].resources
                update = {key: getattr(given, key) for key in given.model_fields_set}
                resources = resources.model_copy(update=update)
        return resources


def admission_limit(resources: ResourcesConfig, total_memory_bytes: int, cpu_count: int) -> int:
    """Return how many containers with these limits fit a machine at once; at least 1, or ConfigError.

    Without limits the answer is `sys.maxsize`. A share of the processors only slows a container down, so a
    single container always fits those; memory that is not there is an error.
    """
    limit = sys.maxsize
    if resources.memory_limit is not None:
        limit = int(USABLE * total_memory_bytes // resources.memory_limit)
        if limit < 1:
            raise ConfigError(
                f"containers.resources.memory_limit: {resources.memory_limit:,} bytes for one container; "
                f"expected at most {int(USABLE * total_memory_bytes):,} (90 % of this machine's memory)"
            )
    if resources.cpu_limit is not None:
        # The number as written: 0.9 // 0.1 is 8 in binary floating point.
        fitting = int(USABLE * cpu_count // Fraction(repr(resources.cpu_limit)))
        limit = min(limit, max(1, fitting))
    return limit
