"""Compiled, plain Python and bounds-checked runs give the same bits, whatever PYTHONHASHSEED and vectors are."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.long import only_long
from tests.patience import PATIENCE

CHECKED = {"NUMBA_BOUNDSCHECK": "1", "PYTHONHASHSEED": "3"}
#: As on a processor of 2008, whose vectors hold two numbers instead of four or eight.
IS_X86 = platform.machine() in ("x86_64", "AMD64")
NARROW = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "4"} if IS_X86 else {}
#: Each but the first has a folder of its own in the cache, which is named by the compiler's flags: all is compiled anew
#: for it. So both of the last two are tried at once, and each alone in `make test-long`.
MODES: dict[str, dict[str, str]] = {
    "compiled": {"PYTHONHASHSEED": "0"},
    "plain": {"NUMBA_DISABLE_JIT": "1", "PYTHONHASHSEED": "2"},
    "checked and narrow": {**CHECKED, **NARROW},
}
ALONE = {"checked": CHECKED, "narrow": NARROW}


def fingerprint_of(variables: dict[str, str]) -> Any:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment = {**inherited, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment |= variables
    command = [sys.executable, "-m", "tests.contract.fingerprint"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def compiled() -> Any:
    return fingerprint_of(MODES["compiled"])


def test_the_fingerprint_says_something(compiled: Any) -> None:
    assert len(compiled["crossover"]) == 8 and len(compiled["everything"]) == 2
    rows = compiled["crossover"] + compiled["everything"]
    assert {row["status"] for row in rows} == {"ok"}
    assert len({row["result_hash"] for row in rows}) == 10


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "compiled"])
def test_the_mode_does_not_change_a_bit(mode: str, compiled: Any) -> None:
    assert fingerprint_of(MODES[mode]) == compiled


@pytest.mark.parametrize("mode", [pytest.param(mode, marks=only_long) for mode in ALONE])
def test_a_mode_alone_does_not_change_a_bit(mode: str, compiled: Any) -> None:
    assert fingerprint_of(ALONE[mode]) == compiled


def test_the_hash_seed_does_not_change_a_bit(compiled: Any) -> None:
    assert fingerprint_of({**MODES["compiled"], "PYTHONHASHSEED": "1"}) == compiled


#: The C library overwrites all that is freed, at once.
OVERWRITING = {"MALLOC_PERTURB_": "85", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}


def test_memory_that_is_given_back_is_not_read_again(compiled: Any) -> None:
    """A view that outlives its instance would read other numbers."""
    assert fingerprint_of({**MODES["compiled"], **OVERWRITING}) == compiled


def test_nor_is_it_on_the_order_engine() -> None:
    chosen = ["tests/strategies/test_timeframes.py", "-k", "same_bits_on_every_engine"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **OVERWRITING}
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout
