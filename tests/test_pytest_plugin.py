"""The fixtures that pytest finds in an installed package, in a session of their own."""

import os
import subprocess
import sys
from pathlib import Path

from admf_jit.testing import create_test_container, generate_test_data
from tests.patience import PATIENCE

TESTS = """
import pytest
import admf_jit as aj
from admf_jit.testing import Fault

made = []

def test_a_container(isolated_container, admf_market_data):
    container = isolated_container(seed=3, strategy="buy_and_hold")
    assert container.load_data(admf_market_data).run_strategy().status == "ok"
    made.append(container)

def test_it_was_disposed_of():
    with pytest.raises(aj.AdmfError, match="disposed"):
        made[0].run_strategy()

def test_faults(injected_faults, admf_market_data, tmp_path):
    injected_faults({1: Fault.ABORT})
    sizes = {"position_size": [0.1, 0.2, 0.3]}
    many = aj.grid("buy_and_hold", admf_market_data, sizes, n_jobs=1, out=tmp_path / "run")
    assert list(many.frame["status"]) == ["ok", "crashed", "ok"]

def test_no_faults_are_left(admf_market_data, tmp_path):
    sizes = {"position_size": [0.1, 0.2]}
    assert aj.grid("buy_and_hold", admf_market_data, sizes, n_jobs=1, out=tmp_path / "run").failed == 0
"""


def test_the_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "admf_jit.pytest_plugin",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_a_container_tests_another_strategy_by_its_own_seed_and_settings() -> None:
    data = generate_test_data(60)
    container = create_test_container(seed=5, cash=500.0)
    found = container.test_strategy("momentum", data, period=3)
    alone = create_test_container(5, "momentum", {"period": 3}, cash=500.0).load_data(data).run_strategy()
    assert found.result_hash == alone.result_hash
    assert found.metrics["final_equity"] < 5_000
