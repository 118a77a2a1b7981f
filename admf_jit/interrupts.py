"""Ctrl-C while long work runs: never lost, heard where it does no harm, and at once where it is pressed twice.

Python raises KeyboardInterrupt between any two steps of the main thread. Where that happens to be a finalizer, or what
the garbage collector calls, the exception is printed and dropped, and the work goes on as if nobody had pressed. So the
signal is noted too, and whoever does the work asks for it (``check``); what Python drops of it is not printed.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: What took the signal, of the main thread; other threads never get one.
_current: _Taken | None = None


class _Taken:
    """Handler of SIGINT in the place of the one before, which still says what an interrupt does."""

    def __init__(self, before: Callable[[int, FrameType | None], Any], ends_process: bool) -> None:
        self.waits = False
        self.before = before
        self._ends_process = ends_process
        self._count = 0
        self._unheard = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take the signal."""
        self._count += 1
        self._unheard = True
        if self._count > 1 and self._ends_process:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        if not self.waits or self._count > 1:
            self._tell(frame)

    def check(self) -> None:
        """Do what an interrupt does, if there was one: raise KeyboardInterrupt, as a rule."""
        if self._unheard:
            self._unheard = False
            self._tell(sys._getframe())

    def is_noted(self, dropped: BaseException | None) -> bool:
        """Whether an exception that Python drops is an interrupt that is raised again at the next check."""
        return self._unheard and isinstance(dropped, KeyboardInterrupt)

    def _tell(self, frame: FrameType | None) -> None:
        self.before(signal.SIGINT, frame)
        # A handler that raises nothing has dealt with it, and the work goes on.
        self._count = 0
        self._unheard = False


@contextmanager
def taken(*, ends_process: bool = False) -> Iterator[None]:
    """Note every interrupt while this lasts; one that has not been heard by the end is raised there.

    The first one raises at once, unless it has to wait (``waiting``). The second always does, or with ``ends_process``
    ends the process by the signal, whatever that is doing. Within another ``taken``, in a thread that is not the main
    one, or where interrupts are ignored or are no business of Python's, this changes nothing. The handler that was
    there before says what an interrupt does, and is put back.
    """
    global _current
    before = signal.getsignal(signal.SIGINT) if _is_main_thread() else None
    if _current is not None or not callable(before):
        yield
        return
    mine = _Taken(before, ends_process)
    try:
        signal.signal(signal.SIGINT, mine)
    except ValueError:  # the main thread of an interpreter inside another one
        yield
        return
    _current = mine
    report = sys.unraisablehook

    def report_others(dropped: sys.UnraisableHookArgs) -> None:
        if not mine.is_noted(dropped.exc_value):
            report(dropped)

    sys.unraisablehook = report_others
    try:
        yield
    finally:
        mine.waits = True  # what comes now is raised below
        _current = None
        if sys.unraisablehook is report_others:
            sys.unraisablehook = report
        # Whoever has put another one there in the meantime wants that.
        if signal.getsignal(signal.SIGINT) is mine:
            signal.signal(signal.SIGINT, before)
    mine.check()


@contextmanager
def waiting() -> Iterator[None]:
    """Let the first interrupt wait, while this lasts, until ``check`` or the end: no step in between is torn."""
    mine = _current if _is_main_thread() else None
    if mine is None or mine.waits:
        yield
        return
    mine.waits = True
    try:
        yield
    finally:
        mine.waits = False
    mine.check()


def check() -> None:
    """Raise an interrupt that was noted and not heard."""
    if _current is not None and _is_main_thread():
        _current.check()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
