"""Tests of a file once more with compilation off."""

import os
import subprocess
import sys
from pathlib import Path


def assert_pass_in_plain_python(file: str, chosen: str, n_tests: int) -> None:
    """Run the tests of a file that pytest's ``-k`` chooses, in a process without compilation: so many, and all pass."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", file, "-k", chosen]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and f"{n_tests} passed" in done.stdout, done.stdout
