"""Every option changes a result, in compiled code and in plain Python alike, and can be swept by its path."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.config.execution import PHASES
from tests.config.order_engine_keys import KEYS
from tests.contract.every_option import OPTIONS, alone, swept
from tests.patience import PATIENCE

#: Keys whose effect other tests show: of presets, of several symbols in one container, and of what changes no result.
ELSEWHERE = {
    "execution.preset", "execution.stop_exit_price", "execution.stop_entry_price", "execution.exclusive_orders",
    "execution.portfolio", "execution.rebalance", *(f"execution.{phase}" for phase in PHASES),
}  # fmt: skip
NUMBERS = range(len(OPTIONS))


def name_of(number: int) -> str:
    path, base, *_ = OPTIONS[number]
    return f"{path}-{'-'.join(base)}" if base else path


@pytest.fixture(scope="module")
def plain() -> Any:
    """What every option comes to in plain Python."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "tests.contract.every_option"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_an_option_changes_a_result_and_is_swept(number: int, plain: Any) -> None:
    one, other = alone(number)
    assert one != other
    assert swept(number) == [one, other]
    assert plain[number] == [one, other]


def test_no_option_is_left_out() -> None:
    shown = {path for path, *_ in OPTIONS} | ELSEWHERE
    blocks: dict[str, Any] = {
        "account": AccountConfig,
        "execution": ExecutionConfig,
        "exits": ExitsConfig,
        "risk": RiskConfig,
    }
    for block, model in blocks.items():
        for key in model.model_fields:
            assert any(path == f"{block}.{key}" or path.startswith(f"{block}.{key}.") for path in shown), (block, key)
    for key in KEYS:
        path = key.path.replace(".tiers.1.", ".tiers.0.")
        assert path in shown or any(other.startswith(f"{path}.") for other in shown), path
