"""Machine code that other code calls by its name: loaded before it, and compiled again where it is not there."""

import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

MODULE = """import numpy as np
from admf_kernels.compilation import entry
from admf_kernels.indicators.window_sum import next_mean
from numba import types


@entry(types.void(types.float64[::1], types.float64[::1]))
def means(column, out):
    anchor, rest, floor = 0.0, 0.0, np.nan
    for t in range(len(column)):
        anchor, rest, floor, out[t] = next_mean(column, t, 3, anchor, rest, floor)
"""
IN_A_PROCESS = """
import sys
from pathlib import Path
import numpy as np
from admf_jit.strategies import compiled

loaded = compiled._compile(Path(sys.argv[1]), "means")
out = np.zeros(5)
loaded.function(np.array([1.0, 2.0, 6.0, 4.0, 5.0]), out)
print(loaded.from_cache, out.tolist())
"""


def in_a_process(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(path)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
def test_it_is_found_by_the_next_process_and_made_again_where_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "generated.py"
    path.write_text(MODULE)
    means = "[0.0, 0.0, 3.0, 4.0, 5.0]"
    assert in_a_process(path) == f"False {means}"
    assert in_a_process(path) == f"True {means}"
    (code,) = tmp_path.glob("*/window_sum.next_mean-*.nbc")
    whole = code.read_bytes()
    code.write_bytes(whole[: len(whole) // 2])
    assert in_a_process(path).endswith(means)
    assert in_a_process(path) == f"True {means}"
    for file in code.parent.glob("window_sum.*"):
        file.unlink()
    assert in_a_process(path) == f"True {means}"
    (code,) = tmp_path.glob("*/window_sum.next_mean-*.nbc")
