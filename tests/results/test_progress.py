import sys
from types import SimpleNamespace

from admf_jit.results import Progress, widget_bar
from admf_jit.results import progress as module


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


def test_rates_count_only_what_this_process_did(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    progress = Progress()
    progress.begin(1000, done=400, bars_per_container=2000)
    clock.now += 7.0
    assert progress.line() == "400/1000 containers, starting, 7 s, time left unknown"
    progress.advance(100)
    assert "time left unknown" in progress.line()
    clock.now += 10.0
    progress.advance(100)
    assert progress.line() == "600/1000 containers, 10.0 containers/s, 20.0k bars/s, 17 s, time left 40 s"


def test_without_a_terminal_a_line_comes_every_few_seconds(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    with Progress() as progress:
        progress.begin(100)
        for _ in range(12):
            clock.now += 1.0
            progress.advance(1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split()[0] for line in captured.err.splitlines()] == ["5/100", "10/100"]


def test_on_a_terminal_the_live_line_is_taken_down(monkeypatch, capsys):
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress() as progress:
        progress.begin(10)
        progress.advance(10)
        assert progress._live is not None
    assert progress._live is None
    progress.end()


def test_a_finished_bar_says_how_fast_it_was(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    progress = Progress()
    progress.begin(6, bars_per_container=1000)
    clock.now += 3.0
    progress.advance(6)
    assert progress.line() == "6/6 containers, 2.0 containers/s, 2.0k bars/s, 3 s"


class Widgets:
    """What ipywidgets makes: anything with the values that it was given."""

    def __init__(self):
        self.made = []

    def _make(self, kind, *children, **values):
        made = SimpleNamespace(kind=kind, children=children, closed=False, **values)
        made.close = lambda: setattr(made, "closed", True)
        self.made.append(made)
        return made

    def __getattr__(self, kind):
        return lambda *children, **values: self._make(kind, *children, **values)


def test_a_notebook_with_ipywidgets_has_a_bar(monkeypatch, capsys):
    widgets, shown = Widgets(), []
    monkeypatch.setattr(widget_bar, "in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    ipython = SimpleNamespace(display=SimpleNamespace(display=shown.append))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    with Progress() as progress:
        progress.begin(10, done=2)
        progress.advance(3)
        bar, text, box = widgets.made
        assert (bar.kind, bar.value, bar.max) == ("IntProgress", 5, 10) and text.value.startswith("5/10 containers")
        assert shown == [box] and not box.closed
    assert box.closed and capsys.readouterr().err == ""


def test_a_notebook_without_ipywidgets_has_text(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(widget_bar, "in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with Progress() as progress:
        progress.begin(10)
        clock.now += 9.0
        progress.advance(3)
    assert capsys.readouterr().err.startswith("3/10 containers")
