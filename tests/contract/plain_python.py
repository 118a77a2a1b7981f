"""Tests of a file once more with compilation off.

One process without compilation imports what they all need, and is forked for each file: an import takes as long as many
of these tests.
"""

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def assert_pass_in_plain_python(file: str, chosen: str, n_tests: int) -> None:
    """Run the tests of a file that pytest's ``-k`` chooses, in a process without compilation: so many, and all pass."""
    process = _forked_for_each()
    assert process.stdin is not None and process.stdout is not None
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", file, "-k", chosen]
    process.stdin.write(json.dumps(arguments) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, f"the process without compilation ended with status {process.wait()}"
    status, printed = json.loads(answer)
    assert status == 0 and f"{n_tests} passed" in printed, printed


@functools.cache
def _forked_for_each() -> "subprocess.Popen[str]":
    """The process without compilation; it ends with this one."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.plain_python"],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process, os.getpid())
    return process


def _end(process: "subprocess.Popen[str]", owner: int) -> None:
    if os.getpid() == owner:  # and not a process that was forked from it
        process.terminate()
        process.wait()


def _run(arguments: list[str]) -> tuple[int, str]:
    """Run pytest in a process that is forked for it: its status, and what it printed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        child = os.fork()
        if child == 0:
            import pytest

            for descriptor in (1, 2):
                os.dup2(printed.fileno(), descriptor)
            status = int(pytest.main(arguments))
            sys.stdout.flush()
            os._exit(status)
        _, ended = os.waitpid(child, 0)
        printed.seek(0)
        return os.waitstatus_to_exitcode(ended), printed.read()


def _serve() -> None:
    import hypothesis  # noqa: F401
    import numba  # noqa: F401
    import pandas  # noqa: F401
    import pytest  # noqa: F401

    import admf_jit as aj

    dir(aj.backtest), dir(aj.grid), dir(aj.load)  # each is imported when it is asked for
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
