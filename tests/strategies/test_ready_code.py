"""Machine code that comes with the package: used where everything fits, left alone where anything does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit.strategies import ready_code
from admf_jit.strategies.cache import CACHE_VARIABLE, cache_directory
from admf_jit.workflow import warm
from admf_kernels.ready_code import INDEX, SUFFIX
from tests.long import only_long
from tests.patience import PATIENCE
from tools.make_wheel import copy_source, export

#: A backtest of a built-in strategy in a new process: what it has compiled, and the hash of what came out.
SCRIPT = """
import sys
from pathlib import Path
from numba.core import event
from admf_jit.strategies import ready_code
ready_code.FOLDER = Path(sys.argv[1])
import admf_jit as aj
data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
with event.install_recorder("numba:compile") as recorder:
    result = aj.backtest("momentum", data)
print(len(recorder.buffer), result.metrics["final_equity"].hex())
"""


def backtest(folder: Path, cache: Path, **variables: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {CACHE_VARIABLE: str(cache), **variables}
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    compiled, equity = done.stdout.split()
    return int(compiled), equity


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Machine code of this processor, under the name of the best level that it is of."""
    warm("momentum")
    made = tmp_path_factory.mktemp("machine_code")
    assert export(cache_directory(), made / ready_code.levels_of_machine()[0]) > 3
    return made


@pytest.fixture(scope="module")
def equity(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the backtest comes to with it, from an empty cache, without anything compiled."""
    compiled, found = backtest(folder, tmp_path_factory.mktemp("cache"))
    assert compiled == 0
    return found


def change(folder: Path, **said: str) -> None:
    (index,) = folder.glob(f"*/{INDEX}")
    index.write_text(json.dumps(json.loads(index.read_text()) | said))


def copied(folder: Path, target: Path) -> Path:
    for file in folder.glob("*/*"):
        (target / file.parent.name).mkdir(parents=True, exist_ok=True)
        (target / file.parent.name / file.name).write_bytes(file.read_bytes())
    return target


def test_it_is_not_used_without_an_index(tmp_path: Path, equity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready_code, "FOLDER", tmp_path)
    ready_code.ready_code.cache_clear()
    assert ready_code.ready_code() is None
    ready_code.ready_code.cache_clear()


@pytest.mark.parametrize("what", ["kernels", "triple"])
def test_code_of_other_sources_or_another_system_is_left_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    mine = copied(folder, tmp_path / "mine")
    monkeypatch.setattr(ready_code, "FOLDER", mine)
    for name in ready_code.COMPILER_FLAGS:
        monkeypatch.delenv(name, raising=False)
    ready_code.ready_code.cache_clear()
    assert ready_code.ready_code() is not None
    change(mine, **{what: "another"})
    ready_code.ready_code.cache_clear()
    assert ready_code.ready_code() is None
    ready_code.ready_code.cache_clear()


def test_compiler_flags_compile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready_code, "FOLDER", folder)
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    ready_code.ready_code.cache_clear()
    assert ready_code.ready_code() is None
    ready_code.ready_code.cache_clear()


def test_a_processor_without_vectors_of_256_bits_has_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready_code.platform, "machine", lambda: "AMD64")
    features = dict.fromkeys(ready_code.LEVELS["x86_64"]["x86-64-v3"], True)
    monkeypatch.setattr(ready_code.binding, "get_host_cpu_features", lambda: features)
    assert ready_code.levels_of_machine() == ["x86-64-v3"]
    features["avx2"] = False
    assert ready_code.levels_of_machine() == []
    monkeypatch.setattr(ready_code.platform, "machine", lambda: "riscv64")
    assert ready_code.levels_of_machine() == []


def test_a_damaged_file_is_compiled_anew_and_the_numbers_are_the_same(
    folder: Path, tmp_path: Path, equity: str
) -> None:
    mine = copied(folder, tmp_path / "mine")
    for file in mine.glob(f"*/*{SUFFIX}"):
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    compiled, found = backtest(mine, tmp_path / "cache")
    assert compiled > 0
    assert found == equity


def test_a_wheel_is_made_from_sources_alone(tmp_path: Path) -> None:
    copy_source(tmp_path / "source")
    names = {file.name for file in (tmp_path / "source").rglob("*")}
    assert {"pyproject.toml", "make_wheel.py"} & names == {"pyproject.toml"}
    assert "__pycache__" not in names and "machine_code" not in names


@pytest.mark.parametrize("_", [pytest.param(None, marks=only_long)])
def test_the_first_grid_of_an_installed_wheel_compiles_nothing(_: None, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, root / "tools" / "make_wheel.py", "--out", tmp_path], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "-t", site, wheel], check=True)
    environment = os.environ | {"PYTHONPATH": str(site), CACHE_VARIABLE: str(tmp_path / "cache")}
    configuration = root / "configs" / "quickstart.yaml"
    command = [sys.executable, "-m", "admf_jit", "grid", str(configuration), "--out", "run"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=PATIENCE)
    assert not list((tmp_path / "cache").rglob("*.nbc")), "something was compiled"
