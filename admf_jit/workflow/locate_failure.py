"""The line and the bar at which a container ended its process.

Machine code that loops or has crashed does not tell its line. The same source in plain Python does, and its results are
bitwise identical, so it fails at the same line: an index outside of its array is an exception there, and a loop can be
sampled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from numbers import Integral
from pathlib import Path
from types import FrameType
from typing import NoReturn

from admf_jit.errors import AdmfError
from admf_jit.results import RunDirectory
from admf_jit.results.row import CRASHED, MEMORY_LIMIT, TIMEOUT
from admf_jit.strategies.compiled import MODULE_PREFIX
from admf_jit.strategies.generate_evaluate import EVALUATE
from admf_jit.strategies.shared import StrategyOverColumns
from admf_jit.workers.batch import NO_RING, BatchInputs, run_inputs
from admf_jit.workers.failures import with_bar
from admf_jit.workers.limited import memory_limited
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.replay import find_row, reopen
from admf_kernels.constants import Intrabar

#: Statuses of containers that ended their process themselves.
LOCATED = (TIMEOUT, MEMORY_LIMIT, CRASHED)
#: Seconds of processor time in plain Python after which a bar counts as hung, and after which the search ends. A bar
#: takes less than a millisecond.
_PATIENCE = 5.0
_LONGEST_SEARCH = 120.0
#: Seconds that this may take on a machine with other work.
_LONGEST_WAIT = 10.0 * _LONGEST_SEARCH


def locate_failure(run_dir: Path | str, container: str | int) -> str:
    """Run a container of a stored run in plain Python, in a process of its own: the line and the bar that end it.

    Says so where there is no such line. Takes two minutes of processor time at the most.
    """
    command = [sys.executable, "-m", "admf_jit.workflow.locate_failure", str(run_dir), str(container)]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_LONGEST_WAIT, check=False
        )
    except subprocess.TimeoutExpired:
        return "nothing: it took too long to find out"
    if done.returncode:
        last_line = done.stderr.strip().splitlines()[-1:]
        return f"nothing: the process that ran it exited with code {done.returncode} ({' '.join(last_line)})"
    return done.stdout.strip()


class StillInThisBar(BaseException):
    """Raised in the middle of what a strategy does, which nothing in it may catch."""


class GivenUp(BaseException):
    """Raised where no bar took long, and yet there is no end."""


class _Sampler:
    """Samples a running container once a second of its own processor time, whatever else the machine does."""

    def __init__(self) -> None:
        self._bar: int | None = None
        self._began = self._since = time.process_time()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle the signal of the timer."""
        now = time.process_time()
        bar = _bar_of(frame)
        if bar is None or bar != self._bar:
            self._bar, self._since = bar, now
        elif now - self._since >= _PATIENCE:
            raise StillInThisBar(f"for more than {_PATIENCE:g} s")
        if now - self._began >= _LONGEST_SEARCH:
            raise GivenUp


def _bar_of(frame: FrameType | None) -> int | None:
    """The bar that a strategy is evaluated at, or else that an engine is at: all of them count it by the same name."""
    while frame is not None:
        bar, module = frame.f_locals.get("t"), str(frame.f_globals.get("__name__"))
        is_evaluate = frame.f_code.co_name == EVALUATE and module.startswith(MODULE_PREFIX)
        if isinstance(bar, Integral) and (is_evaluate or module.startswith(("admf_kernels.", "admf_presets."))):
            return int(bar)
        frame = frame.f_back
    return None


def locate(prepared: Prepared, index: int) -> str:
    """The line and bar of container `index`, in this process, which has to be one of plain Python."""
    container = prepared.grid.container(index)
    inputs = prepared.inputs.build([container])
    signal.signal(signal.SIGPROF, _Sampler())
    with memory_limited(prepared.limits(1)):
        signal.setitimer(signal.ITIMER_PROF, 1.0, 1.0)
        try:
            return _run(prepared, inputs)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)


def _run(prepared: Prepared, inputs: BatchInputs) -> str:
    module = prepared.alone
    compiled = module.compiled if isinstance(module, StrategyOverColumns) else module
    try:
        run_inputs(module, prepared.data, inputs, NO_RING, trap=False)
        if inputs.bounds[0]:
            inputs.settings["intrabar"] = Intrabar.TARGET_FIRST
            run_inputs(module, prepared.data, inputs, NO_RING, trap=False)
    except (Exception, StillInThisBar, GivenUp) as problem:
        bar = _last_bar(problem)
        if isinstance(problem, GivenUp):
            return f"it came to bar {bar} in {_LONGEST_SEARCH:g} s, and no bar took longer than {_PATIENCE:g} s"
        said = compiled.explain(problem)
        return said if bar is None else with_bar(said, prepared.data, bar)
    return "plain Python finishes it: machine code differs where whole numbers overflow or an index is out of its array"


def _last_bar(problem: BaseException) -> int | None:
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return None if trace is None else _bar_of(trace.tb_frame)


def main(run_dir: str, container: str) -> NoReturn:
    """Print the line and bar, and exit at once, whatever the strategy has left behind."""
    try:
        directory = RunDirectory.open(Path(run_dir))
        text, status = locate(*reopen(directory).locate(find_row(directory, container)["index"])), 0
    except AdmfError as problem:
        text, status = "", 2
        print(problem, file=sys.stderr)
    print(text, flush=True)
    os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
