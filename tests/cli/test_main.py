import os
import subprocess
import sys

import pytest

from admf_jit.cli import main
from admf_jit.errors import DataError
from tests.patience import PATIENCE


def test_an_error_is_one_message_without_a_traceback(capsys, workflow, config_file):
    def refuse(config):
        raise DataError("bars.csv: row 3: low 5.0 is above open 4.0")

    workflow.validate = refuse
    assert main(["validate", str(config_file)]) == 2
    captured = capsys.readouterr()
    assert captured.err == "error: bars.csv: row 3: low 5.0 is above open 4.0\n"
    assert captured.out == ""


def test_a_defect_keeps_its_traceback(workflow, config_file):
    def fail(config):
        raise ZeroDivisionError

    workflow.validate = fail
    with pytest.raises(ZeroDivisionError):
        main(["validate", str(config_file)])


def test_a_refusal_of_the_system_is_one_message(capsys, workflow, config_file):
    def fail(*_, **__):
        raise PermissionError(13, "Permission denied", "/some/file")

    workflow.validate = fail
    assert main(["validate", str(config_file)]) == 2
    assert capsys.readouterr().err == "error: /some/file: Permission denied\n"


def test_a_typo_in_a_key_names_it_and_the_nearest(capsys, config_file):
    config_file.write_text(config_file.read_text().replace("strategy:", "stratgy:"))
    assert main(["grid", str(config_file)]) == 2
    error = capsys.readouterr().err
    assert "stratgy" in error and "strategy" in error
    assert len(error.splitlines()) <= 4


def test_a_missing_file_is_named(capsys, tmp_path):
    assert main(["run", str(tmp_path / "nowhere.yaml")]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_an_interruption_leaves_130(capsys, workflow, config_file):
    def interrupted(config):
        raise KeyboardInterrupt

    workflow.validate = interrupted
    assert main(["validate", str(config_file)]) == 130
    assert capsys.readouterr().err.strip() == "interrupted."


def test_a_reader_that_leaves_early_is_no_error():
    script = (
        "import sys, os; from admf_jit.cli.main import main; import admf_jit.cli.validate as validate\n"
        "def run(arguments):\n"
        "    for number in range(100_000): print(number)\n"
        "    return 0\n"
        "validate.run = run\n"
        "sys.exit(main(['validate', 'x.yaml']))"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "0\n"
    writer.stdout.close()
    assert writer.stderr.read() == ""
    assert writer.wait(timeout=PATIENCE) == 141


def test_the_process_of_a_command_is_set_for_it_and_leaves_with_its_status():
    script = (
        "import gc, os, sys\n"
        "from admf_jit.cli import command, main\n"
        "assert 'numpy' not in sys.modules\n"
        "def run(): print(gc.get_threshold()[0], os.environ['OPENBLAS_NUM_THREADS'], gc.get_freeze_count()); return 7\n"
        "sys.modules['admf_jit.cli.main'].main = run\n"
        "status = command()\n"
        "print(status, gc.get_freeze_count() > 0)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["50000", "1", "0", "7", "True"]
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**environment, "OPENBLAS_NUM_THREADS": "3"},
        check=True,
    )
    assert done.stdout.split()[1] == "3", "who asked for threads has them"
