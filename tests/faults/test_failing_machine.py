"""A machine that refuses: one clear line, and a run that goes on once it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_damage import config
from tests.patience import PATIENCE
from tests.workflow.runs import ROOT, results_of, run

#: Takes something away from this process and what it starts, then runs the command line.
PROGRAM = """
import os, resource, sys
from admf_jit.cli import main
from admf_jit.results import run_directory
run_directory._SECONDS_PER_PART = 0.0
{preparation}
sys.exit(main(sys.argv[1:]))
"""
REFUSALS = {
    # Every file that is written ends there, as on a full disk.
    "disk": ("resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))", "cannot be written (File too large)"),
    # None is left for the pipe of the first process that is forked.
    "handles": (
        "import admf_jit.workers.forked as w\n"
        "begin = w.ForkedBatch.__init__\n"
        "def refuse(self, task, loaded):\n"
        "    w.load_task(task)\n"
        "    most = max(int(name) for name in os.listdir('/proc/self/fd'))\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1, most + 1))\n"
        "    begin(self, task)\n"
        "w.ForkedBatch.__init__ = refuse",
        "Too many open files",
    ),
    "processes": (
        "import admf_jit.workers.forked as w\n"
        "def refuse(): raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "w.os.fork = refuse",
        "Resource temporarily unavailable",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_one_clear_line_and_a_run_that_resumes(tmp_path: Path, what: str) -> None:
    preparation, said = REFUSALS[what]
    fields = config([0], list(range(2, 80)))
    done = command(tmp_path, fields, preparation, n_jobs="1" if what == "processes" else "2")
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if "containers," not in line]
    assert len(lines) == 1 and lines[0].startswith("error: ") and said in lines[0], done.stderr
    assert "--resume" in lines[0]
    run(fields, tmp_path / "run", n_jobs=1, resume=(tmp_path / "run" / "manifest.json").exists())
    run(fields, tmp_path / "clean", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for variables, arguments, said in (
        ({"ADMF_JIT_CACHE_DIR": str(tmp_path / "file" / "cache")}, [], "file/cache"),
        ({}, ["--out", str(tmp_path / "file" / "run")], "file/run"),
    ):
        done = command(tmp_path, config([0], [5]), "", arguments=arguments, **variables)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1 and said in done.stderr, done.stderr


def command(
    folder: Path,
    fields: dict[str, Any],
    preparation: str,
    n_jobs: str = "2",
    arguments: list[str] | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    path = folder / "config.yaml"
    path.write_text(json.dumps(fields), encoding="utf-8")
    words = ["grid", str(path), "--n-jobs", n_jobs, "--batch-size", "2", "--out", str(folder / "run")]
    places = os.pathsep.join(p for p in sys.path if p)
    # What is compiled depends on who compiled before.
    environment = {**os.environ, "PYTHONPATH": places, "ADMF_JIT_QUIET": "1", **variables}
    program = PROGRAM.format(preparation=preparation)
    return subprocess.run(
        [sys.executable, "-c", program, *words, *(arguments or [])],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
