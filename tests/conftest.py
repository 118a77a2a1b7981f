"""What the whole suite shares: one cache of compiled strategies, and that every backtest adds up.

The cache is kept for the next session too.
"""

import gc
import importlib
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import LEDGERS

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "admf_jit"

# Set before anything of the package is imported, so that worker processes and subprocesses inherit it.
os.environ.setdefault("ADMF_JIT_CACHE_DIR", str(CACHE))

# The first example of a test may compile, and how long examples take to make is the business of a busy machine.
settings.register_profile("compiling", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("compiling")

_LEDGER_NUMBERS = itertools.count()

#: What preset vectorbt may differ by from what its events add up to: it keeps its books as that engine keeps them.
PRESET_ROUNDING = 1e-9


def pytest_configure(config: pytest.Config) -> None:
    """Tell at the end what was compiled, and how much memory it took."""
    from numba.core import event

    from tests.compiling import Compilation
    from tests.memory import Memory

    counting = Compilation()
    event.register("numba:compile", counting)
    config.pluginmanager.register(counting)
    config.pluginmanager.register(Memory())
    # A tenth of the time of compiling went into looking through all that was imported, and is never garbage.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heard() -> Iterator[None]:
    """Also where the tests run in the background of a shell, which lets them, and what they start, ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def ledger_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ledger of trials for each test, made where it is written to: what other tests ran counts in none."""
    folder = Path(LEDGERS) / f"{os.getpid()}-{next(_LEDGER_NUMBERS)}"
    monkeypatch.setenv("ADMF_JIT_LEDGER_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="session")
def batches_are_forked() -> Iterator[None]:
    """However much memory this process has taken for all that its tests compiled."""
    from admf_jit.workers.executors import choice

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choice, "MOST_FORKED_BYTES", 1 << 60)
        yield


@pytest.fixture(autouse=True, scope="session")
def every_backtest_adds_up() -> Iterator[None]:
    """Hold every container that any test of this process runs with its events to the invariants of accounting."""
    from admf_jit.api import grid_result, single
    from tests.accounting import check_accounting, check_causes, check_orders

    # By its name, as the package has a function of the same name.
    replay = importlib.import_module("admf_jit.workflow.replay")
    genuine = replay.run_container

    def run_and_check(prepared: Any, container: Any) -> Any:
        result = genuine(prepared, container)
        if container.execution.preset == "backtesting.py":
            # Its equity is that engine's, which its recorded outcomes hold it to.
            events = list(result.events.itertuples(index=False))
            check_causes(events)
            check_orders(events)
        else:
            # Symbols that share an account may have been added up in another order.
            several = container.symbol == "*" and len(prepared.data.symbols) > 1
            rounding = PRESET_ROUNDING if container.execution.preset or several else 0.0
            check_accounting(result, container.account.cash, rounding=rounding, several=several)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "run_container", run_and_check)
        for caller in (single, grid_result):
            patch.setattr(caller, "run_container", run_and_check)
        yield
