import errno

import pytest

from admf_jit.errors import ResultsError
from admf_jit.results.atomic import remove_leftovers, write_atomically


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail_in_the_middle(target):
        target.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(path, fail_in_the_middle)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text() == "old"


def test_leftovers_of_a_killed_writer_are_removed(tmp_path):
    (tmp_path / ".writing-abc.parquet").write_text("half")
    (tmp_path / "results.parquet").write_text("whole")
    remove_leftovers(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.parquet"]


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path):
    def write(path):
        raise OSError(errno.ENOSPC, "Error writing bytes to file")

    with pytest.raises(ResultsError, match=r"part\.parquet: cannot be written \(No space left on device\)"):
        write_atomically(tmp_path / "part.parquet", write)
    assert list(tmp_path.iterdir()) == []
