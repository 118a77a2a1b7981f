"""Arrays of a user's module: of any length, passed and not compiled in, so that other values need no other code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.shared import SharedStrategy
from admf_jit.strategies.source import collect_source
from admf_jit.testing import generate_test_data
from admf_jit.workers.batch import NO_RING, run_containers
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies.declare import declared, on_bar

DATA = generate_test_data(60, seed=3)
#: Far longer than what could be written into a module.
LONG = np.zeros(300_000)
FLAGS = np.zeros((2, 60), dtype=bool)
COUNTS = np.arange(60, dtype=">i4")
NOTHING = np.zeros((0, 3))
ISOLATIONS = ["full"] if config.DISABLE_JIT else ["full", "minimal", "process"]


def flagged(index: int) -> bool:
    return FLAGS[1, index]


@aj.strategy
class Predicted:
    """Long where the array says so at this bar, from its end."""

    shift: int = 0

    def on_bar(self, bar, position):
        right = COUNTS[bar.index] == bar.index and NOTHING.shape[1] == 3 and len(NOTHING) == 0
        return right and LONG[bar.index - 60 - self.shift] > 0.0 and flagged(bar.index)


def exposure(wanted: np.ndarray[Any, Any]) -> float:
    """What is wanted at a bar is held at the close of the next."""
    return float(np.mean(np.append(False, wanted[:-1])))


@pytest.fixture(autouse=True)
def values() -> None:
    LONG[:] = 0.0
    LONG[-60:] = np.arange(60) % 3 == 0
    FLAGS[1] = True


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_long_array_is_read_and_its_values_may_change(isolation: str, tmp_path: Path) -> None:
    found = []
    for number, period in enumerate((3, 5)):
        LONG[-60:] = np.arange(60) % period == 0
        FLAGS[1, :10] = False
        many = aj.grid(Predicted, DATA, {"shift": [0, 60]}, n_jobs=1, isolation=isolation, out=tmp_path / f"{number}")
        assert many.frame["error"].isna().all()
        wanted = (np.arange(60) % period == 0) & (np.arange(60) >= 10)
        assert many.frame["exposure"].tolist() == [exposure(wanted), 0.0]
        assert many.container(0).metrics["exposure"] == exposure(wanted)
        found.append(many)
    assert not set(found[0].frame["container_id"]) & set(found[1].frame["container_id"]), "values are its identity"


def test_other_values_need_no_other_code() -> None:
    first = compile_strategy(definition_of(Predicted))
    LONG[-1] = 7.0
    second = compile_strategy(definition_of(Predicted))
    # Machine code is kept by the path, which the module's text makes.
    assert second.module.path == first.module.path
    assert second.digest != first.digest and second.module.arrays != first.module.arrays
    assert len(second.module.path.read_bytes()) < 20_000


def test_an_array_of_another_length_is_read_by_the_same_code(tmp_path: Path) -> None:
    body = "return OWN[bar.index % len(OWN)] > 0.0"
    short = declared(tmp_path, on_bar(body, "OWN = np.array([1.0, 0.0])\n"))
    longer = declared(tmp_path, on_bar(body, "OWN = np.array([1.0, 0.0, 0.0, 0.0])\n"))
    one, other = aj.backtest(short.cls, DATA), aj.backtest(longer.cls, DATA)
    assert one.metrics["exposure"] == exposure(np.arange(60) % 2 == 0)
    assert other.metrics["exposure"] == exposure(np.arange(60) % 4 == 0)
    assert compile_strategy(short).module.path == compile_strategy(longer).module.path
    # Whoever ran last does not decide.
    assert aj.backtest(short.cls, DATA).result_hash == one.result_hash


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="answers are shared by compiled code alone")
def test_sweeps_of_the_same_code_keep_their_own_values() -> None:
    """One after the other in one process, without loading anything in between."""
    prepared = []
    for period in (3, 5):
        LONG[-60:] = np.arange(60) % period == 0
        fields = {
            "name": "p",
            "data": {"source": "sample"},
            "strategy": {"type": f"{__name__}:Predicted"},
            "execution": {"optimization_phase": {"isolation": "minimal"}},
        }
        prepared.append(prepare(load_config(fields), definition=definition_of(Predicted), data=DATA))
        assert isinstance(prepared[-1].runner.module, SharedStrategy)
    for one, period in ((prepared[0], 3), (prepared[1], 5), (prepared[0], 3)):
        inputs = one.inputs.build(list(one.grid))
        metrics = np.empty((1, len(METRIC_NAMES)))
        errors, _ = run_containers(one.runner.module, one.data, inputs, NO_RING, metrics)
        assert errors == (None,)
        assert metrics[0, METRIC_NAMES.index("exposure")] == exposure(np.arange(60) % period == 0)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        (
            "OWN = pd.Series([1.0, 2.0])",
            "OWN is a Series: on_bar can use numbers, bools, strings, tuples of them, NumPy",
        ),
        ("OWN = pd.Series([1.0, 2.0])", "write OWN.to_numpy()"),
        ("OWN = np.array(['a', 'b'])", "OWN is a ndarray: on_bar can use numbers, bools"),
        ("OWN = [1.0, 2.0]", "OWN is a list: on_bar can use numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(tmp_path: Path, above: str, said: str) -> None:
    definition = declared(tmp_path, on_bar("return OWN[0] > 0.0", f"import pandas as pd\n{above}\n"))
    with pytest.raises(aj.StrategyError) as refused:
        collect_source(definition)
    assert said in str(refused.value)


def test_a_constant_array_cannot_be_changed(tmp_path: Path) -> None:
    definition = declared(tmp_path, on_bar("OWN[0] = 2.0\nreturn True", "OWN = np.zeros(3)\n"))
    with pytest.raises(aj.StrategyError if not config.DISABLE_JIT else aj.BacktestError, match=r"OWN|read-only"):
        aj.backtest(definition.cls, DATA)


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_reads_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_constant_arrays.py", "array", 8)
