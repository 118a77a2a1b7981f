import json

import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import machine, versions
from admf_jit.results.manifest import check_same_work, read_manifest, write_manifest


def test_versions_and_machine_say_what_results_and_timings_depend_on():
    found = versions(kernels_digest="abc")
    assert found["kernels"] == "abc"
    assert found["numpy"][0].isdigit()
    described = machine()
    assert described["cores"] >= 1
    assert described["memory"] > 0


def test_what_changes_no_row_may_change_on_resume(tmp_path):
    before = {"config": {"optimization": {"batch_size": 7, "objective": "cagr"}}}
    check_same_work(tmp_path, before, {"config": {"optimization": {"batch_size": 1, "objective": "win_rate"}}})


def test_a_manifest_as_stored_is_the_same_work(tmp_path):
    manifest = {"config": {"values": (1, 2), "rate": 0.1}, "versions": {}}
    write_manifest(tmp_path, manifest)
    check_same_work(tmp_path, read_manifest(tmp_path), manifest)


@pytest.mark.parametrize("text", ["{", json.dumps([1])])
def test_a_foreign_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ResultsError, match="manifest.json"):
        read_manifest(tmp_path)
