"""What TA-Lib answers to a list of calls, and how long it takes."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PYTHON = Path(__file__).resolve().parents[3] / ".oracles" / "ta_lib" / "bin" / "python"
Columns = dict[str, NDArray[np.float64]]
NAMES = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}


def _run(folder: Path, calls: list[tuple[str, int, int]], columns: Columns) -> list[float]:
    for letter, name in NAMES.items():
        np.save(folder / f"{letter}.npy", columns[name])
    (folder / "calls.json").write_text(json.dumps(calls))
    subprocess.run([str(PYTHON), "-I", str(Path(__file__).with_name("runner.py")), str(folder)], check=True)
    seconds: list[float] = json.loads((folder / "seconds.json").read_text())
    return seconds


def outputs(calls: list[tuple[str, int]], columns: Columns) -> list[NDArray[np.float64]]:
    """Return the outputs of each call, (n_outputs, n_bars).

    Raises FileNotFoundError without the environment that `make oracles` makes.
    """
    with tempfile.TemporaryDirectory() as name:
        _run(Path(name), [(call, n, 0) for call, n in calls], columns)
        return [np.load(Path(name) / f"{place}.npy") for place in range(len(calls))]


def seconds(calls: list[tuple[str, int]], columns: Columns, repeats: int) -> list[float]:
    """Return the fewest seconds that each call took."""
    with tempfile.TemporaryDirectory() as name:
        return _run(Path(name), [(call, n, repeats) for call, n in calls], columns)
