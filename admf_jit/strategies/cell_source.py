"""The source of functions from a notebook's cell that a magic such as ``%%time`` ran.

IPython keeps the text of a cell for those who look into its functions, but not where a magic ran the cell: their code
says ``<timed exec>``, and nothing is there. The cell is in the history of inputs all the same. It is known by what it
compiles to: the code objects are equal.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any


def find_source(function: FunctionType) -> None:
    """Let ``function`` say where its source is, if it comes from a cell that a magic ran."""
    name = function.__code__.co_filename
    if not name.startswith("<") or linecache.getlines(name):
        return
    shell = _shell()
    for cell in reversed(_inputs(shell)):
        found = _code_in(shell, cell, function.__code__)
        if found is not None:
            function.__code__ = found
            return


def _shell() -> Any:
    """The notebook or terminal of IPython that this process is, or None."""
    if "IPython" not in sys.modules:
        return None
    return getattr(sys.modules["IPython"], "get_ipython", lambda: None)()


def _inputs(shell: Any) -> list[str]:
    return list(getattr(getattr(shell, "history_manager", None), "input_hist_raw", []))


def _code_in(shell: Any, cell: str, wanted: CodeType) -> CodeType | None:
    """The code object of ``cell`` that is ``wanted``, with the cell as its file and the lines of the whole cell."""
    lines = cell.splitlines(keepends=True)
    above = 0
    while above < len(lines) and (lines[above].startswith("%%") or not lines[above].strip()):
        above += 1
    if not any(line.startswith("%%") for line in lines[:above]):
        return None
    name = f"<ipython-input-{hashlib.sha256(cell.encode()).hexdigest()[:12]}>"
    try:
        body = shell.transform_cell("".join(lines[above:]))
        as_run = shell.compile(shell.compile.ast_parse(body), wanted.co_filename, "exec")
        padded = "\n" * above + body
        with_lines = shell.compile(shell.compile.ast_parse(padded), name, "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    for one, other in zip(_walk(as_run), _walk(with_lines), strict=False):
        if one == wanted:
            linecache.cache[name] = (len(padded), None, padded.splitlines(keepends=True), name)
            return other
    return None


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _walk(constant)
