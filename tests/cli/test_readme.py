"""What README.md tells a newcomer to type is understood."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from admf_jit.cli.parser import parse
from admf_jit.config import load_config

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line, comments=True)[1:] for line in README.splitlines() if line.startswith("admf_jit ")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_parses(command):
    assert parse(command).command == command[0]


def test_the_configuration_is_accepted():
    (block,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    assert load_config(yaml.safe_load(block), ["data.source=sample"]).optimization.parameters["slow_period"][-1] == 60


def test_the_python_example_compiles():
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    compile(block, "README.md", "exec")
