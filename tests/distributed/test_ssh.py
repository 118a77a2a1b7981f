"""The machines of the isolation page, as written there: workers that Dask starts by SSH, here on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from tests.distributed.cluster import ROOT, copy_engines, wait_until
from tests.patience import PATIENCE
from tests.workflow.runs import moody, results_of, run

pytest.importorskip("asyncssh")

PAGE = """
infrastructure:
  distributed: true

  machines:
    - host: "machine1.trading.com"
      containers: 333
      memory: "32GB"

    - host: "machine2.trading.com"
      containers: 333
      memory: "32GB"

    - host: "machine3.trading.com"
      containers: 334
      memory: "32GB"
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home folder of a user who may log in to the page's machines."""
    for number in (1, 2, 3):
        copy_engines(tmp_path / f"machine{number}" / "cache")
    command = [sys.executable, "-m", "tests.distributed.ssh_server", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"ready\n"
            yield tmp_path
        finally:
            for child in psutil.Process(server.pid).children(recursive=True):
                child.kill()
            server.kill()


def test_the_pages_machines_run_a_sweep(tmp_path: Path, home: Path) -> None:
    config = moody(tmp_path)
    run(config, tmp_path / "one", n_jobs=1)
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({**config, **yaml.safe_load(PAGE)}), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "admf_jit",
        "grid",
        str(path),
        "--out",
        str(tmp_path / "many"),
        "--batch-size",
        "1",
    ]
    done = subprocess.run(
        command, env={**os.environ, "HOME": str(home)}, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert results_of(tmp_path / "many") == results_of(tmp_path / "one")
    hosts = json.loads((tmp_path / "many" / "manifest.json").read_text())["workers"]["hosts"]
    assert {host["host"] for host in hosts} == {f"machine{number}.trading.com" for number in (1, 2, 3)}
    assert sum(host["containers"] for host in hosts) == 12
    # What was started for the sweep has ended with it.
    wait_until(lambda: not any("dask_spec" in " ".join(found) for found in commands()), 30.0)


def commands() -> list[list[str]]:
    """The command lines of this process's descendants."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            found.append(child.cmdline())
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_machine_that_lets_nobody_in_is_named(tmp_path: Path) -> None:
    config = {**moody(tmp_path), **yaml.safe_load(PAGE)}
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    settings = tmp_path / ".ssh" / "config"
    settings.parent.mkdir()
    settings.write_text("Host *\n  HostName 127.0.0.1\n  Port 9\n", encoding="utf-8")
    command = [sys.executable, "-m", "admf_jit", "grid", str(path), "--out", str(tmp_path / "many")]
    done = subprocess.run(
        command, env={**os.environ, "HOME": str(tmp_path)}, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert "infrastructure.machines: a worker cannot be started by SSH" in done.stderr
    assert "works without a password for machine1.trading.com, machine2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "many").exists()
