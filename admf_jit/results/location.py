"""Where a run goes when nobody says: `runs/<name>-<n>`."""

from pathlib import Path

from admf_jit.errors import ResultsError


def default_directory(name: str, *, resume: bool = False, root: Path = Path("runs")) -> Path:
    """Return the directory for a run called `name`: the next free number, or with `resume` the latest one.

    Raises ResultsError when there is nothing to resume.
    """
    numbers = [int(entry.name[len(name) + 1 :]) for entry in root.glob("*") if _is_run_of(name, entry.name)]
    if not resume:
        return root / f"{name}-{max(numbers, default=0) + 1}"
    if not numbers:
        raise ResultsError(f"{root}: holds no run called {name!r} to resume; name its directory with --out")
    return root / f"{name}-{max(numbers)}"


def _is_run_of(name: str, entry: str) -> bool:
    prefix, _, number = entry.rpartition("-")
    return prefix == name and number.isascii() and number.isdigit()
