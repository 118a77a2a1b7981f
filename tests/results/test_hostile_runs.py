"""Directories of runs that were swapped, linked elsewhere, forged or filled with other things."""

import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from admf_jit.cli.report import print_report
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results import RunDirectory
from admf_jit.results.manifest import grid_key
from admf_jit.results.parts import read_part, write_rows
from tests.results.conftest import METRICS, SWEPT, make_result
from tests.results.test_run_directory import MANIFEST, create, places_of


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A run that was killed after two parts of three rows."""
    with create(tmp_path / "run") as run:
        for start in (0, 3):
            run.add([make_result(index) for index in range(start, start + 3)])
            run.flush()
    return tmp_path / "run"


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    with create(tmp_path / "done") as run:
        run.add([make_result(index) for index in range(3)])
        run.finish(expected=3)
    return tmp_path / "done"


PART = "parts/part-000001.parquet"


@pytest.mark.parametrize(
    "name", ["part-x.parquet", "part-1.parquet", "part-.parquet", "part-٣٣٣٣٣٣.parquet", "notes.txt"]
)
def test_what_is_no_part_is_named_and_nothing_is_deleted(killed: Path, name: str) -> None:
    shutil.copyfile(killed / PART, killed / "parts" / name)
    with pytest.raises(ResultsError, match=rf"{name}: is not a part of a run"):
        create(killed, resume=True)
    assert (killed / "parts" / name).exists() and (killed / PART).exists()


@pytest.mark.parametrize("name", [PART, "manifest.json", "parts", "results.parquet"])
@pytest.mark.parametrize("kind", ["link", "directory", "pipe"])
def test_what_is_no_plain_file_is_neither_followed_nor_deleted(
    killed: Path, tmp_path: Path, name: str, kind: str
) -> None:
    aside = tmp_path / "aside"
    if (killed / name).exists():
        (killed / name).rename(aside)
    else:
        aside.write_bytes(b"mine")
    before = sorted(aside.iterdir()) if aside.is_dir() else aside.read_bytes()
    if kind == "link":
        (killed / name).symlink_to(aside)
    elif kind == "pipe":
        os.mkfifo(killed / name)
    elif name == "parts":
        pytest.skip("that is what it is")
    else:
        (killed / name).mkdir()
    with pytest.raises(ResultsError, match="is not a plain (file|directory)"):
        create(killed, resume=True)
    assert before == (sorted(aside.iterdir()) if aside.is_dir() else aside.read_bytes())


def test_a_lock_that_links_to_another_file_does_not_empty_it(killed: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("years of work")
    (killed / ".lock").unlink()
    (killed / ".lock").symlink_to(precious)
    with pytest.raises(ResultsError, match="cannot be opened as the lock of this run"):
        create(killed, resume=True)
    assert precious.read_text() == "years of work"


def test_a_lock_with_any_bytes_in_it_is_taken(killed: Path) -> None:
    (killed / ".lock").write_bytes(b"\xff\x00process 1 on \xfe" * 1000)
    create(killed, resume=True).close()


def test_a_hidden_file_among_the_parts_does_not_stop_a_run(killed: Path) -> None:
    (killed / "parts" / ".nfs0001").write_text("")
    with create(killed, resume=True) as run:
        assert run.finish(expected=6).num_rows == 6


def forge(path: Path, change) -> None:
    """Write a part anew, changed, with the checksum that belongs to it."""
    table, grid = read_part(path)
    write_rows(path, change(table), grid)


CHANGES = {
    "a column less": lambda table: table.drop_columns(["status"]),
    "no rows and no columns": lambda table: table.select([]),
    "another type": lambda table: table.set_column(0, "index", table.column("index").cast(pa.float64())),
    "another name": lambda table: table.rename_columns(["x", *table.schema.names[1:]]),
    "no status": lambda table: table.set_column(3, "status", pa.nulls(table.num_rows, pa.string())),
    "no id": lambda table: table.set_column(1, "container_id", pa.nulls(table.num_rows, pa.string())),
}


@pytest.mark.parametrize("grid", ["the same grid", "another grid"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_part_forged_with_its_checksum_still_has_to_hold_rows(killed: Path, change, grid: str) -> None:
    forge(killed / PART, change)
    manifest = json.loads(json.dumps(MANIFEST))
    if grid == "another grid":
        manifest["config"]["optimization"]["parameters"] = {"fast_period": [1, 2, 3]}
        stored = json.loads((killed / "manifest.json").read_text())
        assert grid_key(stored) != grid_key({**stored, **manifest})
    with pytest.raises(ResultsError, match=r"part-000001\.parquet: "):
        create(killed, resume=True, manifest=manifest)
    assert (killed / PART).exists()


@pytest.mark.parametrize(
    "path",
    [
        ("data", "digest"),
        ("strategy", "digest"),
        ("config", "account", "cash"),
        ("config", "execution", "fill"),
        ("config", "workflow", "reproducibility", "master_seed"),
    ],
)
def test_a_part_of_other_work_is_refused_although_it_is_sound(killed: Path, tmp_path: Path, path) -> None:
    manifest = json.loads(json.dumps(MANIFEST))
    inner = manifest
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = 5
    with create(tmp_path / "other", manifest=manifest) as run:
        run.add([replace(make_result(0), container_id="f" * 16)])
    shutil.copyfile(tmp_path / "other" / PART, killed / "parts" / "part-000003.parquet")
    places = places_of([make_result(index) for index in range(9)])
    with pytest.raises(ResultsError, match="1 of its rows are not of this grid .*container 0, ffffffffffffffff"):
        RunDirectory.create(killed, MANIFEST, swept=SWEPT, metrics=METRICS, resume=True, places=lambda: places)
    assert (killed / "parts" / "part-000003.parquet").exists()


@pytest.mark.parametrize(
    "path", [("config", "execution", "optimization_phase"), ("config", "optimization", "objective")]
)
def test_what_changes_no_row_leaves_parts_what_they_are(path) -> None:
    manifest = json.loads(json.dumps(MANIFEST))
    inner = manifest
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    before = grid_key(manifest)
    inner[path[-1]] = {"isolation": "full"}
    assert grid_key(manifest) == before


class Bomb:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["results.parquet", "manifest.json"])
def test_a_pickle_in_the_place_of_a_file_is_not_unpickled(finished: Path, tmp_path: Path, name: str) -> None:
    (finished / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    with pytest.raises(ResultsError, match=name):
        RunDirectory.open(finished).table()
    assert not (tmp_path / "exploded").exists()


def test_a_pickle_in_the_metadata_of_rows_is_not_unpickled(killed: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(killed / PART).read()
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    hints = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": bomb}
    fields = [field.with_metadata(hints) for field in table.schema]
    pq.write_table(pa.Table.from_arrays(table.columns, schema=pa.schema(fields, table.schema.metadata)), killed / PART)
    try:
        create(killed, resume=True).close()
    except ResultsError as error:
        assert "part-000001.parquet" in str(error)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, '{"columns": ' + "[" * 900])
def test_a_manifest_too_deep_to_be_read_is_refused(finished: Path, text: str) -> None:
    (finished / "manifest.json").write_text(text)
    with pytest.raises(ResultsError, match=r"manifest\.json: not readable as JSON"):
        RunDirectory.open(finished)


USED = {"containers": 3, "worker_seconds": 1.0, "largest_batch_bytes": 5, "time_limit": 300.0}
HOST = {"host": "a", "jobs": 2, "containers": 3, "worker_seconds": 1.0, "bytes_sent": 0, "refused": None, "lost": False}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("config", "optimization", "objective"), None),
        (("config", "optimization", "direction"), ["maximize"]),
        (("data",), None),
        (("strategy", "digest"), 5),
        (("versions",), []),
        (("columns", "swept"), {"total_return": "string"}),
        (("columns", "swept"), {"index": "int64"}),
        (("workers", "hosts"), [1]),
        (("workers", "hosts"), [{**HOST, "jobs": "2"}]),
        (("workers", "hosts"), [{**HOST, "refused": 1}]),
        (("accounting",), [1]),
        (("accounting",), {"x": USED}),
        (("accounting",), {"x": {**USED, "memory_limit": "1GB", "cpu_limit": None}}),
        (("accounting",), {"x": {**USED, "memory_limit": float("inf"), "cpu_limit": None}}),
    ],
)
def test_what_a_report_shows_has_to_be_there(finished: Path, path, value) -> None:
    manifest = json.loads((finished / "manifest.json").read_text())
    inner = manifest
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    (finished / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ResultsError, match=rf"manifest\.json: {'.'.join(path)}"):
        RunDirectory.open(finished)


@pytest.mark.parametrize("objective", ["commission", "status", "result_hash", "no_such_column", "seed"])
def test_an_objective_that_is_no_number_is_refused(finished: Path, objective: str) -> None:
    manifest = json.loads((finished / "manifest.json").read_text())
    manifest["config"]["optimization"]["objective"] = objective
    (finished / "manifest.json").write_text(json.dumps(manifest))
    run = RunDirectory.open(finished)
    with pytest.raises(ConfigError, match=f"objective: '{objective}' is not a column of the results"):
        print_report(finished, run.table(), run.manifest, top=1, as_json=True)


def test_counts_are_those_of_the_rows_whatever_the_manifest_says(finished: Path, capsys) -> None:
    manifest = json.loads((finished / "manifest.json").read_text())
    (finished / "manifest.json").write_text(json.dumps({**manifest, "counts": {"ok": 99}}))
    run = RunDirectory.open(finished)
    print_report(finished, run.table(), run.manifest, top=1, as_json=True)
    assert json.loads(capsys.readouterr().out)["counts"] == {"ok": 3}


def test_rows_larger_than_memory_are_refused_before_they_are_read(finished: Path, monkeypatch) -> None:
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 100}))
    with pytest.raises(ResultsError, match=r"results\.parquet: 3 rows of .* columns need about"):
        RunDirectory.open(finished).table()
