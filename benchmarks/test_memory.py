"""What a container takes, and what a worker takes that runs many of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numba.core.registry import cpu_target
from numba.core.types.misc import ClassDataType

from admf_jit.config import load_config
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_kernels.broker import Broker
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS
from admf_kernels.events import EventBus
from admf_kernels.metrics import EquityMetrics, TradeMetrics
from admf_kernels.portfolio import Portfolio
from admf_kernels.ring import STACK_RING
from benchmarks.limits import CONTAINER_STATE, WORKER_GROWTH
from benchmarks.note import note
from benchmarks.processes import probe
from benchmarks.workload import configuration

_ENGINE = (EventBus, Broker, Portfolio, TradeMetrics, EquityMetrics)
#: Numba's header of a reference-counted object: counter, destructor, its argument, address, size, allocator.
_OBJECT_HEADER = 48


def instance_bytes(jitclass: Any) -> int:
    """Bytes of one instance of a jitclass, as Numba lays it out."""
    context = cpu_target.target_context
    layout = context.get_data_type(ClassDataType(jitclass.class_type.instance_type))
    return int(context.get_abi_sizeof(layout)) + _OBJECT_HEADER


def array_bytes() -> int:
    """Bytes of the arrays of a container's metrics."""
    metrics = EquityMetrics(1.0)
    return sum(array.nbytes + _OBJECT_HEADER for array in (metrics.equities, metrics.lanes))


def jitclasses(prepared: Prepared) -> Iterator[type]:
    """Every jitclass that a container of the prepared strategy makes."""
    generated = sys.modules[prepared.compiled.module.load().function.__module__]
    yield from _ENGINE
    yield generated.Strategy
    for indicator in prepared.compiled.definition.indicators.values():
        yield getattr(generated, indicator.kind.kernel)


def state_bytes(store: Path) -> tuple[int, int]:
    """Bytes of a container's objects and rows, and of its event ring."""
    prepared = prepare(load_config(configuration(store)))
    containers = [prepared.grid.container(0)]
    inputs = prepared.inputs.build(containers)
    rows = (inputs.symbol, inputs.parameters, inputs.settings, inputs.random_state)
    objects = sum(instance_bytes(jitclass) for jitclass in jitclasses(prepared))
    columns = 8 * (len(METRIC_NAMES) + len(OUTCOME_COLUMNS)) + array_bytes()
    ring = STACK_RING * EVENT_DTYPE.itemsize
    return objects + columns + sum(row.nbytes for row in rows), ring


def test_state_of_a_container(benchmark: Any, store: Path) -> None:
    state, ring = benchmark.pedantic(state_bytes, (store,), rounds=1)
    total = (state + ring) / 1024
    note(
        benchmark,
        limit=CONTAINER_STATE["full"],
        value=total,
        detail=f"event ring {ring:,} B, objects and rows {state:,} B",
    )
    assert total <= CONTAINER_STATE["full"].value


def test_private_memory_of_a_worker(benchmark: Any, store: Path) -> None:
    found = benchmark.pedantic(probe, ("memory", str(store)), rounds=1)
    private = {int(containers): size for containers, size in found["private_bytes"].items()}
    growth, taken = max(0, private[1000] - private[10]), found["grown"]["1000"]
    sizes = ", ".join(f"{containers:,}: {size / 2**20:.1f}" for containers, size in private.items())
    note(
        benchmark,
        limit=WORKER_GROWTH,
        value=growth / 1024,
        detail=f"{growth / 990:,.0f} B a container; MiB after {sizes}; a batch's own process {taken / 2**10:,.0f} KiB",
    )
    assert growth / 1024 <= WORKER_GROWTH.value
