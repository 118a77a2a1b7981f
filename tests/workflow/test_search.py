"""A search that depends on rows: proposed in blocks, over any executor, and the same when it is interrupted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from admf_jit.config import load_config
from admf_jit.config.optimization import OptimizationConfig
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid import Grid
from admf_jit.registry import SEARCHES
from admf_jit.workflow import replay, verify
from admf_jit.workflow.search import GridSearch, Rows
from tests.workflow.runs import Stopping, moody, on, results_of, run

PERIODS = list(range(2, 42))


class RefiningSearch:
    """Every eighth container, then the best of these with its neighbours, until none of those is new."""

    def __init__(self, grid: Grid, optimization: OptimizationConfig) -> None:
        self.objective = optimization.objective
        self.n = len(grid)
        self.rows: dict[int, float] = {}
        self.told: list[list[int]] = []

    def propose(self) -> NDArray[np.int64]:
        if not self.rows:
            return np.arange(0, self.n, 8)
        best = max(self.rows, key=lambda index: (self.rows[index], -index))
        return np.array([i for i in (best + 1, best - 1) if 0 <= i < self.n and i not in self.rows], np.int64)

    def tell(self, rows: Rows) -> None:
        table = rows()
        index = table.column("index").to_pylist()
        self.told.append(index)
        self.rows |= dict(zip(index, table.column(self.objective).to_pylist(), strict=True))


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[RefiningSearch]:
    found: list[RefiningSearch] = []

    def refining(grid: Grid, optimization: OptimizationConfig) -> RefiningSearch:
        found.append(RefiningSearch(grid, optimization))
        return found[-1]

    monkeypatch.setitem(SEARCHES, "refining", refining)
    return found


def refined(folder: Path) -> dict[str, Any]:
    config = moody(folder, period=PERIODS)
    config["optimization"]["method"] = "refining"
    return config


def test_it_runs_what_it_proposes_the_same_over_any_executor_and_size_of_batch(
    tmp_path: Path, made: list[RefiningSearch]
) -> None:
    done = {
        name: run(on(executor, refined(tmp_path)), tmp_path / name, n_jobs=n_jobs, batch_size=batch_size)
        for name, executor, n_jobs, batch_size in (
            ("alone", "forks", 1, None),
            ("small", "forks", 2, 1),
            ("threads", "threads", 2, 3),
            ("loky", "loky", 2, 2),
            ("inline", "inline", 1, 2),
        )
    }
    assert len({results_of(tmp_path / name) for name in done}) == 1
    assert [search.told for search in made] == [made[0].told] * len(done)
    first, *others = made[0].told
    assert first == list(range(0, len(PERIODS), 8)) and all(len(block) in (1, 2) for block in others) and others
    run(moody(tmp_path, period=PERIODS), tmp_path / "grid", n_jobs=1)
    whole = {row["period"]: row for row in run_rows(tmp_path / "grid")}
    for row in run_rows(tmp_path / "alone"):
        assert row["sharpe_ratio"] == whole[row["period"]]["sharpe_ratio"]


def run_rows(directory: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.ParquetFile(directory / "results.parquet").read().to_pylist()
    return rows


def test_an_interrupted_one_goes_on_where_it_was(tmp_path: Path, made: list[RefiningSearch]) -> None:
    run(refined(tmp_path), tmp_path / "clean", n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        run(refined(tmp_path), tmp_path / "run", n_jobs=2, batch_size=1, progress=Stopping(7, None))
    done = run(refined(tmp_path), tmp_path / "run", n_jobs=2, resume=True)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")
    assert made[2].told == made[0].told, "what was there is told from the disk"
    assert done.manifest["accounting"]["Moody"]["containers"] < len(made[0].rows)


def test_its_rows_are_verified_and_replayed(tmp_path: Path) -> None:
    done = run(refined(tmp_path), tmp_path / "run", n_jobs=1)
    report = verify(tmp_path / "run")
    assert (report.checked, report.differences) == (done.table.num_rows, [])
    index = done.table.column("index").to_pylist()[-1]
    assert replay(tmp_path / "run", index).result_hash == done.table.column("result_hash").to_pylist()[-1]


@pytest.mark.parametrize(
    ("proposed", "said"),
    [([0, 40], "proposes containers 0 to 40; expected 0 to 39"), ([3, 5, 3], "proposes container 3 twice")],
)
def test_a_proposal_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proposed: list[int], said: str
) -> None:
    monkeypatch.setattr(RefiningSearch, "propose", lambda self: np.array(proposed))
    with pytest.raises(ConfigError, match=said):
        run(refined(tmp_path), tmp_path / "run", n_jobs=1)


def test_the_grid_is_one_block_that_needs_no_rows() -> None:
    grid = list(range(5))
    search = GridSearch(grid, OptimizationConfig())  # type: ignore[arg-type]
    assert search.propose().tolist() == grid
    search.tell(lambda: pytest.fail("rows are read"))
    assert len(search.propose()) == 0


def test_a_search_that_is_not_there_is_refused_with_the_names(tmp_path: Path) -> None:
    config = moody(tmp_path)
    config["optimization"]["method"] = "bayes"
    with pytest.raises(ConfigError, match=r"optimization\.method: is 'bayes'; expected grid, refining, random"):
        load_config(config)
