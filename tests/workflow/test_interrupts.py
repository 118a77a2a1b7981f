"""Ctrl-C that comes at the worst of moments, or twice."""

import gc
import importlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from admf_jit import interrupts
from admf_jit.results import Progress, RunDirectory
from admf_jit.workflow import prepared_run, verify
from tests.patience import PATIENCE
from tests.workflow.runs import moody, results_of, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def handler() -> Iterator[Any]:
    """The handler that Python starts with; every test has to leave the same one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    left = signal.signal(signal.SIGINT, before)
    assert left is signal.default_int_handler


class Finalized:
    """Presses Ctrl-C while Python finalizes it, where an exception is printed and dropped."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def in_a_finalizer() -> None:
    Finalized()


def in_a_callback_of_the_collector() -> None:
    def pressed(phase: str, facts: dict[str, int]) -> None:
        gc.callbacks.remove(pressed)
        signal.raise_signal(signal.SIGINT)

    gc.callbacks.append(pressed)
    gc.collect()


@pytest.fixture(params=[in_a_finalizer, in_a_callback_of_the_collector])
def press(request: pytest.FixtureRequest) -> Callable[[], None]:
    return request.param


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return moody(tmp_path_factory.mktemp("strategy"), period=[2, 3, 5, 8, 13, 21], trouble=[0, 1])


@pytest.fixture(scope="module")
def clean(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory = tmp_path_factory.mktemp("clean") / "run"
    run(config, directory, n_jobs=1)
    return results_of(directory)


class Pressing(Progress):
    """Presses Ctrl-C when three containers are done, and counts those that come after."""

    def __init__(self, press: Callable[[], None]) -> None:
        super().__init__()
        self.press = press
        self.done = 0

    def advance(self, containers: int) -> None:
        self.done += containers
        if self.done == 3:
            self.press()


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("backend", ["processes", "threads"])
def test_a_sweep_ends_where_python_would_drop_the_exception_and_goes_on_later(
    config: dict[str, Any], clean: bytes, tmp_path: Path, press: Callable[[], None], backend: str
) -> None:
    config = {**config, "infrastructure": {"backend": backend}}
    progress = Pressing(press)
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "run", n_jobs=1, batch_size=1, progress=progress)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert progress.done == 3
    assert len(RunDirectory.open(tmp_path / "run").completed()) == 3
    run(config, tmp_path / "run", n_jobs=1, resume=True)
    assert results_of(tmp_path / "run") == clean


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_so_it_does_before_its_first_container(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, press: Callable[[], None]
) -> None:
    genuine = prepared_run.prepare

    def prepare(*arguments: Any, **options: Any) -> Any:
        press()
        return genuine(*arguments, **options)

    monkeypatch.setattr(prepared_run, "prepare", prepare)
    progress = Pressing(press)
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "run", n_jobs=1, progress=progress)
    assert progress.done == 0


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_and_after_its_last(
    config: dict[str, Any],
    clean: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    press: Callable[[], None],
) -> None:
    genuine = RunDirectory.finish

    def finish(*arguments: Any, **options: Any) -> Any:
        press()
        return genuine(*arguments, **options)

    monkeypatch.setattr(RunDirectory, "finish", finish)
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "run", n_jobs=1)
    assert results_of(tmp_path / "run") == clean
    monkeypatch.undo()
    again = run(config, tmp_path / "run", n_jobs=1, resume=True)
    assert again.manifest["workers"]["processes"] == 0


def test_a_verification_ends_too(config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(config, tmp_path / "run", n_jobs=1)
    # By its name, as the package has a function of the same name.
    module = importlib.import_module("admf_jit.workflow.verify")
    seen: list[int] = []

    def differences(*arguments: Any) -> list[str]:
        seen.append(1)
        if len(seen) == 1:
            in_a_finalizer()
        return []

    monkeypatch.setattr(module, "_BATCH", 4)
    monkeypatch.setattr(module, "_differences", differences)
    with pytest.raises(KeyboardInterrupt):
        verify(tmp_path / "run")
    rows = pq.read_metadata(tmp_path / "run" / "results.parquet").num_rows
    # Batches that came back together are all looked at; no other is waited for.
    assert len(seen) % 4 == 0 and len(seen) < rows, f"{len(seen)} of {rows} rows were looked at"


def test_a_thread_that_is_not_the_main_one_changes_nothing() -> None:
    said: list[Any] = []

    def look() -> None:
        with interrupts.taken(), interrupts.waiting():
            said.append(signal.getsignal(signal.SIGINT))
            interrupts.check()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert said == [signal.default_int_handler]


def test_the_second_raises_at_once() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt), interrupts.taken(), interrupts.waiting():
        signal.raise_signal(signal.SIGINT)
        steps.append("the first waits")
        signal.raise_signal(signal.SIGINT)
        steps.append("not reached")
    assert steps == ["the first waits"]


