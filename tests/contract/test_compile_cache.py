"""Strategies that were compiled in processes of their own keep apart when one process loads them both."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from admf_jit.strategies.cache import cache_directory
from admf_jit.workflow import warm
from tests.patience import PATIENCE

SCRIPT = """
import sys
import admf_jit as aj
from tests.contract.samples import MARKET
data = aj.load(MARKET.frame())
for name in sys.argv[1:]:
    print(name, aj.backtest(name, data).result_hash)
"""


def hashes(cache: Path, *names: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment["ADMF_JIT_CACHE_DIR"] = str(cache)
    command = [sys.executable, "-c", SCRIPT, *names]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def copy_kernels(cache: Path) -> None:
    """Put what no strategy changes into a cache, which takes most of the time to compile."""
    warm("sma_crossover")
    ours = cache_directory()
    found = [*ours.glob("engine_*.py"), *ours.glob("__pycache__/engine_*"), *ours.glob("nrt_*")]
    assert found
    for file in [*found, *(path for path in ours.glob("indicators_*/*") if path.is_file())]:
        target = cache / ours.name / file.relative_to(ours)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


def test_strategies_loaded_from_the_cache_do_not_run_each_others_code(tmp_path: Path) -> None:
    # Numba names compiled symbols by module, function and a counter of the process: two processes that each
    # compile a strategy may give both the same names, and a process that loads both takes the first for both.
    copy_kernels(tmp_path)
    alone = hashes(tmp_path, "buy_and_hold") + hashes(tmp_path, "momentum")
    assert alone[0].split()[1] != alone[1].split()[1]
    assert hashes(tmp_path, "buy_and_hold", "momentum") == alone
    assert hashes(tmp_path, "momentum", "buy_and_hold") == alone[::-1]
