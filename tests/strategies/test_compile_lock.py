import fcntl
from pathlib import Path

import pytest

from admf_jit.strategies import compiled
from admf_jit.strategies.compile_lock import compile_lock
from admf_jit.strategies.declaration import definition_of
from tests.strategies.answering import Mixed


def is_held(module: Path) -> bool:
    with open(module.with_suffix(".lock"), "a") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_module_is_locked_until_it_is_compiled(tmp_path: Path) -> None:
    with compile_lock(tmp_path / "one.py"):
        assert is_held(tmp_path / "one.py") and not is_held(tmp_path / "two.py")
    assert not is_held(tmp_path / "one.py")


def test_a_cache_that_cannot_be_written_is_used_without_a_lock(tmp_path: Path) -> None:
    with compile_lock(tmp_path / "missing" / "one.py"):
        assert not (tmp_path / "missing").exists()


def test_a_strategy_is_compiled_under_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def load(path: Path, name: str) -> compiled.LoadedModule:
        seen.append(is_held(path))
        return compiled.LoadedModule(lambda: None, False)

    monkeypatch.setenv("ADMF_JIT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "load_function", load)
    compiled.compile_strategy(definition_of(Mixed))
    assert seen == [True, True]  # the engine, then the strategy
