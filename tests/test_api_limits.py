"""A backtest runs in a process of its own: limits, interrupts, crashes and prints, and the same bits as without one."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import admf_jit as aj
from admf_jit.testing import generate_test_data
from admf_jit.workers import single
from tests.faults.vandal import ALLOCATE, DEEP_CALL, HUGE_ARRAY, LOOP, RAISE, Vandal

ROOT = Path(__file__).resolve().parents[1]
PLAIN_PYTHON = os.environ.get("NUMBA_DISABLE_JIT") == "1"
FAST = {"fast_period": 3, "slow_period": 8}

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
needs_compiled_code = pytest.mark.skipif(PLAIN_PYTHON, reason="damage that compiled code does")


@pytest.fixture(scope="module")
def data() -> Any:
    return generate_test_data(200, seed=4)


def same_bits(one: Any, other: Any) -> bool:
    values = [np.array(list(result.metrics.values())).tobytes() for result in (one, other)]
    assert one.events.equals(other.events) and one.equity.equals(other.equity) and one.trades.equals(other.trades)
    same = values[0] == values[1] and one.records.tobytes() == other.records.tobytes()
    return same and (one.error, one.result_hash) == (other.error, other.result_hash)


@needs_fork
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"commission": {"type": "percent", "rate": 0.001}, "close_at_end": True},
        {"exits": {"stop_loss": 0.02, "take_profit": 0.03}},
        {"exits": {"stop_loss": 0.02, "take_profit": 0.03}, "intrabar": "bounds"},
        {"event_capacity": 1},
        {"risk": {"max_drawdown": 0.01, "on_breach": "flatten"}, "slippage": {"type": "random", "rate": 0.01}},
    ],
)
@pytest.mark.parametrize("long_enough", [True, False])
def test_the_process_changes_no_bit(
    data: Any, settings: dict[str, Any], long_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not long_enough:  # the ring for the events, at the first try
        monkeypatch.setattr(single, "first_length", lambda data: 16)
    parameters = {**FAST, "allow_short": True}
    watched = aj.backtest("sma_crossover", data, parameters=parameters, raise_errors=False, **settings)
    monkeypatch.setattr(single, "CAN_FORK", False)
    here = aj.backtest("sma_crossover", data, parameters=parameters, raise_errors=False, **settings)
    assert len(here.events) > 16 or here.error is not None
    assert same_bits(watched, here)


@needs_fork
@needs_compiled_code
@pytest.mark.parametrize(
    ("damage", "status", "error"),
    [
        (LOOP, "timeout", "ran for more than 0.5 s of processor time (resources.time_limit)"),
        (DEEP_CALL, "crashed", "its process died by SIGSEGV (segmentation fault)"),
        (ALLOCATE, "memory_limit", "memory"),
        (HUGE_ARRAY, "memory_limit", "memory"),
        (RAISE, "failed", "ValueError: damage was asked for at "),
    ],
)
def test_damage_is_an_error_and_nothing_else(data: Any, damage: int, status: str, error: str) -> None:
    limits = {"time_limit": 0.5, "memory_limit": "128MB", "raise_errors": False}
    result = aj.backtest(Vandal(damage=damage), data, **limits)  # type: ignore[call-arg, arg-type]
    assert result.status == status
    assert result.error is not None and error in result.error
    assert np.isnan(list(result.metrics.values())).all()
    if status in ("timeout", "crashed"):
        assert (len(result.events), len(result.trades), len(result.equity)) == (0, 0, 0)
    healthy = aj.backtest(Vandal, data, **limits)  # type: ignore[arg-type]
    assert healthy.status == "ok" and len(healthy.equity) == 200


@needs_fork
@needs_compiled_code
def test_a_row_that_timed_out_times_out_again(data: Any, tmp_path: Path) -> None:
    many = aj.grid(Vandal, data, {"damage": [0, LOOP]}, time_limit=0.5, n_jobs=1, out=tmp_path / "run")
    assert many.frame["status"].tolist() == ["ok", "timeout"]
    again = many.container(1)
    assert (again.status, again.result_hash) == ("timeout", many.frame["result_hash"][1])


@needs_fork
@needs_compiled_code
def test_an_endless_loop_is_interrupted(data: Any) -> None:
    children = set(_children())
    over = threading.Event()

    def interrupt() -> None:
        while not over.is_set():
            if any(seconds > 0.1 for child, seconds in _children().items() if child not in children):
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        aj.backtest(Vandal(damage=LOOP), data)  # type: ignore[call-arg]
    over.set()
    thread.join()
    assert set(_children()) <= children


def _children() -> dict[int, float]:
    """This process's children, and the processor time of each."""
    found = {}
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found[child.pid] = sum(child.cpu_times()[:2])
    return found


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"time_limit": 0}, "time_limit: is 0; expected seconds of processor time > 0"),
        ({"time_limit": "soon"}, "time_limit: is 'soon'"),
        ({"memory_limit": "much"}, "memory_limit: is 'much'; expected a size such as \"512MB\""),
    ],
)
def test_a_limit_that_is_none_is_refused(data: Any, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(aj.ConfigError, match=message):
        aj.backtest("sma_crossover", data, **limits)
    with pytest.raises(aj.ConfigError, match=message):
        aj.grid("sma_crossover", data, {"fast_period": [3]}, **limits)


def test_limits_change_no_identity(data: Any) -> None:
    plain = aj.backtest("sma_crossover", data, parameters=FAST)
    limited = aj.backtest("sma_crossover", data, parameters=FAST, time_limit=20, memory_limit="1GB")
    assert same_bits(plain, limited) and plain.container_id == limited.container_id


@pytest.mark.parametrize("jit", ["0", "1"])
def test_what_a_strategy_prints_comes_out_once_and_in_order(jit: str) -> None:
    mode = {} if jit == "1" else {"NUMBA_DISABLE_JIT": "1"}
    environment = {**os.environ, "ADMF_JIT_QUIET": "1", **mode}
    command = [sys.executable, "-m", "tests.printing"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    expected = ["before", *(f"bar {bar}" for bar in range(6)), "between", *(f"bar {bar}" for bar in range(3))]
    lines = [line.replace(".0", "") for line in shown.stdout.splitlines()]
    assert lines[: len(expected)] == expected
    assert lines[len(expected)].startswith("ValueError: enough at ") and "printing.py:18" in lines[len(expected)]
    assert not any(line.startswith("bar ") for line in lines[len(expected) :])
