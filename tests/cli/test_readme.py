"""What README.md, and the pages that it sends a newcomer to, tell them to type is understood."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from admf_jit.cli.parser import parse
from admf_jit.config import load_config
from admf_jit.workflow import run_single
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = README + "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("orders.md", "runs.md"))
COMMANDS = [shlex.split(line, comments=True)[1:] for line in PAGES.splitlines() if line.startswith("admf_jit ")]
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGES, flags=re.DOTALL)


def test_the_readme_is_read_in_a_few_minutes():
    assert len(README.split()) <= 800


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_parses(command):
    assert parse(command).command == command[0]


def test_the_configuration_is_accepted():
    block = BLOCKS[0]
    assert load_config(yaml.safe_load(block), ["data.source=sample"]).optimization.parameters["slow_period"][-1] == 60


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_every_other_block_completes_a_configuration(block):
    base = {"data": {"source": "sample", "symbols": ["ALFA"]}, "strategy": {"type": "sma_crossover"}}
    load_config({**base, **yaml.safe_load(block)})


def test_the_settings_of_orders_are_accepted_and_run(tmp_path):
    given = yaml.safe_load(next(block for block in BLOCKS if "stop_loss" in block))
    data = {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2016-01-01"}
    config = load_config({"data": data, "strategy": {"type": "sma_crossover"}, **given})
    one = run_single(config)
    assert one.status == "ok" and one.metrics["n_trades"] > 0
    assert {"stop_loss", "take_profit"} <= set(one.events["reason"])


@pytest.mark.parametrize(("number", "told"), [(0, "sharpe_ratio"), (1, "exit_price")])
def test_a_python_example_runs(tmp_path, number, told):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("a hundred containers of plain Python take a while")
    block = re.findall(r"```python\n(.*?)```", PAGES, flags=re.DOTALL)[number]
    script = tmp_path / "example.py"
    script.write_text(block, encoding="utf-8")
    environment = {"ADMF_JIT_CACHE_DIR": str(ROOT / ".cache" / "admf_jit"), **os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "kernels")])
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
