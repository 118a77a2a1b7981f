"""Saying that a strategy is being compiled, from the first function that is, and how long that took the last time."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numba.core import event

from admf_jit.announcements import Announcement
from admf_jit.strategies.cache import cache_directory

SECONDS_NAME = ".seconds.json"
#: The kind of what is compiled for one strategy alone: not the engine that it runs on.
STRATEGY = "strategy"
#: Seconds that each kind takes with an empty cache, and what it shares with others, as measured on a core of 2.6 GHz.
_FIRST = {
    "plain": 4.0,
    "orders": 10.0,
    "portfolio": 12.0,
    "vectorbt": 4.0,
    "backtesting.py": 4.0,
    "plain, shared": 6.0,
    "orders, shared": 9.0,
    "indicator": 1.0,
    STRATEGY: 2.0,
}
#: The end of a kind that is an engine with the first strategy on it, and later the strategy alone.
_SHARED = ", shared"
_COMPILATION = "numba:compile"


@contextlib.contextmanager
def announced(strategy: str, kind: str) -> Iterator[None]:
    """Announce the compilation of ``strategy`` if anything is compiled within; nothing is said of what is cached.

    ``kind`` names what else is compiled with it: what took long the last time is expected to take as long again.
    """
    listener = _Listener(strategy, kind)
    event.register(_COMPILATION, listener)
    try:
        yield
    except BaseException:
        listener.finish(f"{strategy} was not compiled")
        raise
    finally:
        with contextlib.suppress(ValueError):
            event.unregister(_COMPILATION, listener)
    seconds = listener.seconds
    listener.finish(f"compiled {strategy} in {seconds:.0f} s; it is kept for the next time")
    if listener.announcement is not None:
        _remember(kind, seconds)


class _Listener(event.Listener):  # type: ignore[misc]
    """Announces the first compilation of this thread; the others are part of it."""

    def __init__(self, strategy: str, kind: str) -> None:
        self.announcement: Announcement | None = None
        self._strategy = strategy
        self._kind = kind
        self._thread = threading.get_ident()
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def on_start(self, event: Any) -> None:
        if self.announcement is None and threading.get_ident() == self._thread:
            self.announcement = Announcement(f"compiling {self._strategy}, once, about {_expected(self._kind):.0f} s")

    def on_end(self, event: Any) -> None:
        """The end of one function is not that of the strategy."""

    def finish(self, text: str) -> None:
        if self.announcement is not None:
            self.announcement.replace(text)


def _expected(kind: str) -> float:
    known = _known()
    if kind in known:
        return max(1.0, known[kind])
    engines = [name for name in known if name in _FIRST and name != STRATEGY and not name.endswith(_SHARED)]
    slower = max((known[name] / _FIRST[name] for name in engines), default=1.0)
    return _FIRST[kind] * (1.0 if kind == STRATEGY else min(max(slower, 1.0), 5.0))


def _remember(kind: str, seconds: float) -> None:
    """Note how long it will take again."""
    known = _known()
    first = kind.endswith(_SHARED) and kind not in known
    known[kind] = seconds * _FIRST[STRATEGY] / _FIRST[kind] if first else seconds
    path = _path()
    with contextlib.suppress(OSError):
        temporary = path.with_name(f"{path.name}-{os.getpid()}")
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(path)


def _known() -> dict[str, float]:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        said = json.loads(_path().read_text(encoding="utf-8"))
        return {str(kind): float(seconds) for kind, seconds in said.items() if 0.0 < float(seconds) < 1e4}
    return {}


def _path() -> Path:
    return cache_directory() / SECONDS_NAME
