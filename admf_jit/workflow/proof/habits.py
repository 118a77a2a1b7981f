"""What is to be known of a strategy's results beside look-ahead: parameters that do nothing, and where they hang on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import AdmfError, StrategyError
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.strategies.declaration import Definition, Parameter
from admf_jit.strategies.first_bars import bars_before
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.proof.altered import ending, starting
from admf_jit.workflow.proof.report import DEAD_PARAMETER, LAST_BAR, START_DATE, WARM_UP, Finding
from admf_jit.workflow.proof.runs import Runs, StoresOf, Trace
from admf_kernels.constants import EventKind

#: Values that a parameter is tried with.
_MOST_VALUES = 4
#: Bars by which a start is put off.
_LATER = (1, 2, 3, 5, 8)
#: A share of the last bars on which runs from different starts have to agree.
_LAST_SHARE = 0.25
#: A last bar that makes a larger share of the return is told.
_MUCH = 0.2


def habits(runs: Runs, whole: Prepared, index: int, trace: Trace) -> list[Finding]:
    """Return what is to be known of a container on all bars, whose trace is given."""
    container = whole.grid.container(index)
    findings = list(_dead_parameters(runs, whole, container))
    if runs.subject.rebuilt:  # others have arrays that belong to the bars from the first on
        findings += _short_warmup(runs, whole, container)
        findings += _start_date(runs, whole, container, trace)
    findings += _last_bar(runs, whole, container, trace)
    return findings


def _dead_parameters(runs: Runs, whole: Prepared, container: ContainerSpec) -> Iterator[Finding]:
    """Try every parameter with other values."""
    definition = whole.definition
    for name, declared in definition.parameters.items():
        values = [*_values(whole, definition, container, name, declared)]
        if len(values) < 2:
            continue
        config = whole.config
        fixed = {key: value for key, value in container.parameters.items() if key != name}
        optimization = type(config.optimization)(parameters={name: tuple(values)})
        strategy = config.strategy.model_copy(update={"parameters": fixed})
        data = whole.data
        if container.symbol in data.symbols and data.n_symbols > 1:
            data = data.select(symbols=[container.symbol])
        try:
            changed = config.model_copy(update={"optimization": optimization, "strategy": strategy})
            tried = runs.prepared(data, config=changed, definition=definition)
        except AdmfError:
            continue  # no value of it can be tried alone
        traces = [runs.trace(tried, place, container.seed) for place in range(len(tried.grid))]
        if all(one.same(traces[0]) for one in traces):
            text = f"{name} changes nothing in container {container.index}, whether it is {_either(values)}"
            yield Finding(DEAD_PARAMETER, text)


def _values(
    whole: Prepared, definition: Definition, container: ContainerSpec, name: str, declared: Parameter
) -> Iterator[Any]:
    """Yield values that a parameter can have in a container: its own, those of the grid, or some near its own."""
    own = container.parameters[name]
    near: list[Any] = [own]
    if name in whole.grid.axis_values:
        near += whole.grid.axis_values[name]
    elif declared.kind is bool:
        near.append(not own)
    elif declared.choices:
        near += declared.choices
    elif own is not None:
        step: Any = 1 if declared.kind is int else (abs(own) / 2 or 1.0)
        near += [own + step, own * 2, own - step, declared.kind(own / 2)]
    found: list[Any] = []
    for value in near:
        try:
            checked = declared.check(name, value)
            definition.check({**container.parameters, name: checked})
        except StrategyError:
            continue
        if checked not in found:
            found.append(checked)
    yield from found[: _MOST_VALUES + 1]


def _either(values: list[Any]) -> str:
    *first, last = [str(value) for value in values]
    return f"{', '.join(first)} or {last}" if first else last


def _short_warmup(runs: Runs, whole: Prepared, container: ContainerSpec) -> Iterator[Finding]:
    """Start in the middle, once with all bars before and once with no more than the warm-up of the indicators."""
    data, definition = whole.data, whole.definition
    if not definition.indicators or definition.timeframes:
        return
    middle = data.n_bars // 2
    try:
        warmup = max(bars_before(definition, name, container.parameters) for name in definition.indicators)
    except StrategyError:
        return
    if warmup >= data.n_history + middle:
        return
    short = starting(data, middle, warmup)
    traces = []
    for bars in (starting(data, middle), short):
        with StoresOf(bars):
            prepared = runs.prepared(bars)
            traces.append(runs.trace(prepared, container.index, container.seed))
    differing = _differing_bars(traces[0], traces[1])
    if len(differing):
        yield Finding(
            WARM_UP,
            f"after a start with the {warmup:,} bars that its indicators need, signals differ from those with all bars "
            f"before, the last time {int(differing[-1]) + 1:,} bars after the start: its indicators settle slowly, so "
            "give more bars before data.start than their warm-up",
        )


def _start_date(runs: Runs, whole: Prepared, container: ContainerSpec, trace: Trace) -> Iterator[Finding]:
    """Start some bars later, with the bars before as history."""
    n_bars = whole.data.n_bars
    returns, hangs = [trace.total_return], []
    for later in _LATER:
        bars = starting(whole.data, later)
        with StoresOf(bars):
            prepared = runs.prepared(bars)
            other = runs.trace(prepared, container.index, container.seed)
        returns.append(other.total_return)
        differing = _differing_bars(trace, other, offset=later)
        if (differing >= (1.0 - _LAST_SHARE) * n_bars).any():
            hangs.append(later)
    if hangs:
        known = [value for value in returns if math.isfinite(value)]
        yield Finding(
            START_DATE,
            f"signals still differ at the end of the data when it starts {_either(hangs)} bars later; total_return is "
            f"{min(known):.2%} to {max(known):.2%} over starts up to {max(_LATER)} bars later",
        )


def _differing_bars(one: Trace, other: Trace, offset: int = 0) -> NDArray[np.int64]:
    """Return the bars of ``one``, rising, at which only one of two traces has a signal or an order, or another one.

    ``offset`` is how many bars later the other one begins. How much is ordered hangs on the equity, and is no matter.
    """
    found = []
    for trace, shift in ((one, 0), (other, offset)):
        acts = trace.acts
        bars = acts["bar"].astype(np.int64) + shift
        said = np.where(acts["kind"] == EventKind.SIGNAL, acts["value"], np.sign(acts["quantity"]))
        kept = bars >= offset
        columns = (bars[kept], acts["kind"][kept], acts["symbol"][kept], said[kept])
        found.append(set(zip(*(column.tolist() for column in columns), strict=True)))
    return np.unique(np.array([bar for bar, *_ in found[0] ^ found[1]], np.int64))


def _last_bar(runs: Runs, whole: Prepared, container: ContainerSpec, trace: Trace) -> Iterator[Finding]:
    """Leave out the last bar."""
    bars = ending(whole.data, whole.data.n_bars - 1)
    with StoresOf(bars):
        other = runs.trace(runs.prepared(bars), container.index, container.seed)
    before, after = other.total_return, trace.total_return
    if math.isfinite(before) and math.isfinite(after) and abs(after - before) > _MUCH * max(abs(after), abs(before)):
        yield Finding(LAST_BAR, f"total_return is {after:.2%} with the last bar and {before:.2%} without it")
