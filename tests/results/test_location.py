import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import default_directory


def test_runs_are_counted_by_name(tmp_path):
    assert default_directory("spy", root=tmp_path) == tmp_path / "spy-1"
    for name in ("spy-1", "spy-9", "spy-10", "spy-sma-77", "spy-x"):
        (tmp_path / name).mkdir()
    assert default_directory("spy", root=tmp_path) == tmp_path / "spy-11"
    assert default_directory("spy", root=tmp_path, resume=True) == tmp_path / "spy-10"


def test_nothing_to_resume_is_said(tmp_path):
    with pytest.raises(ResultsError, match="no run called 'spy'"):
        default_directory("spy", root=tmp_path / "runs", resume=True)
