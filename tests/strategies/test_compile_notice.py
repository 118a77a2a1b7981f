"""Compilation says so: once, from its first function on, and never where the machine code comes from the cache."""

import io
import sys
from types import SimpleNamespace

import numba
import pytest
from numba.core import event

from admf_jit import announcements
from admf_jit.strategies import compile_notice
from admf_jit.strategies.compile_notice import announced
from admf_jit.workflow.warm import _shared_by_all


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compile_notice, "cache_directory", lambda: tmp_path)
    monkeypatch.delenv("ADMF_JIT_QUIET", raising=False)
    return tmp_path


def compile_something():
    for _ in range(2):
        event.start_event("numba:compile", data={})
        event.end_event("numba:compile", data={})


def test_a_log_has_one_line_and_standard_output_none(capsys):
    with announced("sma_crossover", "plain"):
        assert capsys.readouterr().err == ""
        compile_something()
        assert capsys.readouterr().err == "compiling sma_crossover, once, about 4 s\n"
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_it_is_numba_that_says_when(capsys):
    with announced("sma_crossover", "plain"):
        numba.njit(lambda x: x + 1)(1)
    assert capsys.readouterr().err.startswith("compiling sma_crossover, once")


def test_nothing_is_said_of_what_is_cached(capsys, folder):
    with announced("sma_crossover", "plain"):
        pass
    compile_something()  # somebody else's
    assert capsys.readouterr() == ("", "")
    assert list(folder.iterdir()) == []


def test_a_terminal_replaces_the_line(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with announced("sma_crossover", "plain"):
        compile_something()
    begin, end = terminal.getvalue().split("\r\x1b[K")
    assert begin == "compiling sma_crossover, once, about 4 s ..."
    assert end == "compiled sma_crossover in 0 s; it is kept for the next time\n"


def test_what_fails_is_not_said_to_be_compiled(monkeypatch, folder):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ValueError, match="no"), announced("mine", "plain"):
        compile_something()
        raise ValueError("no")
    assert terminal.getvalue().endswith("mine was not compiled\n")
    assert list(folder.iterdir()) == []


def test_a_notebook_replaces_what_a_cell_shows(monkeypatch, capsys):
    shown = []
    handle = SimpleNamespace(update=lambda data, raw, metadata: shown.append(("update", data["text/plain"])))

    def display(data, *, raw, display_id, metadata):
        assert metadata == announcements.IN_NOTEBOOKS
        shown.append(("display", data["text/plain"]))
        return handle

    shell = SimpleNamespace(kernel=object())
    fake = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    with announced("mine", "plain"):
        compile_something()
    assert shown == [
        ("display", "compiling mine, once, about 4 s ..."),
        ("update", "compiled mine in 0 s; it is kept for the next time"),
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("how", ["variable", "silenced"])
def test_quiet_is_quiet(monkeypatch, capsys, how):
    if how == "variable":
        monkeypatch.setenv("ADMF_JIT_QUIET", "1")
    with announcements.silenced(how == "silenced"), announced("mine", "plain"):
        compile_something()
    assert capsys.readouterr() == ("", "")
    assert announcements.is_quiet() is (how == "variable")


def test_what_it_took_is_expected_the_next_time(capsys, monkeypatch, folder):
    clock = [0.0]
    monkeypatch.setattr(compile_notice.time, "perf_counter", lambda: clock[0])

    def wait(strategy, kind, seconds):
        with announced(strategy, kind):
            compile_something()
            clock[0] += seconds
        return capsys.readouterr().err

    assert wait("one", "plain, shared", 12.0) == "compiling one, once, about 6 s\n"
    assert wait("two", "plain, shared", 3.0) == "compiling two, once, about 4 s\n"  # the engine is there
    assert wait("three", "plain, shared", 3.0) == "compiling three, once, about 3 s\n"
    assert wait("the engine", "plain", 8.0) == "compiling the engine, once, about 4 s\n"
    assert wait("another", "orders", 1.0) == "compiling another, once, about 20 s\n"  # a slow machine
    assert wait("four", "strategy", 3.0) == "compiling four, once, about 2 s\n"
    assert wait("five", "strategy", 3.0) == "compiling five, once, about 3 s\n"
    (folder / ".seconds.json").write_text("[3]")  # not ours
    assert wait("four", "plain", 1.0) == "compiling four, once, about 4 s\n"


def test_whatever_is_announced_has_a_guess():
    kinds = {kind for _, kind, _ in _shared_by_all()}
    assert kinds | {compile_notice.STRATEGY} == set(compile_notice._FIRST)
