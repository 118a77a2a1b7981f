"""One line that says what is being waited for: on a terminal or in a notebook it is replaced once that is done.

Results go to standard output; these lines never do. They are left out where somebody asked for quiet: by the variable
``ADMF_JIT_QUIET``, or by a command's `--json` or `--quiet`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

QUIET_VARIABLE = "ADMF_JIT_QUIET"
#: Metadata of these lines in a notebook, which tell them from results.
IN_NOTEBOOKS = {"admf_jit": "announcement"}
_CLEAR_LINE = "\r\x1b[K"

_silenced = False


@contextmanager
def silenced(quiet: bool = True) -> Iterator[None]:
    """Say nothing while this lasts, if it is to be ``quiet``."""
    global _silenced
    before, _silenced = _silenced, _silenced or quiet
    try:
        yield
    finally:
        _silenced = before


def is_quiet() -> bool:
    """Whether nothing is to be said."""
    return _silenced or os.environ.get(QUIET_VARIABLE, "") not in ("", "0")


class Announcement:
    """A line that is shown when this is made; ``replace`` puts another one in its place."""

    def __init__(self, text: str) -> None:
        self._update: Callable[[str], None] = lambda text: None
        if is_quiet():
            return
        if in_notebook():
            self._show_in_notebook(text)
        elif sys.stderr is not None and sys.stderr.isatty():
            self._write(f"{text} ...")
            self._update = lambda text: self._write(f"{_CLEAR_LINE}{text}\n")
        elif sys.stderr is not None:
            self._write(f"{text}\n")

    def replace(self, text: str) -> None:
        """Show another text instead; where lines stay, nothing is added to them."""
        self._update(text)

    def _write(self, text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)

    def _show_in_notebook(self, text: str) -> None:
        from IPython import display

        show: Any = display.display
        handle = show({"text/plain": f"{text} ..."}, raw=True, display_id=True, metadata=IN_NOTEBOOKS)
        if handle is not None:
            self._update = lambda text: handle.update({"text/plain": text}, raw=True, metadata=IN_NOTEBOOKS)


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    if "IPython" not in sys.modules:
        return False
    shell = getattr(sys.modules["IPython"], "get_ipython", lambda: None)()
    return shell is not None and getattr(shell, "kernel", None) is not None
