"""Running Python in a process of its own, as a user's shell would."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from admf_jit.strategies.cache import CACHE_VARIABLE

ROOT = Path(__file__).resolve().parent.parent


def python(*arguments: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m ARGUMENTS`, with compiled strategies in `cache` instead of the session's folder."""
    return run(sys.executable, "-m", *arguments, cache=cache)


def run(*command: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, and keep what it prints."""
    environment = os.environ | ({CACHE_VARIABLE: str(cache)} if cache else {})
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def processor_seconds(*arguments: str, cache: Path | None = None) -> float:
    """Run `python -m ARGUMENTS` to its end, and return the processor time of it and of what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = python(*arguments, cache=cache)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def probe(*arguments: str, cache: Path | None = None) -> dict[str, Any]:
    """Run `benchmarks.probe` in a process of its own and return what it found."""
    done = python("benchmarks.probe", *arguments, cache=cache)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
