"""The lock that makes one process compile a strategy while the others that want it wait for its machine code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def compile_lock(module: Path) -> Iterator[None]:
    """Hold the only right to compile the generated ``module``; whoever comes second finds it in the cache.

    Compiling twice at once would harm nothing but time, so where a lock cannot be had (a cache that is only read, a
    system or drive without `flock`) nothing is locked. The operating system holds it: a killed process leaves none.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            file = held.enter_context(open(module.with_suffix(".lock"), "a"))
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield
