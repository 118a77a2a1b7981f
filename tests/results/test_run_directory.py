import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import Places, RunDirectory, join, lock, shared_memory
from admf_jit.results.lock import DirectoryLock
from tests.results.conftest import METRICS, SWEPT

MANIFEST = {
    "config": {
        "name": "made-up",
        "account": {"cash": 100000.0},
        "optimization": {"parameters": {}, "objective": "sharpe_ratio", "direction": "maximize"},
    },
    "data": {"digest": "d1"},
    "strategy": {"digest": "s1"},
    "versions": {"kernels": "k1"},
}


def create(path, *, resume=False, manifest=MANIFEST, ordered=True):
    return RunDirectory.create(path, manifest, swept=SWEPT, metrics=METRICS, resume=resume, ordered=ordered)


def bytes_of_a_run(path, batches, **options):
    expected = sum(len(batch) for batch in batches)
    with create(path, **options) as run:
        for batch in batches:
            run.add(batch)
            run.flush()
        run.finish(expected=expected)
    return (path / "results.parquet").read_bytes()


def test_a_finished_run_is_a_manifest_and_a_table(tmp_path, results):
    with create(tmp_path / "run") as run:
        run.add(results)
        table = run.finish(expected=10, timings={"seconds": 1.5}).read()
    visible = sorted(entry.name for entry in run.path.iterdir() if not entry.name.startswith("."))
    assert visible == ["manifest.json", "results.parquet"]
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    assert manifest["counts"] == {"failed": 1, "ok": 9}
    assert manifest["timings"] == {"seconds": 1.5}
    assert RunDirectory.open(run.path).table().to_pylist()[0] == table.to_pylist()[0]
    assert table.column("index").to_pylist() == list(range(10))


@pytest.mark.parametrize("most_slices", [join._MOST_SLICES, 1])
def test_bytes_depend_neither_on_batches_nor_on_the_order_of_completion(tmp_path, monkeypatch, results, most_slices):
    monkeypatch.setattr(join, "_MOST_SLICES", most_slices)
    whole = bytes_of_a_run(tmp_path / "a", [results])
    ones = bytes_of_a_run(tmp_path / "b", [[result] for result in reversed(results)])
    sevens = bytes_of_a_run(tmp_path / "c", [results[7:], results[:7]])
    assert whole == ones == sevens


def test_unordered_rows_stay_as_they_finished(tmp_path, results):
    bytes_of_a_run(tmp_path / "run", [results[5:], results[:5]], ordered=False)
    stored = RunDirectory.open(tmp_path / "run").table()
    assert stored.column("index").to_pylist() == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path, results):
    undisturbed = bytes_of_a_run(tmp_path / "a", [results])
    killed = create(tmp_path / "b")
    killed.add(results[4:])
    killed.flush()
    killed.add(results[:2])  # never reaches the disk
    killed._lock.release()
    (tmp_path / "b" / "parts" / ".writing-x.parquet").write_text("half")
    with create(tmp_path / "b", resume=True) as run:
        assert run.completed().tolist() == [4, 5, 6, 7, 8, 9]
        run.add(results[:4])
        run.finish(expected=10)
    assert (tmp_path / "b" / "results.parquet").read_bytes() == undisturbed


def test_a_run_killed_before_its_parts_were_removed_has_each_row_once(tmp_path, results):
    undisturbed = bytes_of_a_run(tmp_path / "a", [results])
    with create(tmp_path / "a", resume=True) as run:
        assert len(run.completed()) == 10
        run.add(results)
        run.finish(expected=10)
    assert (tmp_path / "a" / "results.parquet").read_bytes() == undisturbed


def test_rows_that_are_in_two_files_are_told_once(tmp_path, results):
    killed = create(tmp_path / "run")
    killed.add(results[:3])
    killed.add(results[3:])
    killed.flush()
    (part,) = (tmp_path / "run" / "parts").glob("[!.]*")
    (tmp_path / "run" / "results.parquet").write_bytes(part.read_bytes())
    assert killed.rows(np.array([1, 4, 7])).column("index").to_pylist() == [1, 4, 7]
    killed._lock.release()


def test_an_interrupted_run_keeps_what_was_added(tmp_path, results):
    with pytest.raises(KeyboardInterrupt), create(tmp_path / "run") as run:
        run.add(results[:3])
        raise KeyboardInterrupt
    with create(tmp_path / "run", resume=True) as run:
        assert len(run.completed()) == 3


