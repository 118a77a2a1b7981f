"""Errors of the package: one base class, one class per kind of input.

Every message names the place (key, file, row, column), the value found and what was expected, so that the
person who reads it can fix the input without reading the code.
"""

import contextlib
import difflib
import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any

_PACKAGE = os.path.dirname(__file__) + os.sep


class AdmfError(Exception):
    """Base of every error raised on purpose; command line and notebooks print it without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message has file and line, and the frames are those of the package."""
        return [f"{type(self).__name__}: {self}"]


class ConfigError(AdmfError):
    """The configuration is refused: syntax, unknown key, wrong value, or a grid that cannot be built."""


class DataError(AdmfError):
    """Market data is refused: unreadable file, missing column, or a row that breaks a rule of a bar."""


class StrategyError(AdmfError):
    """A strategy is refused: unknown name, bad declaration, or code outside the supported subset."""


class BacktestError(AdmfError):
    """A backtest failed: its strategy raised, or its account came to an end. ``result`` is what it left."""

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


class ResultsError(AdmfError):
    """A run directory is refused: missing, incomplete, or written by an incompatible version."""


class LedgerError(AdmfError):
    """The ledger of trials is refused: it cannot be written, is something else, or an import of it is damaged."""


class StatisticsError(AdmfError, ValueError):
    """A statistic is refused: a number is missing or outside its limits, a shape does not fit, a name is unknown."""


class WorkerError(AdmfError):
    """Worker processes cannot be had, or keep being ended. The run keeps what was finished and can be resumed."""


def warn(text: str) -> None:
    """Give a UserWarning at the line that called into the package, however deep in it this is."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and file != contextlib.__file__:  # which runs what it decorates
            break
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known name most similar to `name`, or "" if nothing is similar enough to suggest.

    Comparison ignores case. Ties go to the name that comes first, so the same typo always gives the same
    hint. If no whole name is near, one of which this is nearly the beginning or the end counts too (cpu,
    cpu_limit).
    """
    candidates = list(known)
    lowered = [candidate.lower() for candidate in candidates]
    beginnings = [candidate[: len(name) + 1] for candidate in lowered]
    ends = [candidate[-len(name) - 1 :] for candidate in lowered]
    for compared, cutoff in ((lowered, 0.6), (beginnings, 0.8), (ends, 0.8)):
        matches = difflib.get_close_matches(name.lower(), compared, n=1, cutoff=cutoff)
        if matches:
            return candidates[compared.index(matches[0])]
    return ""


def printable(text: str) -> str:
    """Return a text as it may be shown: what a terminal would obey, or hide, is written as an escape.

    Names, values and errors come from files that anybody may have written.
    """
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )
