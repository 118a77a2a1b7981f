"""What the watch makes of a process's time, on a clock and a machine that a test sets: others decide nothing here."""

import signal
from collections import namedtuple
from contextlib import nullcontext
from types import SimpleNamespace

import psutil
import pytest

from admf_jit.workers import watch
from admf_jit.workers.limits import Limits
from admf_jit.workers.watch import Progress, Watch

Times = namedtuple("Times", "user system")
Memory = namedtuple("Memory", "rss shared")
MEGABYTE = 2**20


class Machine:
    """A clock, and one process, which uses the processor whenever it is not stopped."""

    pid = 4711

    def __init__(self, monkeypatch):
        self.now = self.used = 0.0
        self.memory = 10 * MEGABYTE
        self.running = self.bars = 0
        self.stopped = False
        self.signals = []
        monkeypatch.setattr(psutil, "Process", lambda process: self)
        monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: self.now))

    def suspend(self):
        self.signals.append(signal.SIGSTOP)
        self.stopped = True

    def resume(self):
        self.signals.append(signal.SIGCONT)
        self.stopped = False

    def oneshot(self):
        return nullcontext()

    def cpu_times(self):
        return Times(0.75 * self.used, 0.25 * self.used)

    def memory_info(self):
        return Memory(self.memory, 0)

    def status(self):
        return psutil.STATUS_STOPPED if self.stopped else psutil.STATUS_RUNNING

    def watch(self, n=3, *, in_turn=True, **limits):
        allowed = Limits(**{"time": 1.0, "memory": 100 * MEGABYTE, "processor": 1.0, **limits})
        return Watch(self.pid, n, lambda: Progress(self.running, self.bars), allowed, in_turn=in_turn)

    def go_on(self, watched, seconds, *, share=1.0):
        """Let time go by, of which the process gets a share, looking in as often as the watch asks for."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            step = min(watched.pause, end - self.now)
            self.now += step
            self.used += 0.0 if self.stopped else share * step
            if (ended := watched.check()) is not None:
                return ended
        return None


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_time_is_the_processors_whoever_else_uses_the_machine(machine, share):
    watched = machine.watch()
    assert machine.go_on(watched, 0.95 / share, share=share) is None
    ended = machine.go_on(watched, 2.0 / share, share=share)
    assert ended.error.startswith("timeout: ran for more than 1 s of processor time") and ended.running == 0
    assert 1.0 < machine.used <= 1.0 + 0.1


def test_each_container_in_turn_has_all_of_it(machine):
    watched = machine.watch()
    for container in range(3):
        machine.running = container
        assert machine.go_on(watched, 0.9) is None
    assert machine.go_on(watched, 0.3).running == 2


def test_where_nobody_knows_who_runs_all_have_the_time_of_all(machine):
    watched = machine.watch(in_turn=False)
    assert machine.go_on(watched, 2.9) is None
    ended = machine.go_on(watched, 0.3)
    assert ended.error.startswith("timeout: ") and ended.running is None


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_share_of_a_core_is_all_that_a_process_gets(machine, share):
    watched = machine.watch(processor=share)
    assert machine.go_on(watched, 0.9 / share) is None
    assert machine.used / machine.now == pytest.approx(share, rel=0.1)
    assert machine.go_on(watched, 0.3 / share).error.startswith("timeout: ")
    assert {signal.SIGSTOP, signal.SIGCONT} == set(machine.signals)


def test_a_whole_core_is_never_paused(machine):
    assert machine.go_on(machine.watch(time=100.0), 30.0) is None
    assert machine.signals == []


def test_one_that_is_stopped_externally_is_given_some_seconds(machine):
    watched = machine.watch()
    assert machine.go_on(watched, 0.5) is None
    machine.stopped = True
    assert machine.go_on(watched, watch.SECONDS_STOPPED - 0.2) is None
    assert machine.go_on(watched, 0.5).error.startswith("timeout: its process hung for ")


def test_one_that_gets_no_processor_time_is_given_a_minute(machine):
    watched = machine.watch()
    assert machine.go_on(watched, 59.0, share=0.0) is None
    assert machine.go_on(watched, 0.1) is None
    assert machine.go_on(watched, 59.0, share=0.0) is None
    assert machine.go_on(watched, 2.0, share=0.0).error.startswith("timeout: its process hung for ")


def test_seconds_in_which_nobody_looked_do_not_count(machine):
    watched = machine.watch()
    machine.stopped = True
    for _ in range(10):
        machine.now += 3600.0  # a laptop that was closed
        assert watched.check() is None


def test_memory_is_what_was_added(machine):
    watched = machine.watch()
    machine.memory += 180 * MEGABYTE
    assert watched.check() is None
    machine.memory += 20 * MEGABYTE
    assert watched.check().error.startswith("memory_limit: ")
