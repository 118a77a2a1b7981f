import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError

ROOT = Path(__file__).parents[2]
TEXT = """\
data: {source: sample}
strategy: {type: sma_crossover}
account:
  cash: 1000
  commission: {type: percent, rate: 0.001}
optimization:
  parameters:
    fast_period: [5, 6, 7]
    account.commission.rate: [0, 0.001]
"""

# The YAML blocks of the isolation page that this version runs, as they are written there.
PAGE = """\
data: {source: sample}
strategy: {type: momentum}
workflow:
  reproducibility:
    master_seed: 42
    deterministic_ordering: true
# Parameter optimization with 1000 parallel containers
optimization:
  method: "grid"
  parallel_containers: 1000
  containers: 1000

  parameters:
    fast_period: [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]  # 11 values
    slow_period: [20, 25, 30, 35, 40, 45, 50, 55, 60]     # 9 values
    signal_threshold: [0.01, 0.02, 0.05, 0.1]             # 4 values
    position_size: [0.01, 0.02, 0.05]                     # 3 values
execution:
  # Use isolation for parameter optimization
  optimization_phase:
    containers: 1000
    isolation: "full"
containers:
  ml_strategy:
    resources:
      memory_limit: "2GB"        # More memory for ML
      cpu_limit: 1.0             # Full CPU core
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    return path


def test_a_file_loads(path):
    config = load_config(path)
    assert config.account.cash == 1000.0
    assert config == load_config(str(path))


def test_the_isolation_pages_blocks_load_as_written(tmp_path):
    path = tmp_path / "page.yaml"
    path.write_text(PAGE)
    config = load_config(path)
    assert config.containers_in_flight == 1000
    assert config.workflow.reproducibility.master_seed == 42
    assert list(config.optimization.parameters)[-1] == "position_size"
    assert config.unused_limits == (
        "containers.ml_strategy limits nothing here: the strategy is momentum; expected containers.momentum or "
        "containers.defaults for limits of this one",
    )
    limits = "{momentum: {}, defaults: {}}"
    path.write_text(PAGE.replace("containers:\n  ml_strategy", f"containers: {limits}\nx:\n  y").split("x:\n")[0])
    assert load_config(path).unused_limits == ()


def test_a_mapping_may_have_dates():
    data = {"source": "sample", "start": date(2016, 1, 2), "end": datetime(2017, 3, 4, 5, tzinfo=UTC)}
    config = load_config({"data": data, "strategy": {"type": "momentum"}})
    assert (config.data.start, config.data.end) == ("2016-01-02", "2017-03-04T05:00:00+00:00")


def test_problems_name_the_line(path):
    path.write_text(TEXT.replace("cash: 1000", "cash: -1\n  lot_sise: 1"))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:4: account.cash: is -1; expected a number > 0")
    assert second == f"{path}:5: account.lot_sise: unknown key; did you mean 'lot_size'?"


@pytest.mark.parametrize(
    ("override", "read", "expected"),
    [
        ("account.cash=5e4", lambda c: c.account.cash, 50_000.0),
        ("account.commission={type: none}", lambda c: c.account.commission.type, "none"),
        ("account.commission.rate=0.5", lambda c: c.account.commission.rate, 0.5),
        ("workflow.reproducibility.master_seed=7", lambda c: c.workflow.reproducibility.master_seed, 7),
        ("optimization.parameters.fast_period.1=9", lambda c: c.optimization.parameters["fast_period"][1], 9),
        (
            "optimization.parameters.fast_period[2]=9",
            lambda c: c.optimization.parameters["fast_period"][2],
            9,
        ),
        (
            "optimization.parameters.account.commission.rate=[0.5]",
            lambda c: c.optimization.parameters["account.commission.rate"],
            (0.5,),
        ),
        (
            "optimization.parameters.account.slippage.rate=[0.5]",
            lambda c: list(c.optimization.parameters)[-1],
            "account.slippage.rate",
        ),
        (
            "containers.defaults.resources.cpu_limit=2",
            lambda c: c.containers.resources_for("x").cpu_limit,
            2.0,
        ),
        ("data.symbols=[A]", lambda c: c.data.symbols, ("A",)),
    ],
)
def test_overrides(path, override, read, expected):
    assert read(load_config(path, [override])) == expected


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("account.csh=1", "--set: account.csh: unknown key; did you mean 'cash'?"),
        ("acount.cash=1", "--set: acount: unknown key; did you mean 'account'?"),
        ("account.cash=-1", "--set: account.cash: is -1; expected a number > 0"),
        ("account.cash=", "--set: account.cash: is None; expected a number > 0"),
        ("account.cash", "expected key=value"),
        ("=1", "expected key=value"),
        ("account..cash=1", "expected key=value"),
        ("account.cash.x=1", "account.cash is 1000, which has no key 'x'"),
        (
            "optimization.parameters.fast_period.3=1",
            "optimization.parameters.fast_period has positions 0 to 2",
        ),
        ("account.cash=[1", "--set account.cash:1:3: "),
    ],
)
def test_bad_overrides_are_refused(path, override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(path, [override])
    assert message in str(caught.value)


def test_later_overrides_win_and_a_given_mapping_is_left_alone():
    given = {"data": {"source": "sample"}, "strategy": {"type": "x"}, "account": {"cash": 1.0}}
    assert load_config(given, ["account.cash=2", "account.cash=3"]).account.cash == 3.0
    assert given["account"] == {"cash": 1.0}


def test_paths_are_found_beside_the_file_first_then_in_the_working_directory(tmp_path, monkeypatch):
    beside, working = tmp_path / "beside", tmp_path / "working"
    for folder in (beside, working):
        folder.mkdir()
        (folder / "bars.csv").touch()
    (working / "mine.py").touch()
    path = beside / "config.yaml"
    path.write_text("data: {source: bars.csv}\nstrategy: {type: 'mine.py:Mine'}\n")
    monkeypatch.chdir(working)
    config = load_config(path)
    assert config.data.source == str((beside / "bars.csv").resolve())
    assert config.strategy.type == str((working / "mine.py").resolve()) + ":Mine"


def test_missing_paths_are_named_with_their_line(path):
    path.write_text("data: {source: smaple}\nstrategy:\n  type: missing.py:Mine\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:1: data.source: is 'smaple'; no such file in ")
    assert first.endswith("did you mean 'sample'?")
    assert second.startswith(f"{path}:3: strategy.type: is 'missing.py:Mine'; no such file in ")


def test_files_that_cannot_be_read_are_named(path, tmp_path):
    with pytest.raises(ConfigError, match=r"no such file; did you mean .*config\.yaml"):
        load_config(tmp_path / "confg.yaml")
    with pytest.raises(ConfigError, match="no such file$"):
        load_config(tmp_path / "none" / "confg.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)
    path.write_bytes(b"name: \xff")
    with pytest.raises(ConfigError, match="byte 6 is not UTF-8"):
        load_config(path)
    path.write_bytes(b" " * 200_001)
    with pytest.raises(ConfigError, match="more than 200,000 bytes"):
        load_config(path)
    path.write_text("- a\n- b")
    with pytest.raises(ConfigError, match="expected a mapping"):
        load_config(path)


def test_keys_of_a_mapping_are_texts():
    with pytest.raises(ConfigError, match="configuration.data: key 1; expected a text"):
        load_config({"data": {1: 2}})


def test_importing_the_configuration_loads_nothing_heavy():
    code = "import sys, admf_jit.config; print([m for m in ('numba', 'pandas', 'pyarrow') if m in sys.modules])"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "kernels")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.stdout.strip() == "[]"
