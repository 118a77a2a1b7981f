"""What a sweep will take on more hosts than there are: it is played through with measured times of tasks."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from admf_jit.errors import ResultsError
from admf_jit.results.manifest import read_manifest
from admf_jit.workers.plan import EFFICIENCY, SECONDS_OF_A_TASK, SECONDS_ON_A_HOST, plan_batches, seconds_of_container
from admf_jit.workflow.prediction import SECONDS_OF_A_ROW
from admf_jit.workflow.prepared import Prepared


@dataclass(frozen=True)
class HostsPlan:
    """A sweep on ``hosts`` hosts that run ``jobs`` batches at a time together.

    ``containers_per_task`` are those of the largest task. ``efficiency`` is the part of the hosts' time in which
    containers run. ``limit`` says what keeps it below 95 percent, or is None.
    """

    hosts: int
    jobs: int
    tasks: int
    containers_per_task: int
    seconds: float
    efficiency: float
    limit: str | None


def predict_hosts(prepared: Prepared, hosts: int, jobs_of_host: int, *, seconds: float | None = None) -> HostsPlan:
    """Play the sweep through on hosts like this machine, each with ``jobs_of_host`` batches at a time.

    One process hands out the tasks and writes their rows; each host begins a task when it has finished one.
    ``seconds`` is what a container takes, by default what is known of its engine.
    """
    if seconds is None:
        seconds = seconds_of_container(prepared.isolation.engine(prepared.engine), prepared.data.n_bars)
    total, jobs, cap = prepared.grid.most, hosts * jobs_of_host, prepared.config.containers_in_flight
    spread = plan_batches(total, n_jobs=jobs, batch_size=None, cap=cap, seconds=seconds, on_hosts=True)
    sizes = list(spread.sizes(total))

    def efficiency(**without: float) -> float:
        return total * seconds / (jobs * _play(sizes, spread.n_jobs, seconds, **without))

    reached, limit = efficiency(), None
    if reached < EFFICIENCY:
        gains = {
            "too few containers for so many hosts": EFFICIENCY - efficiency(of_task=0.0, of_row=0.0, on_host=0.0),
            "one process lays out containers and writes rows": efficiency(of_row=0.0) - reached,
            "one process hands out tasks": efficiency(of_task=0.0) - reached,
            "the start of a task on its host": efficiency(on_host=0.0) - reached,
        }
        limit = max(gains, key=gains.__getitem__)
    return HostsPlan(hosts, jobs, len(sizes), max(sizes), total * seconds / (jobs * reached), reached, limit)


def seconds_recorded(directory: Path, n_bars: int) -> float:
    """How long a container over ``n_bars`` bars takes, by what the workers of a run have measured.

    Raises ResultsError where the run has no such figures.
    """
    manifest = read_manifest(directory)
    try:
        n_containers = sum(each["containers"] for each in manifest["accounting"].values())
        return float(manifest["timings"]["worker_seconds"] / n_containers * n_bars / manifest["data"]["bars"])
    except (KeyError, TypeError, AttributeError, ZeroDivisionError):
        raise ResultsError(f"{directory}: does not say how long its containers took; expected a finished run") from None


def _play(
    sizes: Sequence[int],
    n_jobs: int,
    seconds: float,
    *,
    of_task: float = SECONDS_OF_A_TASK,
    of_row: float = SECONDS_OF_A_ROW,
    on_host: float = SECONDS_ON_A_HOST,
) -> float:
    """When the last task has ended, in seconds from the first one on."""
    free = [0.0] * n_jobs
    handed_out = 0.0
    for size in sizes:
        handed_out += of_task + size * of_row
        begin = max(handed_out, heapq.heappop(free))
        heapq.heappush(free, begin + on_host + size * seconds)
    return max(free)
