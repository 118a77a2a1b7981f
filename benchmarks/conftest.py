"""What all benchmarks share: the bars, a cache of compiled strategies, and the ledger of results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from admf_jit.data import write_store
from admf_jit.strategies.cache import CACHE_VARIABLE
from benchmarks.ledger import Ledger
from benchmarks.processes import ROOT, probe
from benchmarks.workload import minute_bars
from benchmarks.yardsticks import Yardsticks


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minute bars as a store, as `admf_jit ingest` leaves them."""
    return write_store(minute_bars(), tmp_path_factory.mktemp("bars") / "minutes")


@pytest.fixture(scope="session", autouse=True)
def warm_cache() -> Iterator[None]:
    """A folder of compiled strategies that outlives the session, with the headline strategy in it."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get(CACHE_VARIABLE):
            patch.setenv(CACHE_VARIABLE, str(ROOT / ".cache" / "admf_jit"))
        probe("compile", "sma_crossover")
        yield


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """The results of the session."""
    return Ledger()


@pytest.fixture(scope="session")
def yardsticks(warm_cache: None) -> Yardsticks:
    """What the machine itself takes in this session."""
    return Yardsticks()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a session run what takes minutes, too."""
    parser.addoption("--long", action="store_true", help="run the benchmarks that take longer than some seconds")
