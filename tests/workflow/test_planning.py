"""What a machine holds and what a sweep will take, worked out before it is run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.workers.plan import usable_cores
from admf_jit.workflow import run_grid
from admf_jit.workflow.capacity import measure_footprint

GIB = 1024**3
#: The isolation page's machines, as they are written there.
MACHINES = [
    {"host": f"machine{number}.trading.com", "containers": containers, "memory": "32GB"}
    for number, containers in ((1, 333), (2, 333), (3, 334))
]


def config(**blocks: Any) -> dict[str, Any]:
    return {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"parameters": {"fast_period": list(range(5, 15)), "slow_period": list(range(20, 30))}},
        **blocks,
    }


def test_the_isolation_pages_example_is_115_by_its_own_formula() -> None:
    found = aj.calculate_system_capacity(memory=64 * GIB, cores=32)
    assert (found.containers, found.by_memory, found.by_cpu, found.limit) == (115, 115, 288, "memory")
    assert aj.calculate_system_capacity(memory=640 * GIB, cores=32).limit == "cpu"
    with pytest.raises(aj.ConfigError, match="container_cpu: is 0"):
        aj.calculate_system_capacity(container_cpu=0)


def test_a_container_is_measured_in_kilobytes() -> None:
    found = measure_footprint(50)
    assert 4 * 1024 < found.container < 512 * 1024
    assert found.worker > 10 * 1024**2


def test_capacity_is_printed_with_what_binds(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["capacity", "--memory", "64GB", "--cores", "32"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "115 containers may be promised their limits at once; memory binds." in printed
    # In a process of its own: a container measured in this one would inherit what the tests have loaded.
    command = [sys.executable, "-m", "admf_jit", *arguments, "--container-memory", "1GB", "--container-cpu", "16"]
    found = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout)
    assert (found["containers"], found["limit"], found["by_memory"]) == (1, "cpu", 57)
    assert found["containers_by_measured_memory"] > 1000


def test_a_plan_is_what_is_then_run(tmp_path: Path) -> None:
    checked = load_config(config())
    plan = aj.plan(checked, n_jobs=2)
    done = run_grid(checked, out=tmp_path / "run", n_jobs=2)
    assert (plan.containers, plan.workers) == (done.table.num_rows, 2)
    assert (plan.batch_size, plan.waves, plan.limit) == (done.manifest["workers"]["batch_size"], 1, None)
    assert plan.state > 4096 and plan.promised is None
    assert plan.memory == plan.state * min(100, done.manifest["workers"]["in_flight"])


@pytest.mark.parametrize(
    ("blocks", "limit", "at_once"),
    [
        ({"execution": {"optimization_phase": {"containers": 30}}}, "execution.optimization_phase.containers", 30),
        ({"optimization": {"parallel_containers": 7}}, "optimization.parallel_containers", 7),
        ({"containers": {"defaults": {"resources": {"cpu_limit": 100}}}}, None, 100),
    ],
)
def test_waves_and_the_limit_that_binds(blocks: dict[str, Any], limit: str | None, at_once: int) -> None:
    fields = config()
    blocks = {key: fields.get(key, {}) | block for key, block in blocks.items()}
    plan = aj.plan(config(**blocks))
    assert (plan.limit, plan.at_once, plan.waves) == (limit, at_once, -(-100 // at_once))


def test_the_resources_of_a_container_bound_processes_and_not_what_each_is_handed(tmp_path: Path) -> None:
    """Containers of a batch take their turns in a process that takes no more than one of them may."""

    def plan(**resources: Any) -> Any:
        return aj.plan(config(containers={"defaults": {"resources": resources}}), n_jobs=2)

    memory = psutil.virtual_memory().total
    free, small, large = plan(), plan(memory_limit="512MB", cpu_limit=0.1), plan(memory_limit=int(0.6 * memory))
    assert (free.workers, free.workers_limit, free.promised) == (2, None, None)
    assert (small.workers, small.batch_size, small.batches) == (2, free.batch_size, free.batches)
    assert (small.workers_limit, small.promised) == (None, 2 * 512 * 1024**2)
    assert (large.workers, large.workers_limit) == (1, "containers.resources.memory_limit")
    assert large.promised == int(0.6 * memory)
    busy = plan(cpu_limit=0.6 * usable_cores())
    assert (busy.workers, busy.workers_limit) == (1, "containers.resources.cpu_limit")
    fields = config(containers={"defaults": {"resources": {"memory_limit": int(0.6 * memory)}}})
    done = run_grid(load_config(fields), out=tmp_path / "run", n_jobs=2)
    assert done.failed == 0 and done.manifest["workers"]["processes"] == 1


def test_memory_and_time_are_predicted_from_what_decides_them(tmp_path: Path) -> None:
    def plan(isolation: str = "auto", n_jobs: int = 1, **parameters: Any) -> Any:
        fields = config(execution={"optimization_phase": {"isolation": isolation}})
        fields["optimization"]["parameters"] |= parameters
        return aj.plan(fields, n_jobs=n_jobs)

    few = plan()
    more = plan(fast_period=list(range(5, 105)))
    wider = plan(position_size=[0.25, 0.5, 0.75, 1.0])
    bars = len(aj.load("sample", symbols=["ALFA"], timeframe="1d").time)
    assert (few.containers, more.containers, wider.containers) == (100, 1000, 400)
    assert more.seconds > wider.seconds > few.seconds > 0.0
    # 90 more columns of the fast average, and 900 more containers.
    assert more.peak_memory - few.peak_memory > 8 * bars * 90 + 900 * 1024
    assert wider.peak_memory - few.peak_memory < 300 * 8192, "sizes share their columns"
    assert plan("full").seconds > few.seconds
    assert plan(n_jobs=2).peak_memory > few.peak_memory


def test_1188_containers_at_1000_a_time_are_two_waves() -> None:
    plan = aj.plan(Path(__file__).parents[2] / "configs" / "quickstart.yaml")
    assert plan.containers == 1188
    page = config()
    page["optimization"] |= {"parallel_containers": 60}
    assert aj.plan(page).waves == 2


def test_overcommitted_machines_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = config(
        infrastructure={"distributed": True, "machines": MACHINES},
        containers={"defaults": {"resources": {"memory_limit": "512MB"}}},
    )
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(fields), encoding="utf-8")
    assert main(["plan", str(path)]) == 1
    printed = capsys.readouterr().out
    assert printed.count(" is overcommitted: 333 containers of 536,870,912 bytes are 166.5 GiB") == 2
    assert "machine3.trading.com: 334 containers, 57 fit" in printed
    assert main(["grid", str(path), "--out", str(tmp_path / "run")]) == 2
    expected = (
        "infrastructure.machines: machine1.trading.com is overcommitted: 333 containers of 536,870,912 bytes "
        "(containers.resources.memory_limit), and nine tenths of its memory hold 57; "
        "expected containers: 57 at the most"
    )
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    fields["infrastructure"]["machines"] = [{"host": "large", "containers": 50, "memory": "32GB"}]
    path.write_text(json.dumps(fields), encoding="utf-8")
    assert main(["plan", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["warnings"] == ["the machines are to hold 50 of 100 containers at a time: 2 waves"]
    assert found["machines"][0]["overcommitted"] is False


def test_a_sweep_on_many_hosts_is_played_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second a container: each of the 100 is a task, and a host does the next when it has finished one."""
    recorded = tmp_path / "run"
    recorded.mkdir()
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
    facts = {
        "accounting": {"one": {"containers": 4}, "other": {"containers": 6}},
        "timings": {"worker_seconds": 10 * 1.0 * 2},
        "data": {"bars": 2 * data.n_bars},
    }
    (recorded / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    one, ten, hundred = aj.plan(config(), n_jobs=1, hosts=[1, 10, 100], recorded=recorded).hosts
    assert (one.containers_per_task, one.tasks, ten.tasks, hundred.tasks) == (1, 100, 100, 100)
    assert one.seconds == pytest.approx(0.002 + 15e-6 + 100 * 1.01)
    assert one.efficiency == pytest.approx(100 / one.seconds) and one.limit is None
    # The tenth host is handed its first of ten tasks after ten times what handing out takes.
    assert ten.seconds == pytest.approx(10 * (0.002 + 15e-6) + 10 * 1.01)
    assert ten.efficiency == pytest.approx(10 / ten.seconds) and ten.limit is None
    assert hundred.seconds == pytest.approx(100 * (0.002 + 15e-6) + 1.01)
    assert hundred.limit == "one process hands out tasks"

    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config()), encoding="utf-8")
    arguments = ["plan", str(path), "--n-jobs", "1", "--hosts", "10", "100", "--recorded", str(recorded)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "10 hosts: 10.1 s, 98.8% of their time, 100 tasks of 1 container at the most" in printed
    assert "100 hosts: 1.2 s, 82.5% of their time (one process hands out tasks), 100 tasks" in printed
    (recorded / "manifest.json").write_text("{}", encoding="utf-8")
    assert main(arguments) == 2
    assert f"{recorded}: does not say how long its containers took; expected a finished run" in capsys.readouterr().err


def test_too_few_containers_for_many_hosts_are_said() -> None:
    (found,) = aj.plan(config(), n_jobs=2, hosts=[100]).hosts
    assert (found.jobs, found.tasks, found.limit) == (200, 100, "too few containers for so many hosts")
