"""Small sweeps that the tests of the workflow run, and a process that runs one and is stopped in the middle of it."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from admf_jit.config import load_config
from admf_jit.results import Progress
from admf_jit.workflow import GridRun, run_grid

ROOT = Path(__file__).resolve().parents[2]
STRATEGY = '''import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Moody:
    """Holds above its average, unless the dice say no; with trouble it fails at bar 50."""

    period: int = 5
    trouble: int = 0
    average = ta.sma("period")

    def on_bar(self, bar, position):
        if self.trouble == 1 and bar.index == 50:
            raise ValueError("trouble came")
        if self.random.uniform() < 0.1:
            return aj.FLAT
        return bar.close > self.average
'''


def strategy_in(folder: Path) -> str:
    """Write the strategy to a file in ``folder`` and return its name."""
    path = folder / "moody.py"
    if not path.exists():
        path.write_text(STRATEGY, encoding="utf-8")
    return f"{path}:Moody"


def moody(folder: Path, **parameters: Any) -> dict[str, Any]:
    """Return the configuration of a sweep over the strategy in ``folder``, by default of 12 containers."""
    return {
        "name": "moody",
        "data": {
            "source": "sample",
            "symbols": ["ALFA"],
            "timeframe": "1d",
            "start": "2016-01-01",
            "end": "2016-12-31",
        },
        "strategy": {"type": strategy_in(folder)},
        "account": {"commission": {"type": "percent", "rate": 0.001}},
        "workflow": {"reproducibility": {"master_seed": 7}},
        "optimization": {
            "objective": "sharpe_ratio",
            "parameters": parameters or {"period": [2, 3, 5, 8, 13, 21], "position_size": [0.5, 1.0]},
        },
    }


def on(executor: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with the executor that runs it."""
    return {**config, "infrastructure": {"backend": executor}}


def results_of(directory: Path) -> bytes:
    """Return the bytes of a run's results."""
    return (directory / "results.parquet").read_bytes()


class Stopping(Progress):
    """Stops its own process with a signal, or by an exception, when so many containers are done."""

    def __init__(self, after: int, number: int | None) -> None:
        super().__init__()
        self.after = after
        self.number = number
        self.done = 0

    def advance(self, containers: int) -> None:
        self.done += containers
        if self.done >= self.after:
            if self.number is None:
                raise KeyboardInterrupt
            os.kill(os.getpid(), self.number)


def run(config: dict[str, Any], out: Path, **how: Any) -> GridRun:
    """Run the sweep."""
    return run_grid(load_config(config), out=out, **how)


def main(config: str, out: str, name: str) -> None:
    """Run a sweep over two workers, write a part for each batch, and stop after some of them."""
    from admf_jit.results import run_directory

    run_directory._SECONDS_PER_PART = 0.0
    progress = Stopping(5, getattr(signal, name))
    run(json.loads(config), Path(out), n_jobs=2, batch_size=1, progress=progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
