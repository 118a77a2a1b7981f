"""A signal in the first moment of a forked process, while it still stands in the functions of its parent."""

from pathlib import Path

from tests.faults.test_damage import config
from tests.faults.test_failing_machine import command

PREPARATION = """
import signal
import admf_jit.workers.forked as forked
fork = os.fork
def interrupted():
    child = fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGINT)
    return child
forked.os.fork = interrupted
"""


def test_it_ends_that_process_and_runs_nothing_of_the_parents_clean_up(tmp_path: Path) -> None:
    done = command(tmp_path, config([0], [5]), PREPARATION, n_jobs="1")
    assert done.returncode == 1, done.stderr
    assert "interrupted" not in done.stderr and "Traceback" not in done.stderr
    assert "killed: its process was ended by SIGINT" in done.stdout
