"""How long a process takes from its start to its answer: with nothing to run, and with one backtest."""

from pathlib import Path
from typing import Any

import yaml

from benchmarks.limits import HELP, ONE_BACKTEST, TYPO
from benchmarks.note import note
from benchmarks.processes import probe, python
from benchmarks.workload import HEADLINE, N_BARS, configuration
from benchmarks.yardsticks import Yardsticks


def test_help(benchmark: Any, yardsticks: Yardsticks) -> None:
    done = benchmark.pedantic(python, ("admf_jit", "--help"), rounds=10, warmup_rounds=1)
    assert done.returncode == 0 and "grid" in done.stdout
    note(benchmark, limit=HELP, value=benchmark.stats.stats.min / yardsticks.start)


def test_typo_in_a_key(benchmark: Any, tmp_path: Path, yardsticks: Yardsticks) -> None:
    wrong = configuration(Path("sample"), HEADLINE)
    wrong["account"]["comission"] = wrong["account"].pop("commission")
    path = tmp_path / "typo.yaml"
    path.write_text(yaml.safe_dump(wrong))
    done = benchmark.pedantic(python, ("admf_jit", "grid", str(path)), rounds=10, warmup_rounds=1)
    assert done.returncode == 2
    assert "account.comission" in done.stderr and "'commission'" in done.stderr
    note(benchmark, limit=TYPO, value=benchmark.stats.stats.min / yardsticks.start)


def test_one_backtest(benchmark: Any, store: Path, yardsticks: Yardsticks) -> None:
    """`aj.backtest` in a new process, over a year of minutes from a store."""
    found = benchmark.pedantic(probe, ("backtest", str(store)), rounds=6, warmup_rounds=1)
    assert found["n_trades"] > 100
    starts = benchmark.stats.stats.min / yardsticks.start
    note(benchmark, limit=ONE_BACKTEST, value=starts, bars=N_BARS, detail=f"{found['n_trades']:,.0f} trades")


def test_run_command(benchmark: Any, store: Path, tmp_path: Path, yardsticks: Yardsticks) -> None:
    """`run`, which prints metrics and trades."""
    path = tmp_path / "one.yaml"
    path.write_text(yaml.safe_dump(configuration(store)))
    done = benchmark.pedantic(python, ("admf_jit", "run", str(path)), rounds=6, warmup_rounds=1)
    assert done.returncode == 0 and "sharpe_ratio" in done.stdout
    note(benchmark, limit=ONE_BACKTEST, value=benchmark.stats.stats.min / yardsticks.start, bars=N_BARS)
