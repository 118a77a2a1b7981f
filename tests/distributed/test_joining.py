"""How a sweep comes to its cluster, and what a cluster is made of, without hosts of their own."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.data.transfer import (
    Piece,
    accept_store,
    draft_folder,
    files_of_store,
    find_store,
    pieces_of,
    write_piece,
)
from admf_jit.errors import ConfigError, DataError
from admf_jit.testing import Fault, generate_test_data, inject_faults
from admf_jit.workers.executors import dask_cluster, dask_hosts
from admf_jit.workers.executors.dask_cluster import ssh_spec
from admf_jit.workers.known_answer import known_answer
from admf_jit.workflow import GridRun, run_grid
from admf_jit.workflow.run_data import map_data
from tests.patience import PATIENCE
from tests.workflow.runs import moody, results_of

pytest.importorskip("distributed")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")
MACHINES = [
    {"host": "machine1.trading.com", "containers": 333, "memory": "32GB"},
    {"host": "machine2.trading.com", "containers": 333, "memory": "32GB"},
    {"host": "machine3.trading.com", "containers": 334, "memory": "32GB"},
]


def run(config: dict[str, Any], out: Path, infrastructure: dict[str, Any] | None = None, **how: Any) -> GridRun:
    return run_grid(load_config({**config, "infrastructure": infrastructure or {}}), out=out, **how)


def test_the_pages_machines_become_workers_with_their_containers_and_memory() -> None:
    config = load_config({**base(), "infrastructure": {"distributed": True, "machines": MACHINES}})
    workers, scheduler = ssh_spec(config.infrastructure.machines)
    assert scheduler["options"]["address"] == "machine1.trading.com"
    assert {name: (spec["options"]["address"], spec["options"]["kwargs"]) for name, spec in workers.items()} == {
        machine["host"]: (
            machine["host"],
            {
                "name": machine["host"],
                "memory_limit": 32 * 1024**3,
                "resources": {"containers": machine["containers"]},
                "death_timeout": 120,
            },
        )
        for machine in MACHINES
    }


def base() -> dict[str, Any]:
    return {"data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}}


def test_machines_are_tried_out_in_this_process_and_hold_no_more_than_they_are_to(tmp_path: Path) -> None:
    config = moody(tmp_path, period=list(range(2, 26)))
    run(config, tmp_path / "one", n_jobs=1)
    machines = [
        {"host": "small", "containers": 2, "memory": "1GB"},
        {"host": "large", "containers": 100, "memory": "1GB"},
    ]
    done = run(config, tmp_path / "many", {"distributed": True, "scheduler": "local", "machines": machines}, n_jobs=2)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    workers = done.manifest["workers"]
    assert workers["batch_size"] == 2, "as large as the least machine holds"
    assert {host["host"]: host["jobs"] for host in workers["hosts"]} == {"small": 1, "large": 1}
    assert all(host["containers"] > 0 for host in workers["hosts"])
    assert sum(host["bytes_sent"] for host in workers["hosts"]) == 0, "the cache is this machine's"


def test_crashes_and_limits_are_rows_as_without_dask(tmp_path: Path) -> None:
    config = moody(tmp_path, period=[2, 3, 5, 8], trouble=[0, 1])
    config["containers"] = {"defaults": {"resources": {"time_limit": 1.0}}}
    faults = {1: Fault.ABORT, 4: Fault.ENDLESS_LOOP}
    with inject_faults(faults):
        run(config, tmp_path / "one", n_jobs=2)
        done = run(config, tmp_path / "many", {"backend": "dask"}, n_jobs=2)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert done.manifest["workers"]["ended_early"]


def test_a_host_that_computes_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_hosts, "known_answer", lambda: "0" * 64)
    with pytest.raises(ConfigError) as caught:
        run(moody(tmp_path), tmp_path / "run", {"backend": "dask"}, n_jobs=1)
    assert "no host may run anything\nlocal-1: a container whose result is known comes to another" in str(caught.value)
    assert f"{known_answer()[:16]}, expected 0000000000000000" in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        ("nowhere.json", r"infrastructure.scheduler: is nowhere.json, and there is no such file; expected local"),
        ("tcp://127.0.0.1:9", r"infrastructure.scheduler: no scheduler of Dask's answers at tcp://127.0.0.1:9"),
        ("what://127.0.0.1:9", r"infrastructure.scheduler: no scheduler of Dask's answers at what://127.0.0.1:9"),
    ],
)
def test_a_scheduler_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheduler: str, expected: str
) -> None:
    monkeypatch.setattr(dask_cluster, "_SECONDS_TO_ANSWER", 1)
    with pytest.raises(ConfigError, match=expected):
        run(moody(tmp_path), tmp_path / "run", {"distributed": True, "scheduler": scheduler})
    assert not (tmp_path / "run").exists()


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'admf_jit\[distributed\]'"):
        run(moody(tmp_path), tmp_path / "run", {"backend": "dask"})


def test_a_store_travels_in_pieces_and_is_held_to_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, store = map_data(generate_test_data(20_000, seed=5, timeframe="1m"))
    monkeypatch.setattr("admf_jit.data.transfer.PIECE_BYTES", 1 << 16)
    monkeypatch.setenv("ADMF_JIT_CACHE_DIR", str(tmp_path / "cache"))
    assert find_store(data.digest, store) is None
    pieces = [piece for path in files_of_store(store) for piece in pieces_of(path)]
    assert len(pieces) > 2 * len(files_of_store(store))
    for piece in reversed(pieces):  # in any order, and some twice
        write_piece(draft_folder(data.digest, "a" * 32), piece)
        write_piece(draft_folder(data.digest, "a" * 32), piece)
    place = accept_store(data.digest, "a" * 32)
    assert find_store(data.digest, store) == place
    assert [path.name for path in place.parent.iterdir() if path.is_dir()] == [data.digest[:32]]

    close = next(piece for piece in pieces if piece.name == "close.npy" and piece.begin)
    for piece in pieces:
        write_piece(draft_folder(data.digest, "b" * 32), piece)
    write_piece(draft_folder(data.digest, "b" * 32), close._replace(content=bytes(len(close.content))))
    with pytest.raises(DataError):
        accept_store(data.digest, "b" * 32)
    assert not draft_folder(data.digest, "b" * 32).exists()
    for name in ("../up", "", ".."):
        with pytest.raises(DataError, match="is no name of a file"):
            write_piece(tmp_path / "draft", Piece(name, 0, b""))


def test_report_says_what_each_host_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {**moody(tmp_path, period=[2, 3]), "infrastructure": {"distributed": True, "scheduler": "local"}}
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    assert main(["grid", str(path), "--out", str(tmp_path / "run"), "--n-jobs", "1"]) == 0
    printed = capsys.readouterr()
    assert re.search(
        r"^local-1: 2 containers ran for [\d.]+ s, 1 at a time; 0.0 MiB were sent to it$", printed.out, re.M
    )
    assert "Dask: 1 host (local-1), 1 batch at a time" in printed.err
    assert main(["report", str(tmp_path / "run"), "--json"]) == 0
    (host,) = json.loads(capsys.readouterr().out)["hosts"]
    assert (host["host"], host["containers"], host["refused"], host["lost"]) == ("local-1", 2, None, False)


def test_the_pages_configurations_load_and_its_python_runs(tmp_path: Path) -> None:
    for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        assert load_config({**base(), **yaml.safe_load(text)}).infrastructure.distributed
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    path = tmp_path / "page.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