def test_a_table_with_a_hole_is_no_finished_run(tmp_path, results):
    with create(tmp_path / "run") as run:
        run.add(results[1:])
        with pytest.raises(ResultsError, match="9 rows; expected 10"):
            run.finish(expected=10)
    with pytest.raises(ResultsError, match="not finished"):
        RunDirectory.open(tmp_path / "run").table()


def test_a_directory_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for resume in (False, True):
        with pytest.raises(ResultsError, match=r"not empty \(has thesis.txt\).*--out"):
            create(tmp_path, resume=resume)


def test_a_run_is_not_overwritten_without_resume(tmp_path):
    create(tmp_path / "run").close()
    with pytest.raises(ResultsError, match="--resume"):
        create(tmp_path / "run")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"config": {**MANIFEST["config"], "account": {"cash": 5.0}}},
            "config.account.cash was 100000.0 and is now 5.0",
        ),
        ({"data": {"digest": "d2"}}, "data.digest was 'd1' and is now 'd2'"),
        ({"strategy": {"digest": "s2"}}, "strategy.digest"),
        ({"versions": {"kernels": "k2"}}, "versions.kernels"),
    ],
)
def test_other_work_is_not_resumed(tmp_path, changed, message):
    create(tmp_path / "run").close()
    with pytest.raises(ResultsError, match=message):
        create(tmp_path / "run", resume=True, manifest={**MANIFEST, **changed})


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path):
    script = (
        "import sys; from pathlib import Path; from admf_jit.results.lock import DirectoryLock\n"
        f"lock = DirectoryLock(Path({str(tmp_path / 'run')!r})); print('held', flush=True); sys.stdin.read()"
    )
    create(tmp_path / "run").close()
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ResultsError, match=f"process {holder.pid} on .* is writing"):
        create(tmp_path / "run", resume=True)
    holder.communicate()
    create(tmp_path / "run", resume=True).close()


