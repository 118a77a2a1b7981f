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
#: Seconds until this machine has compiled anything: of the first engine, with what it shares with others, of each other
#: engine, and of a strategy.
_FIRST, _LATER, _STRATEGY = 20.0, 5.0, 2.0
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
    if kind == STRATEGY:
        return _STRATEGY
    slower = max((seconds / _LATER for name, seconds in known.items() if name != STRATEGY), default=1.0)
    return max(1.0, _FIRST * min(slower, 5.0))


def _remember(kind: str, seconds: float) -> None:
    """Note how long it took. The first time, shared parts of the engine took most of that."""
    known = _known()
    known[kind] = seconds if kind in known or kind == STRATEGY else min(seconds, max(1.0, seconds * _LATER / _FIRST))
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
