"""How much memory the processes of the tests came to, told at the end, and whose tests added most of it.

What is compiled is never given back, so a process grows from test to test; where memory runs out, the system ends one
of them without a word.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import psutil
import pytest

_MOST_FILES = 3


class Memory:
    """Notes the resident bytes of this process before and after each test, by the file of the test."""

    def __init__(self) -> None:
        self.most = 0
        self.added: Counter[str] = Counter()
        self._process = psutil.Process()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        before = self._process.memory_info().rss
        try:
            return (yield)
        finally:
            after = self._process.memory_info().rss
            self.most = max(self.most, before, after)
            self.added[item.nodeid.partition("::")[0]] += after - before

    def add(self, most: int, added: dict[str, int]) -> None:
        """Add what another process came to."""
        self.most = max(self.most, most)
        self.added.update(added)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["memory"] = (self.most, dict(self.added))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if "memory" in getattr(node, "workeroutput", {}):
            self.add(*node.workeroutput["memory"])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.most:
            most = [f"{file} {bytes_ >> 20} MB" for file, bytes_ in self.added.most_common(_MOST_FILES)]
            total = f"the largest process of tests came to {self.most >> 20} MB"
            terminalreporter.write_line(f"{total}; most was added by {', '.join(most)}")