def test_a_writer_that_was_killed_is_waited_for_until_what_it_forked_is_dead_too(tmp_path, monkeypatch):
    script = (
        "import os, signal, sys; from pathlib import Path; from admf_jit.results.lock import DirectoryLock\n"
        f"lock = DirectoryLock(Path({str(tmp_path / 'run')!r}))\n"
        "if os.fork() == 0: sys.stdin.read(); os._exit(0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    create(tmp_path / "run").close()
    killed = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # a zombie, as under a parent that does not look
    waits = []

    def sleep(seconds):
        killed.stdin.close()  # what it forked ends
        waits.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(lock, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    create(tmp_path / "run", resume=True).close()
    assert waits
    killed.wait()


def test_a_released_lock_is_free_although_a_forked_process_has_its_file_open(tmp_path):
    read_end, write_end = os.pipe()
    run = create(tmp_path / "run")
    child = os.fork()
    if child == 0:
        os.close(write_end)
        os.read(read_end, 1)
        os._exit(0)
    run.close()
    create(tmp_path / "run", resume=True).close()
    os.close(write_end)
    os.close(read_end)
    os.waitpid(child, 0)


def test_what_a_dead_writer_left_in_shared_memory_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_memory, "_FOLDER", tmp_path)
    monkeypatch.setattr(shared_memory, "_SECONDS_FOR_THE_TRACKER", 0.0)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = [f"sem.loky-{process}-abc" for process in (dead.pid, f"{dead.pid}0", os.getpid())]
    for holder, gone in (
        ("", False),
        (f"process {dead.pid} on another.machine", False),
        (f"process {os.getpid()} on {socket.gethostname()}", False),
        (f"process {dead.pid} on {socket.gethostname()}", True),
    ):
        for name in names:
            (tmp_path / name).touch()
        (tmp_path / ".lock").write_text(holder)
        DirectoryLock(tmp_path).release()
        assert [(tmp_path / name).exists() for name in names] == [not gone, True, True], holder
        assert (tmp_path / ".lock").read_text() == f"process {os.getpid()} on {socket.gethostname()}"


def damage(path, kind):
    content = bytearray(path.read_bytes())
    if kind == "truncated":
        content = content[: len(content) * 2 // 3]
    elif kind == "emptied":
        content = bytearray()
    else:
        content[len(content) // 3] ^= 8
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["truncated", "emptied", "flipped"])
def test_a_damaged_part_is_named_and_made_again(tmp_path, results, kind):
    undisturbed = bytes_of_a_run(tmp_path / "a", [results])
    with create(tmp_path / "b") as run:
        for some in (results[:4], results[4:]):
            run.add(some)
            run.flush()
    damage(tmp_path / "b" / "parts" / "part-000001.parquet", kind)
    with create(tmp_path / "b", resume=True) as run:
        assert run.completed().tolist() == [4, 5, 6, 7, 8, 9]
        (said,) = run.damaged
        assert "part-000001.parquet: " in said and said.endswith("its containers are run again")
        run.add(results[:4])
        run.finish(expected=10)
    assert (tmp_path / "b" / "results.parquet").read_bytes() == undisturbed


def test_every_flipped_bit_of_a_part_is_found_or_harmless(tmp_path, results):
    with create(tmp_path / "run") as run:
        run.add(results)
    part = tmp_path / "run" / "parts" / "part-000001.parquet"
    genuine = part.read_bytes()
    expected = RunDirectory.open(tmp_path / "run").completed().tolist()
    found = 0
    for place in range(0, len(genuine), 37):
        part.write_bytes(genuine[:place] + bytes([genuine[place] ^ (1 << place % 8)]) + genuine[place + 1 :])
        with create(tmp_path / "run", resume=True) as run:
            found += len(run.damaged)
            assert run.completed().tolist() == ([] if run.damaged else expected)
        part.write_bytes(genuine)
    assert found > 20


def places_of(results, together=4):
    """What the grid of some containers says of them, a few at a time."""
    return [
        Places(
            [result.container_id for result in some],
            np.array([result.index for result in some]),
            {name: [result.swept[name] for result in some] for name in some[0].swept},
        )
        for some in (results[begin : begin + together] for begin in range(0, len(results), together))
    ]


def extended(results, manifest):
    """The same containers in a grid with three more before them, and with another column."""
    more = [replace(result, index=result.index + 3, swept={**result.swept, "added": 1}) for result in results]
    columns = {**SWEPT, "added": "int64"}
    grid = {**manifest, "config": {**manifest["config"], "optimization": {"parameters": {"added": [1]}}}}
    return more, columns, grid


def test_rows_are_carried_over_to_a_larger_grid_by_their_id(tmp_path, results):
    bytes_of_a_run(tmp_path / "run", [results[:6]])
    more, columns, grid = extended(results, MANIFEST)
    places = places_of(more)
    with RunDirectory.create(
        tmp_path / "run", grid, swept=columns, metrics=METRICS, resume=True, places=lambda: places
    ) as run:
        assert run.completed().tolist() == [3, 4, 5, 6, 7, 8]
        run.add(more[6:])
        run.finish(expected=10)
    with RunDirectory.create(tmp_path / "whole", grid, swept=columns, metrics=METRICS) as whole:
        whole.add(more)
        whole.finish(expected=10)
    same = [(tmp_path / name / "results.parquet").read_bytes() for name in ("run", "whole")]
    assert same[0] == same[1]


def test_a_grid_that_lacks_stored_rows_is_refused_and_nothing_is_lost(tmp_path, results):
    before = bytes_of_a_run(tmp_path / "run", [results])
    more, columns, grid = extended(results, MANIFEST)
    places = places_of(more[2:])
    with pytest.raises(ResultsError, match="2 of its rows are not of this grid"):
        RunDirectory.create(tmp_path / "run", grid, swept=columns, metrics=METRICS, resume=True, places=lambda: places)
    assert (tmp_path / "run" / "results.parquet").read_bytes() == before
    assert RunDirectory.open(tmp_path / "run").manifest["status"] == "finished"


def test_rows_that_were_edited_are_refused(tmp_path, results):
    import pyarrow.parquet as pq

    bytes_of_a_run(tmp_path / "run", [results])
    path = tmp_path / "run" / "results.parquet"
    table = pq.read_table(path)
    position = table.schema.names.index("sharpe_ratio")
    flattered = table.set_column(position, "sharpe_ratio", table.column("final_equity"))
    pq.write_table(flattered.replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(ResultsError, match="do not match their checksum"):
        RunDirectory.open(tmp_path / "run").table()


def test_open_names_what_is_missing(tmp_path):
    with pytest.raises(ResultsError, match="no such directory"):
        RunDirectory.open(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="no manifest.json"):
        RunDirectory.open(tmp_path)
