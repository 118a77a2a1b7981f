"""Sweeps on three hosts with working and cache folders of their own: the same bytes, whatever happens to the hosts."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Client

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.errors import ConfigError, WorkerError
from admf_jit.results import Progress, run_directory
from admf_jit.workers.executors import dask_cluster
from admf_jit.workflow import GridRun, run_grid
from tests.distributed.cluster import OTHER_VERSION, ROOT, TestCluster, cluster_in, wait_until
from tests.patience import PATIENCE
from tests.workflow.runs import moody, results_of

#: Takes a while, so that something can happen meanwhile.
SLOW = '''import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Slow:
    """Draws many numbers at each bar."""

    period: int = 5
    draws: int = 1000
    average = ta.sma("period")

    def on_bar(self, bar, position):
        total = 0.0
        for _ in range(self.draws):
            total += self.random.uniform()
        return bar.close > self.average and total > 0.0
'''


class Watching(Progress):
    """Keeps the notes of a sweep, and does something once when so many containers are done."""

    def __init__(self, after: int = 0, do: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.notes: list[str] = []
        self._after = after
        self._do = do
        self._done = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def advance(self, containers: int) -> None:
        before, self._done = self._done, self._done + containers
        if before < self._after <= self._done:
            self._do()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCluster]:
    with cluster_in(tmp_path_factory.mktemp("cluster"), hosts=3) as started:
        yield started


def on(cluster: TestCluster, config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "infrastructure": {"distributed": True, "scheduler": str(cluster.scheduler_file)}}


def run(config: dict[str, Any], out: Path, **how: Any) -> GridRun:
    return run_grid(load_config(config), out=out, **how)


def slow(folder: Path, draws: int = 3000, periods: int = 40) -> dict[str, Any]:
    """Return the configuration of a sweep whose containers take some ten milliseconds each."""
    path = folder / "slow.py"
    path.write_text(SLOW, encoding="utf-8")
    config = moody(folder, period=list(range(2, 2 + periods)), draws=[draws, draws + 1])
    return {**config, "strategy": {"type": f"{path}:Slow"}}


@pytest.mark.parametrize("isolation", ["full", "minimal", "process"])
def test_a_strategy_file_of_the_users_on_three_hosts_comes_to_the_same_bytes(
    tmp_path: Path, cluster: TestCluster, isolation: str
) -> None:
    config = moody(tmp_path, period=[2, 5, 8], trouble=[0, 1], position_size=[0.5, 1.0])
    config["execution"] = {"optimization_phase": {"isolation": isolation}}
    expected = run(config, tmp_path / "one", n_jobs=1)
    done = run(on(cluster, config), tmp_path / "many", batch_size=1)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert done.failed == expected.failed == 6
    hosts = done.manifest["workers"]["hosts"]
    assert done.manifest["workers"]["executor"] == "dask"
    assert {host["host"] for host in hosts if not host["lost"]} == {"host-1", "host-2", "host-3"}
    assert sum(host["containers"] for host in hosts) == 12
    if isolation != "process":  # which has the same modules as full
        assert all(host["bytes_sent"] > 0 for host in hosts if not host["lost"])
    again = run(on(cluster, config), tmp_path / "again", batch_size=1)
    assert results_of(tmp_path / "again") == results_of(tmp_path / "one")
    assert [host["bytes_sent"] for host in again.manifest["workers"]["hosts"]] == [0, 0, 0]
    for number in (1, 2, 3):
        stores = [path for path in (cluster.cache(f"host-{number}") / "data").iterdir() if path.is_dir()]
        assert len(stores) == 1, "the same bars for every test, once, and no drafts"


def test_a_client_of_the_callers_runs_a_grid_and_is_left_open(tmp_path: Path, cluster: TestCluster) -> None:
    config = moody(tmp_path)
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d", end="2016-12-31")
    given = (config["strategy"]["type"], data, {"period": [2, 3, 5, 8]})
    alone = aj.grid(*given, out=tmp_path / "one", n_jobs=1)
    with Client(scheduler_file=str(cluster.scheduler_file)) as client:
        many = aj.grid(*given, out=tmp_path / "many", executor=client)
        assert client.status == "running"
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert many.frame.equals(alone.frame)
    with pytest.raises(ConfigError, match=r"executor: is a str; expected a dask\.distributed\.Client"):
        aj.grid(*given, out=tmp_path / "refused", executor="tcp://127.0.0.1:1")


def test_a_worker_that_is_killed_changes_no_row(tmp_path: Path, cluster: TestCluster) -> None:
    config = slow(tmp_path)
    run(config, tmp_path / "one", n_jobs=2)
    killed = psutil.Process(cluster.workers_of("host-2")[0].pid)
    watching = Watching(10, lambda: cluster.kill_worker("host-2"))
    done = run(on(cluster, config), tmp_path / "many", batch_size=2, progress=watching)
    assert not killed.is_running()
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert done.failed == 0
    wait_until(lambda: cluster.workers_of("host-2"))


def test_a_client_that_is_killed_leaves_nothing_running_and_is_resumed(tmp_path: Path, cluster: TestCluster) -> None:
    config = slow(tmp_path)
    run(config, tmp_path / "one", n_jobs=2)
    script = (
        "import sys, json; from pathlib import Path; from tests.workflow.runs import Stopping, run\n"
        "from admf_jit.results import run_directory; import signal\n"
        "run_directory._SECONDS_PER_PART = 0.0\n"
        "run(json.loads(sys.argv[1]), Path(sys.argv[2]), batch_size=2, progress=Stopping(20, signal.SIGKILL))"
    )
    command = [sys.executable, "-c", script, json.dumps(on(cluster, config)), str(tmp_path / "many")]
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=PATIENCE)
    assert ended.returncode == -signal.SIGKILL
    wait_until(lambda: not cluster.containers(), 60.0)
    done = run(on(cluster, config), tmp_path / "many", resume=True)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    ran = sum(host["containers"] for host in done.manifest["workers"]["hosts"])
    assert 0 < ran <= 60, "what was there is not run again"


def test_a_host_of_another_version_is_refused_by_name_and_the_others_do_it_all(
    tmp_path: Path, cluster: TestCluster
) -> None:
    config = moody(tmp_path)
    run(config, tmp_path / "one", n_jobs=1)
    cluster.start_host("wrong", OTHER_VERSION)
    try:
        cluster.wait_for_workers(4)
        watching = Watching()
        done = run(on(cluster, config), tmp_path / "many", batch_size=1, progress=watching)
    finally:
        cluster.stop("wrong")
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    refused = {host["host"]: host["refused"] for host in done.manifest["workers"]["hosts"] if host["refused"]}
    assert refused == {"wrong": f"admf_jit is 0.0.1 there, and {aj.__version__} here; install the same"}
    assert any(note.startswith("wrong is refused and runs nothing: admf_jit is 0.0.1") for note in watching.notes)


#: So often it is done in `make test-distributed`, which alone does what takes longer.
ROUNDS = int(os.environ.get("ADMF_JIT_ROUNDS", "0"))
thorough = pytest.mark.skipif(ROUNDS == 0, reason="make test-distributed runs it")


@thorough
@pytest.mark.parametrize("number", range(max(1, ROUNDS)))
def test_whatever_happens_to_workers_the_rows_are_the_same(tmp_path: Path, cluster: TestCluster, number: int) -> None:
    """One is killed, one is stopped for good and then killed, the process of a batch is killed, at any time."""
    dice = random.Random(number)
    config = slow(tmp_path, draws=2000 + number)
    run(config, tmp_path / "one", n_jobs=2)
    names = ["host-1", "host-2", "host-3"]
    dice.shuffle(names)

    def stop_for_a_while() -> None:
        stopped = cluster.workers_of(names[0])[0]
        stopped.send_signal(signal.SIGSTOP)
        threading.Timer(2.0, stopped.send_signal, [dice.choice([signal.SIGCONT, signal.SIGKILL])]).start()

    def kill_a_container() -> None:
        for child in cluster.containers()[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()

    happenings = [lambda: cluster.kill_worker(names[1]), stop_for_a_while, kill_a_container]
    watching = Watching(dice.randrange(2, 60), lambda: dice.choice(happenings)())
    done = run(on(cluster, config), tmp_path / "many", batch_size=dice.choice([1, 2, 5]), progress=watching)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert done.failed == 0


@thorough
def test_a_scheduler_that_is_started_again_goes_on_with_the_same_client(tmp_path: Path) -> None:
    config = slow(tmp_path)
    run(config, tmp_path / "one", n_jobs=2)
    with cluster_in(tmp_path / "cluster", hosts=2) as cluster:
        port = int(json.loads(cluster.scheduler_file.read_text())["address"].rpartition(":")[2])

        def start_again() -> None:
            for name in list(cluster.processes):
                cluster.stop(name)
            cluster.start_scheduler(port)
            cluster.start_host("host-1")

        watching = Watching(10, start_again)
        done = run(on(cluster, config), tmp_path / "many", batch_size=2, progress=watching)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert [host["lost"] for host in done.manifest["workers"]["hosts"]] == [True, True, False]


@thorough
def test_a_scheduler_that_is_gone_ends_the_sweep_and_another_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = slow(tmp_path)
    run(config, tmp_path / "one", n_jobs=2)
    monkeypatch.setattr(run_directory, "_SECONDS_PER_PART", 0.0)
    monkeypatch.setattr(dask_cluster, "_SECONDS_TO_ANSWER", 3)
    with cluster_in(tmp_path / "first", hosts=1) as first:
        watching = Watching(10, lambda: first.processes["scheduler"].kill())
        with pytest.raises(WorkerError, match="go on with --resume"):
            run(on(first, config), tmp_path / "many", batch_size=2, progress=watching)
    with cluster_in(tmp_path / "second", hosts=1) as second:
        done = run(on(second, config), tmp_path / "many", resume=True)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    assert 0 < sum(host["containers"] for host in done.manifest["workers"]["hosts"]) <= 70


def test_two_workers_that_share_a_cache_are_sent_everything_once(tmp_path: Path) -> None:
    config = moody(tmp_path)
    run(config, tmp_path / "one", n_jobs=1)
    with cluster_in(tmp_path / "cluster") as cluster:
        cluster.start_host("pair", None, "--nworkers", "2")
        cluster.wait_for_workers(2)
        done = run(on(cluster, config), tmp_path / "many", batch_size=1)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    sent = sorted(host["bytes_sent"] for host in done.manifest["workers"]["hosts"])
    assert sent[0] == 0 < sent[1]
