"""What a session of tests has compiled, told at its end: compiling takes most of the time of a first one."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import pytest
from numba.core import event

_MOST_FILES = 5


class Compilation(event.Listener):  # type: ignore[misc]
    """Counts what Numba compiles, with all that belongs to it as one, and the seconds by the file of the test."""

    def __init__(self) -> None:
        self.functions = 0
        self.seconds: Counter[str] = Counter()
        self._begun: list[float] = []

    def on_start(self, event: Any) -> None:
        self._begun.append(time.process_time())

    def on_end(self, event: Any) -> None:
        began = self._begun.pop()
        if not self._begun:
            self.functions += 1
            file = os.environ.get("PYTEST_CURRENT_TEST", "before any test").partition("::")[0]
            self.seconds[file] += time.process_time() - began

    def add(self, functions: int, seconds: dict[str, float]) -> None:
        """Add what another process has compiled."""
        self.functions += functions
        self.seconds.update(seconds)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["compiled"] = (self.functions, dict(self.seconds))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if "compiled" in getattr(node, "workeroutput", {}):
            self.add(*node.workeroutput["compiled"])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.functions:
            most = [f"{file} {seconds:.0f} s" for file, seconds in self.seconds.most_common(_MOST_FILES)]
            total = f"compiled {self.functions} functions in {sum(self.seconds.values()):.0f} s of processor time"
            terminalreporter.write_line(f"{total} (without processes of their own), most for {', '.join(most)}")
