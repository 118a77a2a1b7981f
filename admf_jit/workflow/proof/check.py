"""The check: what containers do up to a bar, with the future that came and with others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.data import MarketData
from admf_jit.errors import AdmfError, ConfigError
from admf_jit.results import Progress
from admf_jit.strategies.declaration import Definition
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.proof.altered import ENDS, futures
from admf_jit.workflow.proof.habits import habits
from admf_jit.workflow.proof.report import LOOK_AHEAD, NOT_CHECKED, CheckReport, Finding
from admf_jit.workflow.proof.runs import Runs, StoresOf, Trace, indicator_values
from admf_jit.workflow.proof.subject import Subject, constants
from admf_kernels.constants import EventKind

#: What becomes of the future at each place: `altered.futures`.
_FUTURES = 3
#: Fewest bars before a cut, and the share of the data before the first one.
_FEWEST_BARS, _FIRST_SHARE = 20, 0.1
#: Arrays of a module that are computed anew may differ by rounding; what differs by more has seen other bars.
_ROUNDING = 1e-9
#: Containers that differ are told up to so many.
_MOST_FINDINGS = 5


@interrupts.taken()
def check(
    subject: Subject, *, n_containers: int = 3, n_cuts: int = 12, seed: int = 0, progress: Progress | None = None
) -> CheckReport:
    """Check containers of a subject for look-ahead, and for habits that are to be known.

    ``n_containers`` of the grid, evenly spaced, are run on all bars. At ``n_cuts`` places, of which half lie right
    after a signal, they are run again on data that end there, and on data that go on with noise, upwards and downwards.
    Up to there their indicators, signals, orders and fills have to be the same bits, and so have the arrays of the
    strategy's module where it is made anew. Raises AdmfError where the configuration itself is refused.
    """
    runs = Runs(subject)
    whole = runs.prepared(subject.with_columns(subject.data), definition=subject.definition)
    if whole.data.n_bars <= _FEWEST_BARS:
        raise ConfigError(f"the data have {whole.data.n_bars} bars; a check needs more than {_FEWEST_BARS}")
    originals, findings = _originals(runs, whole, n_containers)
    cuts = _cuts(whole.data.n_bars, [one.trace for one in originals], n_cuts)
    found: dict[str, Finding] = {}
    if progress is not None:
        progress.begin(_FUTURES * len(cuts) * len(originals), bars_per_container=whole.data.n_bars)
    for cut in cuts if originals else ():
        for said, data in futures(subject.data, cut, seed):
            for name, finding in _differences(runs, whole, originals, subject.with_columns(data), cut, said):
                found.setdefault(name, finding)
            if progress is not None:
                progress.advance(len(originals))
    findings += list(found.values())[:_MOST_FINDINGS]
    findings += _not_checked(subject)
    if originals and not found:
        findings += habits(runs, whole, originals[0].index, originals[0].trace)
    return CheckReport(subject.definition.name, len(originals), len(cuts), runs.count, tuple(findings))


@dataclass(frozen=True)
class _Original:
    """A container on all bars."""

    index: int
    seed: int
    trace: Trace
    indicators: NDArray[np.float64]


def _originals(runs: Runs, whole: Prepared, n: int) -> tuple[list[_Original], list[Finding]]:
    """Run containers of the grid on all bars; one that fails, or does nothing, cannot be checked, which is found."""
    originals, findings = [], []
    for index in np.unique(np.linspace(0, len(whole.grid) - 1, n).astype(int)).tolist():
        container = whole.grid.container(index)
        trace = runs.trace(whole, index)
        if trace.error is not None:
            findings.append(Finding(NOT_CHECKED, f"container {index} fails: {trace.error}"))
            continue
        if not len(trace.acts):
            findings.append(Finding(NOT_CHECKED, f"container {index} has no signal and no order on these bars"))
            continue
        values = indicator_values(whole.definition, whole.data, container)
        originals.append(_Original(index, container.seed, trace, values))
    return originals, findings


def _cuts(n_bars: int, traces: list[Trace], n_cuts: int) -> list[int]:
    """Numbers of bars to cut after: half of them evenly spaced up to the last bar but one, half right after signals."""
    first = max(_FEWEST_BARS, int(_FIRST_SHARE * n_bars))
    spaced = np.linspace(first, n_bars - 1, max(n_cuts - n_cuts // 2, 1)).astype(int)
    bars = [trace.acts["bar"] for trace in traces]
    after = np.unique(np.concatenate([np.zeros(0, int), *bars])) + 1
    after = np.setdiff1d(after[(after >= first) & (after < n_bars)], spaced)
    places = np.unique(np.linspace(0, len(after) - 1, n_cuts // 2).astype(int)) if len(after) else np.zeros(0, int)
    cuts: list[int] = np.unique(np.concatenate([spaced, after[places]])).astype(int).tolist()
    return cuts


def _differences(
    runs: Runs, whole: Prepared, originals: list[_Original], data: MarketData, cut: int, said: str
) -> Iterator[tuple[str, Finding]]:
    """Yield what differs before a cut, by what it is about."""
    with StoresOf(data):
        try:
            definition = runs.subject.make(data)
            other = runs.prepared(data, definition=definition)
        except AdmfError as problem:
            yield "refused", Finding(NOT_CHECKED, f"bars up to {_time(whole.data, cut - 1)} alone: {problem}")
            return
        place = f"up to {_time(whole.data, cut - 1)} if {said}"
        for name in _changed_columns(whole.data, data, cut):
            yield name, Finding(LOOK_AHEAD, f"the column {name} has other values for bars {place}")
        for name in _changed_constants(whole.definition, definition, whole.data, data, cut):
            yield name, Finding(LOOK_AHEAD, f"the array {name} has other values for bars {place}")
        for original in originals:
            text = _difference(runs, whole, other, original, data, cut, closes=said == ENDS)
            if text is not None:
                yield f"container {original.index}", Finding(LOOK_AHEAD, f"container {original.index}: {text}, {place}")


def _difference(
    runs: Runs, whole: Prepared, other: Prepared, original: _Original, data: MarketData, cut: int, *, closes: bool
) -> str | None:
    """What a container does otherwise before a cut, or None. Where the data end, the last bar may close positions."""
    values = indicator_values(other.definition, other.data, other.grid.container(original.index))
    last = data.n_history + cut
    if values[:, :last].tobytes() != original.indicators[:, :last].tobytes():
        return "an indicator has other values"
    container = whole.grid.container(original.index)
    until = cut - 1 if closes and container.execution.close_at_end else cut
    trace = runs.trace(other, original.index, original.seed)
    before, after = original.trace.until(until), trace.until(until)
    n = min(len(before), len(after))
    differing = np.flatnonzero(before[:n] != after[:n])
    if not len(differing) and len(before) == len(after):
        return None
    if trace.error is not None and not len(differing):
        return f"it fails ({trace.error})"
    longer = before if len(before) >= len(after) else after
    event = longer[int(differing[0]) if len(differing) else n]
    return f"its {EventKind(int(event['kind'])).name} at {_time(whole.data, int(event['bar']))} is another one"


def _changed_constants(
    before: Definition, after: Definition, whole: MarketData, data: MarketData, cut: int
) -> Iterator[str]:
    """Yield the names of arrays whose values for the bars before a cut are others than they were."""
    old, new = constants(before), constants(after)
    for name in old.keys() & new.keys():
        axis = _axis_of_bars(old[name], new[name], whole, data)
        if axis is None:
            continue
        first = data.n_history + cut if old[name].shape[axis] == whole.with_history.n_bars else cut
        known, now = (np.moveaxis(array, axis, 0)[:first].astype(np.float64) for array in (old[name], new[name]))
        if not _alike(known, now):
            yield name


def _changed_columns(whole: MarketData, data: MarketData, cut: int) -> Iterator[str]:
    """Yield the names of columns of one's own whose values for the bars before a cut are others than they were."""
    last = data.n_history + cut
    for name, values in whole.with_history.extra.items():
        now = data.with_history.extra.get(name)
        if now is None or not _alike(values[:, :last], now[:, :last]):
            yield name


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.allclose(one, other, rtol=_ROUNDING, atol=0.0, equal_nan=True))


def _axis_of_bars(
    old: NDArray[np.generic], new: NDArray[np.generic], whole: MarketData, data: MarketData
) -> int | None:
    """Which axis of an array goes over the bars, or None."""
    if old.ndim != new.ndim:
        return None
    lengths = {(whole.n_bars, data.n_bars), (whole.with_history.n_bars, data.with_history.n_bars)}
    return next((axis for axis in range(old.ndim) if (old.shape[axis], new.shape[axis]) in lengths), None)


def _not_checked(subject: Subject) -> list[Finding]:
    if subject.rebuilt:
        return []
    said = ", ".join(f"{name} ({values.size:,} values)" for name, values in constants(subject.definition).items())
    text = (
        f"{said} stays the same whatever the bars are, so what it knows of the future does not show: give a function "
        "that makes the strategy of some bars (path.py:function), or read the bars of the run by aj.load in its file"
    )
    return [Finding(NOT_CHECKED, text)]


def _time(data: MarketData, bar: int) -> str:
    return str(np.datetime64(int(data.time[bar]), "ns").astype("datetime64[m]")).replace("T", " ") + "Z"