def test_one_that_nobody_asked_for_is_raised_at_the_end() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt), interrupts.taken():
        with interrupts.waiting():
            signal.raise_signal(signal.SIGINT)
            steps.append("goes on")
        steps.append("not reached")
    assert steps == ["goes on"]


def test_outside_of_what_waits_the_first_raises_at_once() -> None:
    with interrupts.taken():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()  # in case nobody heard that
        interrupts.check()


@pytest.mark.parametrize("ignored", [signal.SIG_IGN, signal.SIG_DFL])
def test_what_python_does_not_handle_is_left_alone(ignored: signal.Handlers) -> None:
    signal.signal(signal.SIGINT, ignored)
    with interrupts.taken(), interrupts.waiting():
        assert signal.getsignal(signal.SIGINT) is ignored
        if ignored is signal.SIG_IGN:
            signal.raise_signal(signal.SIGINT)
            interrupts.check()
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is ignored


def test_a_handler_of_the_users_own_is_asked_and_put_back() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGINT, mine := lambda number, frame: heard.append(number))
    with interrupts.taken(), interrupts.waiting():
        for already in range(2):
            signal.raise_signal(signal.SIGINT)
            assert len(heard) == already
            interrupts.check()
            interrupts.check()
    assert heard == [signal.SIGINT] * 2, "each once"
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is mine


def test_another_handler_that_came_in_between_stays() -> None:
    with interrupts.taken():
        signal.signal(signal.SIGINT, mine := lambda number, frame: None)
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is mine


COMMAND = """
import signal, sys, time
from admf_jit.cli import command
from admf_jit.results import Progress

class Pressing:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def advance(self, containers):
    Pressing()

class Stubborn:
    def __len__(self): return 1
    def submit(self, part, task): pass
    def results(self):
        print("waiting", flush=True)
        time.sleep(0.1)
        return iter(())
    def close(self):
        print("closing", flush=True)
        while True:
            time.sleep(0.01)

{preparation}
sys.argv[1:] = {arguments!r}
sys.exit(command())
"""


def command(arguments: list[str], preparation: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    script = COMMAND.format(arguments=arguments, preparation=preparation)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def yaml_file(config: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "moody.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def test_a_command_says_how_to_go_on(yaml_file: Path, clean: bytes, tmp_path: Path) -> None:
    out = tmp_path / "run"
    arguments = ["grid", str(yaml_file), "--out", str(out), "--n-jobs", "1", "--batch-size", "1"]
    done = command(arguments, "Progress.advance = advance")
    _, said = done.communicate(timeout=PATIENCE)
    assert done.returncode == 130, said
    assert "interrupted. Go on with: python -m admf_jit grid" in said and "Exception ignored" not in said
    assert len(RunDirectory.open(out).completed()) == 1
    _, said = (done := command([*arguments, "--resume"], "")).communicate(timeout=PATIENCE)
    assert done.returncode == 1, said
    assert results_of(out) == clean


@pytest.mark.parametrize("arguments", [["warm", "momentum"], ["run", "configs/single_backtest.yaml"]])
def test_one_that_compilation_loses_is_heard_after_it(arguments: list[str]) -> None:
    preparation = "from admf_jit.strategies import compiled; genuine = compiled._compile\n"
    preparation += "compiled._compile = lambda *given: (Pressing() and None, genuine(*given))[1]"
    done = command(arguments, preparation)
    printed, said = done.communicate(timeout=PATIENCE)
    assert (done.returncode, printed) == (130, ""), said
    assert said.splitlines()[-1] == "interrupted."


def test_two_end_a_command_whatever_it_is_doing(yaml_file: Path, tmp_path: Path) -> None:
    arguments = ["grid", str(yaml_file), "--out", str(tmp_path / "run")]
    preparation = (
        "from admf_jit.workflow import grid_run; grid_run.ExecutorChoice.create = lambda *arguments: Stubborn()"
    )
    process = command(arguments, preparation)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        while (line := process.stdout.readline()) == "waiting\n":
            pass
        assert line == "closing\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == -signal.SIGINT
    finally:
        process.kill()
        process.communicate()
