"""From a name to a strategy: built-ins, modules, files, classes, and the message for a name that leads nowhere."""

import importlib
from pathlib import Path

import pytest

import admf_jit as aj
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy
from tests.strategies.declare import on_bar, strategy_file


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in(name: str) -> None:
    definition = resolve_strategy(name)
    assert definition.name == BUILT_IN[name]
    assert (definition.cls.__doc__ or "").strip()


def test_a_class_an_instance_and_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = strategy_file(tmp_path, on_bar("return aj.LONG"), "places_mine")
    named = resolve_strategy(f"{path}:Mine")
    assert resolve_strategy(named.cls) is named
    assert resolve_strategy(named.cls()) is named
    assert resolve_strategy("places_mine.py:Mine", folder=tmp_path).name == "Mine"
    monkeypatch.chdir(tmp_path)
    assert resolve_strategy("places_mine.py:Mine").name == "Mine"
    package = tmp_path / "places_package"
    package.mkdir()
    path.rename(package / "inner.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    assert resolve_strategy("places_package.inner:Mine").name == "Mine"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("sma_crosover", "did you mean 'sma_crossover'?"),
        ("zzz", "strategy 'zzz': expected a built-in (sma_crossover, ema_crossover,"),
        ("no_such_module_here:Mine", "strategy module 'no_such_module_here' is not found (looked along sys.path)"),
        ("admf_jit.no_such:Mine", "strategy module 'admf_jit.no_such' is not found"),
        ("nowhere/mine.py:Mine", "strategy file 'nowhere/mine.py' is not found (looked for "),
        (f"{__name__}:Mine", f"{__name__} has no class 'Mine'"),
        ("pathlib:Paht", "pathlib has no class 'Paht'; did you mean 'Path'?"),
        ("pathlib:Path", "Path is not a strategy: decorate its class with @admf_jit.strategy"),
    ],
)
def test_a_name_that_leads_nowhere(named: str, message: str) -> None:
    with pytest.raises(aj.StrategyError) as refused:
        resolve_strategy(named)
    assert message in str(refused.value)


def test_something_else_than_a_name() -> None:
    with pytest.raises(aj.StrategyError, match="int is not a strategy"):
        resolve_strategy(5)


def test_a_file_with_a_syntax_error_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import math\n\ndef on_bar(:\n    pass\n")
    with pytest.raises(aj.StrategyError) as refused:
        resolve_strategy(f"{path}:Mine")
    assert str(refused.value).startswith(f"{path}:3: ")


def test_a_file_that_fails_when_it_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "failing.py"
    path.write_text("import no_such_library_at_all\n")
    with pytest.raises(aj.StrategyError, match="ModuleNotFoundError: No module named 'no_such_library_at_all'"):
        resolve_strategy(f"{path}:Mine")


def test_a_module_that_imports_what_is_missing_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_a_module.py").write_text("import no_such_library_at_all\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(aj.StrategyError, match="'half_a_module': No module named 'no_such_library_at_all'"):
        resolve_strategy("half_a_module:Mine")


def test_a_file_is_read_again_after_an_edit(tmp_path: Path) -> None:
    path = strategy_file(tmp_path, on_bar("return aj.LONG", fields="period: int = 3"))
    assert resolve_strategy(f"{path}:Mine").defaults == {"period": 3}
    strategy_file(tmp_path, on_bar("return aj.LONG", fields="period: int = 31"))
    assert resolve_strategy(f"{path}:Mine").defaults == {"period": 31}


def test_built_ins_are_what_a_user_could_write() -> None:
    for name, class_name in BUILT_IN.items():
        module = importlib.import_module(f"admf_jit.strategies.builtin.{name}")
        assert definition_of(getattr(module, class_name)).cls.__module__ == module.__name__
