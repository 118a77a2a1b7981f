"""Whatever stands in a run's manifest or among its rows: an answer in a sentence, or the rows that were written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit.errors import ResultsError
from admf_jit.results import RunDirectory
from tests.results.conftest import make_result
from tests.results.test_run_directory import MANIFEST, create

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    (),
    ("config",),
    ("config", "optimization"),
    ("config", "optimization", "parameters"),
    ("columns",),
    ("columns", "swept"),
    ("columns", "metrics"),
    ("data",),
    ("versions",),
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], bytes]:
    path = tmp_path_factory.mktemp("stored") / "run"
    with create(path) as run:
        run.add([make_result(index) for index in range(5)])
        run.finish(expected=5)
    return path, json.loads((path / "manifest.json").read_text()), (path / "results.parquet").read_bytes()


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_manifest_is_read_or_refused(stored: tuple[Path, dict[str, Any], bytes], place: Any, value: Any) -> None:
    path, manifest, _ = stored
    changed: Any = json.loads(json.dumps(manifest))
    if place:
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
    else:
        changed = value
    (path / "manifest.json").write_text(json.dumps(changed))
    try:
        assert RunDirectory.open(path).table().num_rows == 5
    except ResultsError as problem:
        assert str(path) in str(problem)
    try:
        create(path, resume=True, manifest=MANIFEST).close()
    except ResultsError as problem:
        assert str(path) in str(problem)
    (path / "results.parquet").write_bytes(stored[2])


@settings(max_examples=200)
@given(st.data())
def test_any_bytes_in_place_of_the_rows_are_refused_or_the_rows(
    stored: tuple[Path, dict[str, Any], bytes], data: Any
) -> None:
    path, manifest, genuine = stored
    (path / "manifest.json").write_text(json.dumps(manifest))
    start = data.draw(st.integers(0, len(genuine)))
    put = data.draw(st.binary(max_size=64))
    (path / "results.parquet").write_bytes(genuine[:start] + put + genuine[start + data.draw(st.integers(0, 64)) :])
    try:
        found = RunDirectory.open(path).table().column("final_equity").to_pylist()
    except ResultsError as problem:
        assert "results.parquet: " in str(problem)
    else:
        assert found == [make_result(index).metrics["final_equity"] for index in range(5)]
    finally:
        (path / "results.parquet").write_bytes(genuine)
