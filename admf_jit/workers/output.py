"""Suppressing what a strategy prints where its container is only run again."""

from __future__ import annotations

import contextlib
import io
import threading


class _Discarding(io.TextIOBase):
    def write(self, text: str) -> int:
        """Discard ``text``."""
        return len(text)


def without_output() -> contextlib.AbstractContextManager[object]:
    """Suppress what is printed inside, compiled or not.

    Standard output belongs to all threads: two that put it back in another order than they took it would leave none,
    so that this is done in the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return contextlib.nullcontext()
    return contextlib.redirect_stdout(_Discarding())
