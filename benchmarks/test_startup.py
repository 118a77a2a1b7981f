"""How long the command line takes to answer when there is nothing to run."""

from pathlib import Path
from typing import Any

import yaml

from benchmarks.limits import HELP, TYPO
from benchmarks.note import note
from benchmarks.processes import python
from benchmarks.workload import HEADLINE, configuration


def test_help(benchmark: Any) -> None:
    done = benchmark.pedantic(python, ("admf_jit", "--help"), rounds=10, warmup_rounds=1)
    assert done.returncode == 0 and "grid" in done.stdout
    note(benchmark, limit=HELP)


def test_typo_in_a_key(benchmark: Any, tmp_path: Path) -> None:
    wrong = configuration(Path("sample"), HEADLINE)
    wrong["account"]["comission"] = wrong["account"].pop("commission")
    path = tmp_path / "typo.yaml"
    path.write_text(yaml.safe_dump(wrong))
    done = benchmark.pedantic(python, ("admf_jit", "grid", str(path)), rounds=10, warmup_rounds=1)
    assert done.returncode == 2
    assert "account.comission" in done.stderr and "'commission'" in done.stderr
    note(benchmark, limit=TYPO)
