"""The table is written while the run goes on, and comes out with the same bytes whatever happens to that."""

import contextlib
import random
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import ResultBlock, growing_table, join, parts, stored
from admf_jit.results.columns import schema, to_table
from admf_jit.results.row import FAILED, OK
from tests.results.conftest import METRICS, SWEPT, make_result
from tests.results.test_run_directory import create

N = 60
GROUP = 7
ROWS = [make_result(index, failed=index % 11 == 3) for index in range(N)]


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Groups of 7 rows, so that 60 are many."""
    for module in (join, parts, stored):
        monkeypatch.setattr(module, "ROWS_PER_GROUP", GROUP)


@pytest.fixture
def clean(tmp_path):
    """The bytes of a table that was written at the end, all at once."""
    with create(tmp_path / "clean") as run:
        run.add(ROWS)
        run.finish(expected=N)
    return (tmp_path / "clean" / "results.parquet").read_bytes()


def flushed(run, *batches):
    for batch in batches:
        run.add(batch)
        run.flush()


def hidden(path):
    return list(path.glob(".writing-*"))


def groups_written(path, clean, tmp_path):
    """How many groups of the clean table the hidden one has, byte for byte."""
    (file,) = hidden(path)
    content = file.read_bytes()
    assert clean.startswith(content)
    (tmp_path / "clean.parquet").write_bytes(clean)
    metadata = pq.read_metadata(tmp_path / "clean.parquet")
    ends = [metadata.row_group(group).column(0).data_page_offset for group in range(1, metadata.num_row_groups)]
    return 1 + ends.index(len(content))


def test_a_group_is_on_the_disk_as_soon_as_all_its_rows_are_there(tmp_path, clean):
    path = tmp_path / "run"
    with create(path) as run:
        flushed(run, ROWS[:6])
        assert not hidden(path)
        flushed(run, ROWS[6:10])
        assert groups_written(path, clean, tmp_path) == 1
        flushed(run, ROWS[15:40], ROWS[10:14])
        assert groups_written(path, clean, tmp_path) == 2
        flushed(run, ROWS[14:15])
        assert groups_written(path, clean, tmp_path) == 5
        assert not (path / "results.parquet").exists()
        run.add(ROWS[40:])
        run.finish(expected=N)
        assert run.manifest["counts"] == {FAILED: 6, OK: N - 6}
    assert (path / "results.parquet").read_bytes() == clean
    assert not hidden(path) and not (path / "parts").exists()


def test_the_end_writes_only_what_is_left(tmp_path, clean, monkeypatch):
    written = []
    genuine = parts.RowsWriter.append
    with create(tmp_path / "run") as run:
        flushed(run, *(ROWS[begin : begin + 10] for begin in range(0, N, 10)))
        monkeypatch.setattr(
            parts.RowsWriter, "append", lambda self, group: written.append(group.num_rows) or genuine(self, group)
        )
        run.finish(expected=N)
    assert written == [N % GROUP]
    assert (tmp_path / "run" / "results.parquet").read_bytes() == clean


@pytest.mark.parametrize("together", [1, 5, 7, 20, N])
@pytest.mark.parametrize("order", ["rising", "falling", "shuffled", "scattered"])
@pytest.mark.parametrize("kept", [0, 10**9])
def test_bytes_depend_neither_on_batches_nor_on_what_became_whole_first(
    tmp_path, clean, monkeypatch, together, order, kept
):
    monkeypatch.setattr(join, "_KEPT_BYTES_WHILE_RUNNING", kept)
    batches = [ROWS[begin : begin + together] for begin in range(0, N, together)]
    if order == "falling":
        batches.reverse()
    elif order == "shuffled":
        random.Random(3).shuffle(batches)
    elif order == "scattered":
        batches = [ROWS[first :: len(batches)] for first in range(len(batches))]
    with create(tmp_path / "run") as run:
        flushed(run, *batches)
        run.finish(expected=N)
    assert (tmp_path / "run" / "results.parquet").read_bytes() == clean


def test_what_was_written_as_a_part_just_now_is_not_read_again(tmp_path, clean, monkeypatch):
    read = []
    monkeypatch.setattr(join, "read_rows", lambda path, schema: read.append(path))
    with create(tmp_path / "run") as run:
        flushed(run, *(ROWS[begin : begin + 10] for begin in range(0, N, 10)))
        run.finish(expected=N)
    assert not read
    assert (tmp_path / "run" / "results.parquet").read_bytes() == clean


def test_a_part_has_a_group_of_rows_at_the_most(tmp_path):
    with create(tmp_path / "run") as run:
        flushed(run, ROWS[:20])
    files = sorted((tmp_path / "run" / "parts").iterdir())
    assert [pq.read_metadata(file).num_rows for file in files] == [7, 7, 6]


def test_rows_that_are_left_as_they_finished_wait_for_the_end(tmp_path):
    shuffled = random.Random(4).sample(ROWS, N)
    with create(tmp_path / "run", ordered=False) as run:
        flushed(run, shuffled[:30], shuffled[30:])
        assert not hidden(tmp_path / "run")
        rows = run.finish(expected=N).read()
    assert rows.column("index").to_pylist() == [row.index for row in shuffled]


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_run_that_was_stopped_after_groups_were_written_loses_and_doubles_nothing(tmp_path, clean, how):
    path = tmp_path / "run"
    run = create(path)
    flushed(run, ROWS[:20], ROWS[30:45])
    run.add(ROWS[20:25])
    assert groups_written(path, clean, tmp_path) == 2
    if how == "killed":
        run._lock.release()
    else:
        with contextlib.suppress(KeyboardInterrupt), run:
            raise KeyboardInterrupt
        assert not hidden(path)
    kept = {*range(20), *range(30, 45), *(range(20, 25) if how == "interrupted" else ())}
    with create(path, resume=True) as run:
        assert not hidden(path)
        assert run.completed().tolist() == sorted(kept)
        flushed(run, [row for row in ROWS[:30] if row.index not in kept])
        assert groups_written(path, clean, tmp_path) == 6, "rows that were there before make groups whole"
        run.add(ROWS[45:])
        run.finish(expected=N)
    assert (path / "results.parquet").read_bytes() == clean
    assert not hidden(path)


@pytest.mark.parametrize("then", ["go on", "resume"])
def test_a_disk_that_is_full_in_the_middle_of_a_group_costs_no_row(tmp_path, clean, then):
    resource = pytest.importorskip("resource")
    path = tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with create(path) as run:
        flushed(run, ROWS[:20], ROWS[20:40])
        (file,) = hidden(path)
        most = file.stat().st_size + 1500
        assert max(part.stat().st_size for part in (path / "parts").iterdir()) < most
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            with pytest.raises(ResultsError, match=r"results\.parquet: cannot be written \(File too large\).*--resume"):
                flushed(run, ROWS[40:50])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert not hidden(path)
        assert run.completed().tolist() == list(range(50))
        if then == "go on":
            flushed(run, ROWS[50:])
            run.finish(expected=N)
    if then == "resume":
        with create(path, resume=True) as run:
            flushed(run, ROWS[50:])
            run.finish(expected=N)
    assert run.manifest["counts"] == {FAILED: 6, OK: N - 6}
    assert (path / "results.parquet").read_bytes() == clean


def test_an_error_between_two_groups_begins_the_table_anew(tmp_path, clean, monkeypatch):
    path = tmp_path / "run"
    genuine = growing_table.GrowingTable._write
    with create(path) as run:
        flushed(run, ROWS[:10])

        def interrupt(self, group):
            if group.column("index")[0].as_py() == 2 * GROUP:
                raise KeyboardInterrupt
            genuine(self, group)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(growing_table.GrowingTable, "_write", interrupt)
            flushed(run, ROWS[10:40])
        assert not hidden(path)
        run.add(ROWS[40:])
        run.finish(expected=N)
    assert run.manifest["counts"] == {FAILED: 6, OK: N - 6}
    assert (path / "results.parquet").read_bytes() == clean


def test_a_wrong_number_of_rows_is_found_although_groups_were_written(tmp_path):
    path = tmp_path / "run"
    with create(path) as run:
        flushed(run, ROWS[:20])
        with pytest.raises(ResultsError, match="20 rows; expected 60"):
            run.finish(expected=N)
        assert not hidden(path) and not (path / "results.parquet").exists()


def test_many_rows_are_converted_when_they_are_added_and_few_with_the_next_part(tmp_path):
    path = tmp_path / "run"
    others = [replace(row, metrics={"other": 1.0}) for row in ROWS]
    with create(path) as run:
        run.add(ROWS[:1])
        with pytest.raises(ResultsError, match="do not fit the run's table"):
            run.add(2 * others)
    with pytest.raises(ResultsError, match="do not fit the run's table"), create(path, resume=True) as run:
        assert run.completed().tolist() == [0]
        run.add(others[1:2])


def test_rows_outside_of_the_grid_belong_to_no_group_and_are_counted():
    rows = join.Joined(ordered=True)
    table = to_table(ResultBlock.of(ROWS[:9]), schema(SWEPT, METRICS))
    rows.add(join.TableSource(table), np.array([-(2**63), 0, 1, 2, 3, 4, 5, 6, 2**63 - 1]))
    (group,) = rows.whole_groups()
    assert group.column("index").to_pylist() == list(range(1, 8))
    assert rows.n_given == GROUP
    (rest,) = rows.groups(rows.rest())
    assert rest.column("index").to_pylist() == [0, 8]
