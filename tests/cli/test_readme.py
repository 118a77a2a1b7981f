"""What README.md tells a newcomer to type is understood."""

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

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line, comments=True)[1:] for line in README.splitlines() if line.startswith("admf_jit ")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_parses(command):
    assert parse(command).command == command[0]


def test_the_configuration_is_accepted():
    (block,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    assert load_config(yaml.safe_load(block), ["data.source=sample"]).optimization.parameters["slow_period"][-1] == 60


def test_the_python_example_runs(tmp_path):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("a hundred containers of plain Python take a while")
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(block, encoding="utf-8")
    environment = {"ADMF_JIT_CACHE_DIR": str(ROOT / ".cache" / "admf_jit"), **os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "kernels")])
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "sharpe_ratio" in done.stdout
