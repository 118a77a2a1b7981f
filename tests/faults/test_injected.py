"""Faults that are injected into containers, and what a sweep makes of each."""

from pathlib import Path

import pytest

from admf_jit.results import Progress
from admf_jit.testing import Fault, inject_faults
from tests.faults.test_damage import config, hashes
from tests.workflow.runs import on, run

ENDS_AS: dict[Fault, tuple[str, str | None]] = {
    Fault.NAN_PRICES: ("failed", "equity"),
    Fault.INFINITE_PRICES: ("failed", "equity"),
    Fault.EXCEPTION: ("failed", "InjectedFault: "),
    Fault.ENDLESS_LOOP: ("timeout", "timeout: ran for more than 0.5 s of processor time"),
    Fault.ALLOCATION: ("memory_limit", "memory_limit: MemoryError: "),
    Fault.WILD_WRITE: ("crashed", "crashed: its process died by SIGSEGV"),
    Fault.WILD_JUMP: ("crashed", "crashed: its process died by SIGSEGV"),
    Fault.ABORT: ("crashed", "crashed: its process died by SIGABRT"),
    Fault.BUS_ERROR: ("crashed", "crashed: its process died by SIGBUS"),
    Fault.ILLEGAL_INSTRUCTION: ("crashed", "crashed: its process died by SIGILL"),
    Fault.EXIT: ("crashed", "crashed: its process exited with code 7"),
    Fault.KILL: ("killed", "killed: its process was ended by SIGKILL"),
    Fault.TERMINATE: ("killed", "killed: its process was ended by SIGTERM"),
    Fault.STOP: ("timeout", "timeout: its process hung for "),
    Fault.LEAK: ("ok", None),
}


@pytest.mark.parametrize("executor", ["forks", "loky"])
def test_every_fault_is_one_row(tmp_path: Path, executor: str) -> None:
    assert set(ENDS_AS) == set(Fault)
    periods = list(range(2, 34))
    clean = run(config([0], periods), tmp_path / "clean", n_jobs=1)
    plan = {2 * place + 1: fault for place, fault in enumerate(Fault)}
    with inject_faults(plan):
        done = run(on(executor, config([0], periods)), tmp_path / "run", n_jobs=2, batch_size=5)
    frame = done.table.to_pandas()
    for row in frame.itertuples():
        status, error = ENDS_AS[plan[row.index]] if row.index in plan else ("ok", None)
        assert (row.index, row.status) == (row.index, status)
        assert error is None or row.error.startswith(error), row.error
    ended = [place for place, fault in plan.items() if fault is not Fault.LEAK]
    genuine = [pair for place, pair in enumerate(hashes(clean).items()) if place not in ended]
    assert hashes(done) == dict(genuine)


@pytest.mark.parametrize("executor", ["forks", "loky"])
def test_a_process_that_grew_is_reported_with_its_containers_and_is_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], executor: str
) -> None:
    periods = list(range(2, 34))
    clean = run(config([0], periods), tmp_path / "clean", n_jobs=1, batch_size=4)
    assert clean.manifest["workers"]["grown"] == []
    with inject_faults({9: Fault.LEAK}):
        done = run(on(executor, config([0], periods)), tmp_path / "run", n_jobs=1, batch_size=4, progress=Progress())
    assert hashes(done) == hashes(clean)
    (grown,) = done.manifest["workers"]["grown"]
    assert (grown["first"], grown["last"]) == (8, 11)
    assert 90 * 1024**2 < grown["bytes"] < 200 * 1024**2
    assert "the process of containers 8 to 11 grew by " in capsys.readouterr().err


def test_faults_befall_only_what_runs_within(tmp_path: Path) -> None:
    with pytest.raises(KeyError), inject_faults({0: Fault.ABORT}):
        raise KeyError
    assert run(config([0], [5]), tmp_path / "run", n_jobs=1).failed == 0
    with pytest.raises(ValueError, match="99 is not a valid Fault"), inject_faults({0: 99}):  # type: ignore[dict-item]
        pass
