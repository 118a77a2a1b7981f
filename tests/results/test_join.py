"""Rows of many files, put together without all of them in memory."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import ResultBlock, RunDirectory, StoredTable, join, parts, stored
from admf_jit.results.columns import checksum, schema, to_table
from admf_jit.results.ranking import best_rows, breaches, count_statuses, failed_rows
from admf_jit.results.row import FAILED, OK
from tests.results.conftest import METRICS, SWEPT, make_result
from tests.results.test_run_directory import MANIFEST, create, extended, places_of

ROOT = Path(__file__).resolve().parents[2]
N = 60


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Groups of 7 rows, so that 60 are many."""
    for module in (join, parts, stored):
        monkeypatch.setattr(module, "ROWS_PER_GROUP", 7)


@pytest.fixture
def many():
    return [make_result(index, failed=index % 11 == 3) for index in range(N)]


def run_of(path, batches, **options):
    with create(path, **options) as run:
        for batch in batches:
            run.add(batch)
            run.flush()
        return run.finish(expected=N)


@pytest.mark.parametrize("kept", [0, 10**9])
def test_the_bytes_are_the_same_in_whatever_order_and_parts_they_came(tmp_path, monkeypatch, many, kept):
    monkeypatch.setattr(join, "_KEPT_BYTES", kept)
    whole = run_of(tmp_path / "whole", [many])
    shuffled = random.Random(5).sample(many, N)
    run_of(tmp_path / "parts", [shuffled[begin : begin + 13] for begin in range(0, N, 13)])
    same = [(tmp_path / name / "results.parquet").read_bytes() for name in ("whole", "parts")]
    assert same[0] == same[1]
    rows = whole.read()
    assert rows.column("index").to_pylist() == list(range(N))
    assert checksum(rows) == checksum(to_table(ResultBlock.of(many), schema(SWEPT, METRICS)))


def test_what_is_only_in_memory_is_joined_to_what_is_on_the_disk(tmp_path, many):
    with create(tmp_path / "run") as run:
        run.add(many[20:])
        run.flush()
        run.add(many[:20])
        rows = run.finish(expected=N)
    assert rows.read().column("index").to_pylist() == list(range(N))
    assert not (tmp_path / "run" / "parts").exists()


def test_unordered_rows_stay_as_they_finished(tmp_path, many):
    shuffled = random.Random(6).sample(many, N)
    rows = run_of(tmp_path / "run", [shuffled[:31], shuffled[31:]], ordered=False)
    assert rows.read().column("index").to_pylist() == [result.index for result in shuffled]


def test_few_rows_are_in_memory_at_a_time(tmp_path, monkeypatch, many):
    at_most = 0
    genuine = join.taken

    def watched(table, rows):
        nonlocal at_most
        at_most = max(at_most, table.num_rows)
        return genuine(table, rows)

    monkeypatch.setattr(join, "taken", watched)
    run_of(tmp_path / "run", [many[begin : begin + 5] for begin in range(0, N, 5)])
    assert 0 < at_most <= 2 * 7


def test_every_part_is_read_once_however_its_rows_are_scattered(tmp_path, monkeypatch, many):
    read = []
    genuine = join.read_rows
    monkeypatch.setattr(join, "read_rows", lambda path, schema: read.append(path.name) or genuine(path, schema))
    with create(tmp_path / "run") as run:
        for first in range(12):
            run.add(many[first::12])
            run.flush()
    with create(tmp_path / "run", resume=True) as run:
        run.finish(expected=N)
    assert len(read) == len(set(read)) == 12


def test_a_finished_run_is_resumed_from_its_groups(tmp_path, many):
    before = run_of(tmp_path / "run", [many]).read()
    path = tmp_path / "run" / "results.parquet"
    written = path.stat().st_mtime_ns, path.read_bytes()
    with create(tmp_path / "run", resume=True) as run:
        assert run.completed().tolist() == list(range(N))
        assert checksum(run.finish(expected=N).read()) == checksum(before)
        assert run.manifest["counts"] == {FAILED: 6, OK: N - 6} and run.manifest["status"] == "finished"
    assert (path.stat().st_mtime_ns, path.read_bytes()) == written, "what is whole is not written again"
    with create(tmp_path / "run", resume=True) as run:
        run.add(many[:1])
        run.flush()
        assert checksum(run.finish(expected=N).read()) == checksum(before)
    assert path.read_bytes() == written[1] and not (tmp_path / "run" / "parts").exists()
    with create(tmp_path / "run", resume=True) as run, pytest.raises(ResultsError, match="60 rows; expected 61"):
        run.finish(expected=N + 1)


def test_a_damaged_group_is_found_before_its_rows_are_used(tmp_path, many):
    rows = run_of(tmp_path / "run", [many])
    path = tmp_path / "run" / "results.parquet"
    content = bytearray(path.read_bytes())
    for place in range(200, 260):  # within the pages of the first group
        content[place] ^= 16
    path.write_bytes(content)
    with pytest.raises(parts.DamagedError, match="resume the run"):
        rows.verify()
    with create(tmp_path / "run", resume=True) as run:
        assert len(run.damaged) == 1 and not len(run.completed())


