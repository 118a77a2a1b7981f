"""Hosts with networks of their own that are cut off, slow, stopped, or have no room: the same bytes as one process.

It takes long, and needs a user who may make network namespaces: `make test-distributed` runs it.
"""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("distributed")

from tests.distributed.cluster import OTHER_VERSION, TestCluster, cluster_in, copy_engines, wait_until
from tests.distributed.networks import NetworkCluster, can_make_networks, networks, small_disk
from tests.distributed.test_cluster import ROUNDS, Watching, on, run, slow
from tests.workflow.runs import results_of

pytestmark = [
    pytest.mark.skipif(ROUNDS == 0, reason="make test-distributed runs it"),
    pytest.mark.skipif(not can_make_networks(), reason="needs root on Linux, and ip of iproute2"),
]

#: Host 4 is the one that comes later.
NAMES = ["scheduler", "host-1", "host-2", "host-3", "host-4"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkCluster]:
    with (
        networks(NAMES),
        cluster_in(tmp_path_factory.mktemp("cluster"), hosts=3, kind=NetworkCluster) as started,
    ):
        assert isinstance(started, NetworkCluster)
        yield started


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A sweep, and its directory as one process writes it."""
    folder = tmp_path_factory.mktemp("sweep")
    config = slow(folder, draws=2000)
    run(config, folder / "one", n_jobs=2)
    return config, folder / "one"


def cut_off_for(seconds: float) -> Callable[[NetworkCluster, str], None]:
    def happen(cluster: NetworkCluster, name: str) -> None:
        cluster.cut_off(name)
        threading.Timer(seconds, cluster.join_again, [name]).start()

    return happen


def stop_worker(cluster: NetworkCluster, name: str) -> None:
    (worker,) = cluster.workers_of(name)
    worker.send_signal(signal.SIGSTOP)
    threading.Timer(3.0, worker.send_signal, [signal.SIGCONT]).start()


HAPPENINGS: dict[str, Callable[[NetworkCluster, str], None]] = {
    "worker killed": TestCluster.kill_worker,
    "worker stopped for a while": stop_worker,
    "host cut off for a moment": cut_off_for(2.0),
    "host cut off for longer than it is waited for": cut_off_for(45.0),
    "host with a slow network": lambda cluster, name: cluster.slow_down(name, "256kbit"),
}


@pytest.mark.parametrize("number", range(max(1, ROUNDS)))
@pytest.mark.parametrize("what", HAPPENINGS)
def test_whatever_happens_to_a_host_the_rows_are_the_same(
    tmp_path: Path, cluster: NetworkCluster, sweep: tuple[dict[str, Any], Path], what: str, number: int
) -> None:
    dice = random.Random(f"{what} {number}")
    name = f"host-{dice.randrange(1, 4)}"
    config, expected = sweep
    watching = Watching(dice.randrange(2, 60), lambda: HAPPENINGS[what](cluster, name))
    try:
        done = run(on(cluster, config), tmp_path / "many", batch_size=dice.choice([1, 2, 5]), progress=watching)
    finally:
        cluster.slow_down(name, "1gbit")
        cluster.join_again(name)
    assert results_of(tmp_path / "many") == results_of(expected)
    assert done.failed == 0
    # No process of a batch is left behind.
    wait_until(lambda: not cluster.containers(), 60.0)
    wait_until(lambda: all_there(cluster))


def leave(cluster: NetworkCluster) -> None:
    """End the host that came later, and wait until nobody counts on it."""
    cluster.stop("host-4")
    wait_until(lambda: cluster.count_workers() <= 3)


def all_there(cluster: NetworkCluster) -> bool:
    """Whether the scheduler knows three workers; one that gave up its scheduler has ended, and is started again."""
    for name in NAMES[1:4]:
        if cluster.processes[name].poll() is not None:
            cluster.start_host(name)
    return cluster.count_workers() == 3


def test_a_host_that_comes_late_over_a_slow_network_is_sent_the_bars_once(
    tmp_path: Path, cluster: NetworkCluster, sweep: tuple[dict[str, Any], Path]
) -> None:
    config, expected = sweep
    cluster.slow_down("host-4", "1mbit")
    watching = Watching(2, lambda: cluster.start_host("host-4"))
    try:
        run(on(cluster, config), tmp_path / "many", batch_size=1, progress=watching)
        cluster.wait_for_workers(4)
        done = run(on(cluster, config), tmp_path / "again", batch_size=1)
    finally:
        leave(cluster)
    assert results_of(tmp_path / "many") == results_of(tmp_path / "again") == results_of(expected)
    assert {host["host"] for host in done.manifest["workers"]["hosts"] if host["containers"]} >= {"host-1", "host-2"}


def test_a_host_without_room_is_named_and_the_others_do_it_all(
    tmp_path: Path, cluster: NetworkCluster, sweep: tuple[dict[str, Any], Path]
) -> None:
    config, expected = sweep
    cache = cluster.cache("host-4")
    with small_disk(cache, 64):
        copy_engines(cache / "copy")
        for entry in (cache / "copy").iterdir():
            entry.rename(cache / entry.name)
        (cache / "copy").rmdir()
        full = cache / "full"
        full.write_bytes(b"0" * (psutil.disk_usage(str(cache)).free - 8192))
        cluster.start_host("host-4")
        try:
            cluster.wait_for_workers(4)
            watching = Watching()
            done = run(on(cluster, config), tmp_path / "many", batch_size=1, progress=watching)
        finally:
            leave(cluster)
    assert results_of(tmp_path / "many") == results_of(expected)
    (refused,) = [host for host in done.manifest["workers"]["hosts"] if host["refused"]]
    assert refused["host"] == "host-4" and "No space left on device" in refused["refused"]
    assert any(
        note.startswith("host-4 is refused and runs nothing: it cannot be made ready") for note in watching.notes
    )


def test_a_host_of_another_version_is_refused_over_the_network(
    tmp_path: Path, cluster: NetworkCluster, sweep: tuple[dict[str, Any], Path]
) -> None:
    config, expected = sweep
    cluster.start_host("host-4", OTHER_VERSION)
    try:
        cluster.wait_for_workers(4)
        done = run(on(cluster, config), tmp_path / "many", batch_size=1)
    finally:
        leave(cluster)
    assert results_of(tmp_path / "many") == results_of(expected)
    refused = {host["host"] for host in done.manifest["workers"]["hosts"] if host["refused"]}
    assert refused == {"host-4"}
