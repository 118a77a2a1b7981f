"""Errors of the package: one base class, one class per kind of input.

Every message names the place (key, file, row, column), the value found and what was expected, so that the
person who reads it can fix the input without reading the code.
"""

import difflib
from collections.abc import Iterable


class AdmfError(Exception):
    """Base of every error raised on purpose; the command line prints it without a traceback."""


class ConfigError(AdmfError):
    """The configuration is refused: syntax, unknown key, wrong value, or a grid that cannot be built."""


class DataError(AdmfError):
    """Market data is refused: unreadable file, missing column, or a row that breaks a rule of a bar."""


class StrategyError(AdmfError):
    """A strategy is refused: unknown name, bad declaration, or code outside the supported subset."""


class ResultsError(AdmfError):
    """A run directory is refused: missing, incomplete, or written by an incompatible version."""


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known name most similar to `name`, or "" if nothing is similar enough to suggest.

    Comparison ignores case. Ties go to the name that comes first, so the same typo always gives the same
    hint. A name that is only the beginning of a known one (cpu, cpu_limit) counts as similar too.
    """
    candidates = list(known)
    lowered = [candidate.lower() for candidate in candidates]
    matches = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if not matches and len(name) > 1:
        matches = [known_name for known_name in lowered if known_name.startswith(name.lower())]
    return candidates[lowered.index(matches[0])] if matches else ""
