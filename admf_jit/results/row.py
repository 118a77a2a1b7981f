"""One container's outcome, and the hash that says whether two outcomes are the same."""

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from admf_jit.config.measures import MEASURES
from admf_jit.results.spread import SPREAD_NAMES

OK = "ok"
FAILED = "failed"
#: It took more processor time than `resources.time_limit`, or hung.
TIMEOUT = "timeout"
#: It asked for more memory than `resources.memory_limit`.
MEMORY_LIMIT = "memory_limit"
#: Its process died of a fault of its own, such as a write to a wild address.
CRASHED = "crashed"
#: Its process was ended externally, twice.
KILLED = "killed"
#: Statuses of containers that their process did not survive, or had to be kept from going on.
ENDED_EARLY = (TIMEOUT, MEMORY_LIMIT, CRASHED, KILLED)


def explained(status: str, reason: str) -> str:
    """Return the error of a container that ended in another status than "failed", which it begins with."""
    return f"{status}: {reason}"


def status_of(error: str | None) -> str:
    """Return the status that a container with this error, or none, ends in."""
    if error is None:
        return OK
    named = error.partition(": ")[0]
    return named if named in ENDED_EARLY else FAILED


@dataclass(frozen=True)
class ContainerResult:
    """What one container came to: its place in the grid, and its metrics or the reason it has none.

    `metrics` holds every metric in the kernels' order, then the columns of bounds if the run has them; all are NaN
    unless `status` is "ok", and `error` then says why.
    """

    index: int
    container_id: str
    seed: int
    swept: Mapping[str, bool | int | float | str]
    status: str
    error: str | None
    metrics: Mapping[str, float]

    @property
    def result_hash(self) -> str:
        """The `result_hash` column of this outcome."""
        return result_hash(self.container_id, self.status, self.metrics)


def canonical(value: float) -> float:
    """Return `value` as a double, every NaN as the same NaN.

    Processors differ in the sign and payload of the NaN they produce, which no reader can see, but which
    would make equal results differ in their bytes.
    """
    number = float(value)
    return math.nan if math.isnan(number) else number


def result_hash(container_id: str, status: str, metrics: Mapping[str, float]) -> str:
    """Return 16 hexadecimal digits that change with any bit of any metric.

    SHA-256 over the container's id, its status and the IEEE-754 bits of the metrics in order. The error text
    is left out on purpose: it may name a place in a file, which says nothing about the result. So are columns of
    bounds that are NaN, and measures: a container has the same hash in runs with and without them.
    """
    kept = {name: value for name, value in metrics.items() if name not in MEASURES}
    values = [canonical(value) for name, value in kept.items() if name not in SPREAD_NAMES or not math.isnan(value)]
    return hash_of_numbers(container_id, status, struct.pack(f"<{len(values)}d", *values))


def hash_of_numbers(container_id: str, status: str, numbers: bytes | memoryview) -> str:
    """The same, of the bytes of the metrics that count: little-endian float64, every NaN the same NaN."""
    digest = hashlib.sha256(f"{container_id}\0{status}\0".encode())
    digest.update(numbers)
    return digest.hexdigest()[:16]