def test_groups_of_other_sizes_are_refused(tmp_path, monkeypatch, many):
    rows = run_of(tmp_path / "run", [many])
    monkeypatch.setattr(parts, "ROWS_PER_GROUP", 9)
    with pytest.raises(parts.DamagedError, match="not in groups of 9 rows"):
        rows.read()


def test_a_ranking_of_what_is_stored_is_that_of_what_is_in_memory(tmp_path, many):
    rows = run_of(tmp_path / "run", [many])
    table = rows.read()
    assert isinstance(rows, StoredTable) and rows.num_rows == table.num_rows
    for direction in ("maximize", "minimize"):
        assert repr(best_rows(rows, "sharpe_ratio", direction, 9)) == repr(
            best_rows(table, "sharpe_ratio", direction, 9)
        )
    assert repr(failed_rows(rows)) == repr(failed_rows(table))
    assert [row["index"] for row in failed_rows(rows, 2)] == [3, 14]
    assert failed_rows(rows, 1, ("index", "status")) == [{"index": 3, "status": FAILED}]
    assert count_statuses(rows) == count_statuses(table) == {FAILED: 6, OK: N - 6}
    assert breaches(rows) == breaches(table)


def test_an_empty_run_is_a_table_without_rows(tmp_path):
    with RunDirectory.create(tmp_path / "run", MANIFEST, swept=SWEPT, metrics=METRICS) as run:
        rows = run.finish(expected=0)
    assert rows.num_rows == 0 and rows.read().num_rows == 0
    assert best_rows(rows, "sharpe_ratio", "maximize", 3) == []


def test_a_checksum_is_of_the_rows_however_they_are_cut(many):
    from admf_jit.results.columns import Checksum

    table = to_table(ResultBlock.of(many), schema(SWEPT, METRICS))
    cut = Checksum(table.schema)
    for begin in range(0, N, 9):
        cut.update(table.slice(begin, 9))
    assert cut.hexdigest() == checksum(table)
    found = {checksum(table)}
    for name in table.schema.names:
        column = table.column(name)
        moved = column.take(np.roll(np.arange(N), 1))
        found.add(checksum(table.set_column(table.schema.get_field_index(name), table.schema.field(name), moved)))
    different = sum(len(set(table.column(name).to_pylist())) > 1 for name in table.schema.names)
    assert len(found) == 1 + different


def test_rows_of_many_files_are_carried_over_to_a_larger_grid(tmp_path, many):
    shuffled = random.Random(8).sample(many[:50], 50)
    with pytest.raises(KeyboardInterrupt), create(tmp_path / "run") as run:
        for begin in range(0, 50, 9):
            run.add(shuffled[begin : begin + 9])
            run.flush()
        raise KeyboardInterrupt
    more, columns, grid = extended(many, MANIFEST)
    places = places_of(random.Random(9).sample(more, N), together=13)
    with RunDirectory.create(
        tmp_path / "run", grid, swept=columns, metrics=METRICS, resume=True, places=lambda: places
    ) as run:
        assert run.completed().tolist() == list(range(3, 53))
        run.add(more[50:])
        run.finish(expected=N)
    with RunDirectory.create(tmp_path / "whole", grid, swept=columns, metrics=METRICS) as whole:
        whole.add(more)
        whole.finish(expected=N)
    same = [(tmp_path / name / "results.parquet").read_bytes() for name in ("run", "whole")]
    assert same[0] == same[1]


def test_no_row_is_written_read_joined_or_ranked_by_way_of_pandas_or_arrows_compute(tmp_path):
    script = f"""
import sys
from pathlib import Path
from admf_jit.cli.report import print_report
from admf_jit.results import RunDirectory, join
from tests.results.conftest import METRICS, SWEPT, make_result
from tests.results.test_run_directory import MANIFEST

avoided = "pandas", "pyarrow.compute"
for name in [name for name in sys.modules if name.startswith(avoided)]:
    del sys.modules[name]
rows = [make_result(index, failed=index == 3) for index in range(2000)]
manifest = {{**MANIFEST, "config": {{**MANIFEST["config"], "optimization": {{
    "parameters": {{}}, "objective": "sharpe_ratio", "direction": "maximize"}}}}}}
path = Path({str(tmp_path / "run")!r})
for rows, resume in ((rows[1000:], False), (rows[:1000], True)):
    with RunDirectory.create(path, manifest, swept=SWEPT, metrics=METRICS, resume=resume) as run:
        run.add(rows[::-1])
        run.flush()
        if resume:
            print_report(path, run.finish(expected=2000), run.manifest, top=3, as_json=False)
print_report(path, RunDirectory.open(path).stored(), manifest | run.manifest, top=3, as_json=True)
print([name for name in sys.modules if name.startswith(avoided)], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and done.stderr.strip() == "[]", done.stderr
    assert "best 3 of 2,000 by sharpe_ratio" in done.stdout
