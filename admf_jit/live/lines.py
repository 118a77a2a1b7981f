"""What is said of a container that goes on: a JSON object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.identity import Identity
from admf_kernels.constants import EVENT_DTYPE, EventKind, Reason

#: Kinds of event by their numbers, and the reasons, as they are written.
KINDS = tuple(kind.name.lower() for kind in EventKind)
REASONS = tuple(reason.name.lower() if reason else "" for reason in Reason)
#: What is said of every bar whatever happens at it.
ROUTINE = frozenset({EventKind.BAR, EventKind.FEATURES, EventKind.SIGNAL})
#: What the last two numbers of an event are called: in a `portfolio_update` they are the account's.
AMOUNTS, ACCOUNT = ("value", "fee"), ("equity", "cash")
_UPDATE = int(EventKind.PORTFOLIO_UPDATE)
#: Where an event's record has its bar.
_BAR = (EVENT_DTYPE.names or ()).index("bar")
_NS_PER_SECOND = 1_000_000_000


class LineWriter:
    """Writes events and notices as lines that all say whose they are."""

    def __init__(self, identity: Identity, symbols: tuple[str, ...]) -> None:
        said = "".join(f', "{key}": {json.dumps(value)}' for key, value in identity.fields().items())
        self._head = said
        self._run = identity.run
        self._symbols = [json.dumps(symbol) for symbol in symbols]
        self._kinds = [f'{{"type": "{kind}"{said}, "sequence": ' for kind in KINDS]
        self._orders = f', "order_id": "{identity.run}-'

    def events(self, records: NDArray[np.void], time: int, before: int) -> list[bytes]:
        """A line for each event of one bar, which opened at ``time``; some may be of the bar ``before`` it."""
        when, newest = time_text(time), records["bar"].max() if len(records) else 0
        return [
            self._event(record, when if record[_BAR] == newest else time_text(before)) for record in records.tolist()
        ]

    def _event(self, record: tuple[Any, ...], when: str) -> bytes:
        sequence, cause, bar, kind, symbol, reason, order, price, quantity, value, fee = record
        text = (
            f'{self._kinds[kind]}{sequence}, "cause": {cause}, "bar": {bar}, "time": "{when}", "symbol": '
            f'{self._symbols[symbol]}, "reason": "{REASONS[reason]}", "order": {order}, "price": {_number(price)}, '
            f'"quantity": {_number(quantity)}, '
        )
        names = ACCOUNT if kind == _UPDATE else AMOUNTS
        text += f'"{names[0]}": {_number(value)}, "{names[1]}": {_number(fee)}'
        if order > 0:
            text += f'{self._orders}{order}"'
        return (text + "}\n").encode()

    def notice(self, kind: str, **said: Any) -> bytes:
        """A line about the feed or the process, and not about the account."""
        rest = "".join(f', "{key}": {json.dumps(value)}' for key, value in said.items())
        return f'{{"type": "notice", "kind": "{kind}"{self._head}{rest}}}\n'.encode()


def _number(number: float) -> str:
    if math.isfinite(number):
        return repr(number)
    return "null" if math.isnan(number) else f'"{number}"'


def time_text(nanoseconds: int) -> str:
    """A moment as text of ISO 8601 in UTC."""
    seconds, fraction = divmod(nanoseconds, _NS_PER_SECOND)
    text = str(np.datetime64(seconds, "s"))
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{text}{digits}Z"


def read_events(lines: Iterable[bytes]) -> tuple[NDArray[np.void], list[str]]:
    """The events among written lines, EVENT_DTYPE (n,), and their times; symbols are numbered as they come."""
    rows: list[tuple[Any, ...]] = []
    times: list[str] = []
    symbols: dict[str, int] = {}
    for line in lines:
        fields = json.loads(line)
        if fields["type"] in KINDS:
            rows.append(record_of(fields, symbols))
            times.append(fields["time"])
    return np.array(rows, EVENT_DTYPE), times


def record_of(fields: Mapping[str, Any], symbols: dict[str, int]) -> tuple[Any, ...]:
    """The record of an event that was written."""
    kind, reason = KINDS.index(fields["type"]), REASONS.index(fields["reason"])
    amounts = ACCOUNT if kind == _UPDATE else AMOUNTS
    numbers = (_back(fields[name]) for name in ("price", "quantity", *amounts))
    symbol = symbols.setdefault(fields["symbol"], len(symbols))
    return (fields["sequence"], fields["cause"], fields["bar"], kind, symbol, reason, fields["order"], *numbers)


def _back(value: Any) -> float:
    return math.nan if value is None else float(value)
