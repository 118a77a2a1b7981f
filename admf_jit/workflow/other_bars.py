"""The containers of a sweep over other bars than its own: in this process, unwatched, some on each thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from admf_jit import interrupts
from admf_jit.parameter_grid import Containers
from admf_jit.workers.batch import BatchInputs
from admf_jit.workflow.prepared import Prepared

T = TypeVar("T")
_AT_ONCE = 4096


def blocks_of(prepared: Prepared) -> Iterator[tuple[Containers, BatchInputs]]:
    """The containers of a grid that are not refused, some at a time, and their inputs."""
    for begin in range(0, len(prepared.grid), _AT_ONCE):
        some = np.arange(begin, min(begin + _AT_ONCE, len(prepared.grid)))
        containers = prepared.grid.select(prepared.grid.side_by_side(some))
        refusals = prepared.refusals(containers)
        kept = containers.part(np.setdiff1d(np.arange(len(containers)), list(refusals)))
        yield kept, prepared.inputs.build_many(kept)


def in_order(work: Callable[[int], T], numbers: range, n_threads: int) -> Iterator[T]:
    """What comes of each number, in their order, some at a time on a thread each. An interrupt waits for these."""
    if n_threads == 1 or len(numbers) == 1:
        for number in numbers:
            interrupts.check()
            yield work(number)
        return
    threads = ThreadPoolExecutor(n_threads)
    running: deque[Future[T]] = deque()
    try:
        for number in numbers:
            running.append(threads.submit(work, number))
            if len(running) > n_threads:
                interrupts.check()
                yield running.popleft().result()
        while running:
            interrupts.check()
            yield running.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
