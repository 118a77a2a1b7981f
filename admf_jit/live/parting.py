"""Where two containers part: the first event that differs, what led to it on both sides, and the settings of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.live.history import History

#: Events that are compared at a time.
_PIECE = 1 << 16
#: What is compared of two events. Sequence numbers and causes are counted from the start, and follow from the rest.
_COMPARED = ("kind", "reason", "order", "price", "quantity", "value", "fee")


@dataclass(frozen=True)
class Parting:
    """The first bar and event at which two containers part; None where one of them has no more events.

    ``bar`` and ``time`` are those of the earlier of both. ``left`` and ``right`` are chains of causes, newest first.
    """

    bar: int
    time: str
    left: list[dict[str, Any]]
    right: list[dict[str, Any]]


def parting_of(left: History, right: History) -> Parting | None:
    """The first event at which two containers part, or None where they have the same.

    They are compared from the first bar on that both have, by its time.
    """
    first = max(_first_time(left), _first_time(right))
    begins = [int(np.searchsorted(one.times, first)) for one in (left, right)]
    lengths = [len(one.records) - begin for begin, one in zip(begins, (left, right), strict=True)]
    at = _first_different(left, right, begins, min(lengths))
    if at == lengths[0] == lengths[1]:
        return None
    sides = zip((left, right), begins, lengths, strict=True)
    chains = [one.chain(begin + at) if at < length else [] for one, begin, length in sides]
    earlier = min((chain[0] for chain in chains if chain), key=lambda event: str(event["time"]))
    return Parting(int(earlier["bar"]), str(earlier["time"]), *chains)


def chain_lines(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Events as lines for people, each with what led to it below."""
    for event in events:
        order = f" order {event['order']}" if event["order"] else ""
        reason = f" ({event['reason']})" if event["reason"] else ""
        yield f"  {event['sequence']:>8} {event['kind']:<16} bar {event['bar']} {event['time']}{order}{reason}"
        amounts = {name: event[name] for name in ("price", "quantity", "value", "fee") if event[name] != 0.0}
        if amounts:
            yield " " * 11 + ", ".join(f"{name} {value!r}" for name, value in amounts.items())


def different_settings(left: History, right: History) -> dict[str, tuple[Any, Any]]:
    """Settings that are not the same on both sides, by their dotted names."""
    names = dict.fromkeys([*left.settings, *right.settings])
    pairs = {name: (left.settings.get(name), right.settings.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _first_different(left: History, right: History, begins: list[int], n: int) -> int:
    """Place, counted from where they begin, of the first of ``n`` pairs of events that are not the same, or ``n``."""
    for place in range(0, n, _PIECE):
        count = min(_PIECE, n - place)
        ours, theirs = (slice(begin + place, begin + place + count) for begin in begins)
        if left.symbols == right.symbols and _are_equal(left, right, ours, theirs):
            continue
        different = np.flatnonzero(~_same(left, right, ours, theirs))
        if len(different):
            return place + int(different[0])
    return n


def _are_equal(left: History, right: History, ours: slice, theirs: slice) -> bool:
    """Whether two pieces are the same to the last bit, their sequence numbers too: most are, and this is soon found."""
    one, other = (np.ascontiguousarray(side.records[part]) for side, part in ((left, ours), (right, theirs)))
    return bool((one.view(np.int64) == other.view(np.int64)).all()) and bool(
        (left.times[ours] == right.times[theirs]).all()
    )


def _same(left: History, right: History, ours: slice, theirs: slice) -> NDArray[np.bool_]:
    """Which pairs of events are the same, bit for bit."""
    one, other = left.records[ours], right.records[theirs]
    same = left.times[ours] == right.times[theirs]
    for name in _COMPARED:
        same &= _bits(one[name]) == _bits(other[name])
    if left.symbols != right.symbols:
        names = np.array(left.symbols)[one["symbol"]] == np.array(right.symbols)[other["symbol"]]
        return np.asarray(same & names, np.bool_)
    return np.asarray(same & (one["symbol"] == other["symbol"]), np.bool_)


def _bits(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values).view(np.int64) if values.dtype.kind == "f" else values


def _first_time(history: History) -> int:
    return int(history.times[0]) if len(history.times) else 0
