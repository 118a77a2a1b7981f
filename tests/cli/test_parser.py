import pytest

from admf_jit.cli import main
from admf_jit.cli.parser import COMMANDS


def refused(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys, command):
    with pytest.raises(SystemExit) as leaving:
        main([command, "--help"])
    assert leaving.value.code == 0
    assert "exit status: 0 done" in capsys.readouterr().out.replace("\n", " ")


def test_no_command_is_bad_usage(capsys):
    with pytest.raises(SystemExit) as leaving:
        main([])
    assert leaving.value.code == 2
    assert "grid" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out.startswith("admf_jit ")


def test_a_mistyped_command_gets_the_nearest(capsys):
    assert "no command 'gird' (did you mean 'grid'?)" in refused(capsys, "gird", "config.yaml")


def test_a_mistyped_option_gets_the_nearest(capsys):
    assert "no option '--resum' (did you mean '--resume'?)" in refused(capsys, "grid", "c.yaml", "--resum")
    # Said before the complaint that --out is missing, which the typo caused.
    assert "no option '--ot' (did you mean '--out'?)" in refused(capsys, "ingest", "bars.csv", "--ot=store")


def test_an_abbreviated_option_is_not_guessed(capsys):
    assert "no option '--verb'" in refused(capsys, "grid", "c.yaml", "--verb")


def test_too_many_arguments(capsys):
    assert "unexpected argument 'more'" in refused(capsys, "grid", "c.yaml", "more")


@pytest.mark.parametrize("number", ["0", "-3", "two", "1.5"])
def test_counts_are_whole_and_positive(capsys, number):
    assert "whole number >= 1" in refused(capsys, "grid", "c.yaml", f"--n-jobs={number}")
