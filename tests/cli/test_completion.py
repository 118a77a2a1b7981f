"""The scripts of `admf_jit completion`, which the shells themselves execute."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit.cli import main
from admf_jit.cli.parser import COMMANDS

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
_shtab_admf_jit 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def bash(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    (folder / "spy.yaml").touch()
    with pytest.MonkeyPatch.context() as patch, (folder / "script").open("w") as script:
        patch.setattr(sys, "stdout", script)
        assert main(["completion", "bash"]) == 0

    def complete(*words: str) -> list[str]:
        command = ["bash", "-c", ASK, "bash", str(folder / "script"), "admf_jit", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout.split()

    return complete


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_values_and_files(bash):
    assert sorted(bash("re")) == ["replay", "report"]
    assert set(COMMANDS) <= set(bash(""))
    assert bash("grid", "--n-j") == ["--n-jobs"]
    assert bash("grid", "sp") == ["spy.yaml"]
    assert bash("grid", "spy.yaml", "--out", "sp") == ["spy.yaml"]
    assert bash("completion", "") == ["bash", "zsh"]


def test_zsh_is_given_a_script(capsys, tmp_path: Path):
    assert main(["completion", "zsh"]) == 0
    script = capsys.readouterr().out
    assert script.startswith("#compdef admf_jit") and all(f"\n    {command}:" in script for command in COMMANDS)
    if shutil.which("zsh") is not None:
        (tmp_path / "script").write_text(script)
        subprocess.run(["zsh", "-n", str(tmp_path / "script")], check=True)


def test_without_the_package_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert "needs the package shtab: pip install 'admf_jit[completion]'" in capsys.readouterr().err
