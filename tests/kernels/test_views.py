"""Views of jitclasses: what is read and written through them, that nothing is counted, and that the disk keeps them."""

import fcntl
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.caching import FunctionCache
from numba.core.errors import NumbaError

from admf_kernels import compilation
from admf_kernels.compilation import kernel
from admf_kernels.views import View, view, view_type
from tests.kernels import counting
from tests.kernels.plain import callable_from_python
from tests.patience import PATIENCE

# 0, 1, 3, 6 and 10 are added up: elements 0, 1, 3, 6 and 2 of eight grow by 0, 1, 2, 3 and 4.
EXPECTED = [1000.0, 1001.0, 254.0, 802.0, 0.0, 0.0, 3.0, 0.0]


def in_a_process(*arguments: str, **variables: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **variables}
    command = [sys.executable, "-m", "tests.kernels.counting", *arguments]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_fields_arrays_and_methods_are_those_of_the_instance() -> None:
    assert counting.numbers() == EXPECTED


def test_plain_python_works_on_the_instance_itself() -> None:
    assert in_a_process(NUMBA_DISABLE_JIT="1") == {"numbers": EXPECTED, "hits": None}


def test_another_process_finds_a_shared_kernel_on_disk(tmp_path: Path) -> None:
    assert in_a_process(str(tmp_path)) == {"numbers": EXPECTED, "hits": 0}
    assert in_a_process(str(tmp_path)) == {"numbers": EXPECTED, "hits": 1}
    assert in_a_process(str(tmp_path / "other")) == {"numbers": EXPECTED, "hits": 0}


def test_the_index_of_shared_kernels_is_written_by_one_process_at_a_time(tmp_path: Path) -> None:
    """Two that add to it at once would give two functions one place."""
    folder = Path(compilation._SharedCache(run_probe).cache_path)
    seen = []

    def save(self: Any, signature: Any, data: Any) -> None:
        with open(folder / compilation.SHARED_LOCK) as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append((signature, data))

    folder.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(FunctionCache, "save_overload", save)
        compilation._SharedCache(run_probe).save_overload("signature", "data")
    assert seen == [("signature", "data")]
    with open(folder / compilation.SHARED_LOCK) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back


def run_probe() -> None:
    """A function with a place for its machine code."""


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    before = sorted(Path(counting.__file__).parent.rglob("*counting.fill*"))
    assert in_a_process(str(tmp_path / "file")) == {"numbers": EXPECTED, "hits": 0}
    assert sorted(Path(counting.__file__).parent.rglob("*counting.fill*")) == before


def test_the_type_of_a_view_is_the_same_in_every_process() -> None:
    kind = view_type(counting.Box)
    assert isinstance(kind, View) and pickle.loads(pickle.dumps(kind)) is kind
    assert str(kind) == "View(tests.kernels.counting.Box)"


def test_a_view_refuses_what_the_class_does_not_have_and_another_array() -> None:
    @kernel
    def missing(count: Any) -> Any:
        return view(counting.Count()).nothing

    @kernel
    def replaced(numbers: Any) -> Any:
        count = counting.Count()
        box = counting.Box(view(count), numbers)
        view(box).numbers = numbers
        return box.numbers.shape[0]

    with pytest.raises(NumbaError, match="nothing"):
        callable_from_python(missing)(1)
    with pytest.raises(NotImplementedError, match="belongs to the instance"):
        callable_from_python(replaced)(np.zeros(2))


def test_nothing_is_counted_through_a_view() -> None:
    counting.numbers()
    if counting.fill.stats.cache_hits:
        pytest.skip("machine code from the disk cannot be looked at")
    code = next(iter(counting.fill.inspect_llvm().values()))
    body = code[code.index("define") :].split("\n}\n")[0]
    assert "store double" in body and "NRT_" not in body
