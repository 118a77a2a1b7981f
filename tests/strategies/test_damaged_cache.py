"""Files in the cache that a power cut has emptied or cut off are made again."""

from pathlib import Path

import pytest

from admf_jit.strategies import compiled
from admf_jit.strategies.damaged_cache import remove_damaged

MODULE = """from numba import njit

@njit(["int64(int64)"], cache=True)
def successor(number):
    return number + 1
"""


def load_in_a_new_process(path: Path) -> compiled.LoadedModule:
    compiled._loaded.pop(path, None)
    return compiled._compile(path, "successor")


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_machine_code_that_cannot_be_read_is_compiled_again(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / "generated.py"
    path.write_text(MODULE)
    assert not load_in_a_new_process(path).from_cache
    assert load_in_a_new_process(path).from_cache
    (file,) = (tmp_path / "__pycache__").glob(f"*{suffix}")
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    again = load_in_a_new_process(path)
    assert again.function(41) == 42 and not again.from_cache
    assert load_in_a_new_process(path).from_cache


def test_no_other_trouble_is_taken_for_damage(tmp_path: Path) -> None:
    path = tmp_path / "generated.py"
    path.write_text("raise ValueError('mine')")
    with pytest.raises(ValueError, match="mine") as raised:
        load_in_a_new_process(path)
    assert not remove_damaged(raised.value)


def test_a_module_that_was_cut_off_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMF_JIT_CACHE_DIR", str(tmp_path))
    module = compiled.GeneratedModule("Mine", "x = 'ä'\n", "0" * 64, "1" * 64, {}, False)
    path = compiled.write_module(module)
    before = path.stat().st_ino
    assert compiled.write_module(module).stat().st_ino == before
    path.write_text("x =")
    assert compiled.write_module(module).read_text() == module.text
