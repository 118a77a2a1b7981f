"""The order engine comes to the same bits compiled, as plain Python and with checked bounds."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.long import only_long
from tests.patience import PATIENCE

CASES = 50
MODES = {"compiled": {}, "plain": {"NUMBA_DISABLE_JIT": "1"}, "checked": {"NUMBA_BOUNDSCHECK": "1"}}


def digests() -> list[str]:
    """One digest of all events of each random case; the events are hashed as bytes."""
    from admf_jit.strategies.compiled import compile_strategy
    from admf_jit.strategies.declaration import definition_of
    from admf_jit.strategies.generate import ORDER_ENGINE
    from tests.contract.test_order_agreement import result_of
    from tests.contract.test_order_random import Impulses, case_of
    from tests.reference.order_random_cases import random_case

    compiled = compile_strategy(definition_of(Impulses), ORDER_ENGINE)
    results = (result_of(compiled, case_of(random_case(seed))) for seed in range(CASES))
    return [hashlib.sha256(result.records.tobytes()).hexdigest() for result in results]


def digests_in(mode: str) -> list[str]:
    """Digests from a process of its own; the folders of the cache are named by the compiler's flags."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment = {**inherited, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment |= MODES[mode]
    command = [sys.executable, "-m", "tests.contract.test_order_modes"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def compiled() -> list[str]:
    return digests_in("compiled")


def test_the_cases_differ(compiled: list[str]) -> None:
    assert len(set(compiled)) == CASES


# The engine is compiled anew with checked bounds; in plain Python NumPy checks them too.
@pytest.mark.parametrize("mode", ["plain", pytest.param("checked", marks=only_long)])
def test_the_mode_does_not_change_a_bit(mode: str, compiled: list[str]) -> None:
    assert digests_in(mode) == compiled


if __name__ == "__main__":
    print(json.dumps(digests()))
