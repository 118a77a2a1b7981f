"""Fixtures for tests of your own strategies; pytest finds them by itself once admf_jit is installed.

``isolated_container`` makes containers that are disposed of after the test, ``admf_market_data`` is the same bars each
time, ``injected_faults`` lets faults befall containers of the sweeps of one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from admf_jit.data import MarketData
    from admf_jit.testing import Container, Fault


@pytest.fixture
def isolated_container() -> Iterator[Callable[..., Container]]:
    """A function like ``admf_jit.testing.create_test_container``; what it makes is disposed of after the test."""
    from admf_jit.testing import create_test_container

    made: list[Container] = []

    def create(*arguments: Any, **settings: Any) -> Container:
        made.append(create_test_container(*arguments, **settings))
        return made[-1]

    yield create
    for container in made:
        container.dispose()


@pytest.fixture(scope="session")
def admf_market_data() -> MarketData:
    """500 daily bars of one symbol, the same on every machine."""
    from admf_jit.testing import generate_test_data

    return generate_test_data()


@pytest.fixture
def injected_faults() -> Iterator[Callable[[Mapping[int, Fault]], None]]:
    """A function that plans faults for the rest of the test, as ``admf_jit.testing.inject_faults`` does."""
    from admf_jit.testing import inject_faults

    with ExitStack() as stack:
        yield lambda plan: stack.enter_context(inject_faults(plan))
