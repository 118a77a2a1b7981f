"""Stored rows run again: with every event, and compared with what is on the disk."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import admf_jit as aj
from admf_jit.results.parts import read_part, write_rows
from admf_jit.workflow import replay, verify
from admf_kernels.constants import METRIC_NAMES
from tests.workflow.runs import STRATEGY, moody, results_of, run


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strategy")
    run(moody(folder, period=[3, 5, 8], trouble=[0, 1]), folder / "run", n_jobs=1)
    return folder / "run"


@pytest.fixture
def copied(stored: Path, tmp_path: Path) -> Path:
    shutil.copytree(stored, tmp_path / "run")
    return tmp_path / "run"


def rows(directory: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(directory / "results.parquet").to_pylist())


def test_a_replayed_row_has_the_same_bits(stored: Path) -> None:
    for row in rows(stored):
        one = replay(stored, row["index"])
        assert one.result_hash == row["result_hash"]
        assert (one.container_id, one.seed, one.status) == (row["container_id"], row["seed"], row["status"])
        assert one.error == row["error"]
        for name in METRIC_NAMES:
            if one.status == "ok":
                assert one.metrics[name] == row[name] or np.isnan(one.metrics[name]) and np.isnan(row[name])
            else:
                assert np.isnan(one.metrics[name])


def test_a_row_is_found_by_its_id(stored: Path) -> None:
    row = rows(stored)[2]
    assert replay(stored, row["container_id"]).container_id == row["container_id"]
    for nothing in ("99", "0123456789abcdef", "x"):
        with pytest.raises(aj.ResultsError, match="no container"):
            replay(stored, nothing)


def test_every_event_has_a_cause_back_to_a_bar(stored: Path) -> None:
    events = replay(stored, 0).events.set_index("sequence", drop=False)
    assert list(events.index) == list(range(len(events)))
    leads_to = {
        "FILL": "ORDER",
        "ORDER": "SIGNAL",
        "SIGNAL": "FEATURES",
        "FEATURES": "BAR",
        "POSITION_OPEN": "FILL",
        "POSITION_CLOSE": "FILL",
        "PORTFOLIO_UPDATE": "BAR",
    }
    assert set(events["kind"]) == {*leads_to} | {"BAR"}
    for kind, cause in leads_to.items():
        chosen = events[events["kind"] == kind]
        assert len(chosen) > 0
        causes = events.loc[chosen["cause"]]
        assert set(causes["kind"]) == {cause}
        assert (causes["sequence"].to_numpy() < chosen["sequence"].to_numpy()).all()
        later = kind == "FILL"
        assert (chosen["bar"].to_numpy() - causes["bar"].to_numpy() == int(later)).all()
    assert (events.loc[events["kind"] == "BAR", "cause"] == -1).all()


def test_a_failed_row_is_replayed_up_to_its_failure(stored: Path) -> None:
    failed = next(row for row in rows(stored) if row["status"] == "failed")
    one = replay(stored, failed["index"])
    assert one.error is not None and "ValueError: trouble came" in one.error
    assert one.events["bar"].max() == 50
    assert one.events["kind"].iloc[-1] == "FEATURES"
    assert len(one.equity) == 50


def test_trades_and_equity_explain_the_metrics(stored: Path) -> None:
    one = replay(stored, 0)
    assert len(one.equity) == one.data.n_bars
    assert one.equity.iloc[-1] == one.metrics["final_equity"]
    assert len(one.trades) == one.metrics["n_trades"]
    assert one.trades["profit"].mean() == pytest.approx(one.metrics["expectancy"])
    assert one.trades["return"].max() == pytest.approx(one.metrics["best_trade"])
    assert one.trades["holding"].mean() == pytest.approx(one.metrics["average_holding"])
    fills = one.events[one.events["kind"] == "FILL"]
    assert fills["fee"].sum() == pytest.approx(one.metrics["commission_paid"])


def test_a_clean_run_is_verified(stored: Path) -> None:
    report = verify(stored)
    assert (report.checked, report.differences) == (6, [])


def tamper(directory: Path, name: str, row: int, value: Any) -> None:
    path = directory / "results.parquet"
    table = pq.read_table(path)
    values = table.column(name).to_pylist()
    assert values[row] != value
    values[row] = value
    number = table.schema.get_field_index(name)
    write_rows(
        path, table.set_column(number, table.schema.field(name), pa.array(values, table.schema.field(name).type))
    )


def test_a_changed_value_is_found(copied: Path) -> None:
    before = rows(copied)
    tamper(copied, "sharpe_ratio", 2, float(np.nextafter(before[2]["sharpe_ratio"], 10.0)))
    tamper(copied, "seed", 4, before[4]["seed"] + 1)
    report = verify(copied)
    assert report.checked == 6
    assert len(report.differences) == 2
    text = "\n".join(report.differences)
    assert "container 4: seed is " in text and "container 2: sharpe_ratio is " in text


def test_a_changed_hash_is_found_by_verify_and_by_replay(copied: Path) -> None:
    tamper(copied, "result_hash", 0, "0" * 16)
    assert [line.split(":")[0] for line in verify(copied).differences] == ["container 0"]
    with pytest.raises(aj.ResultsError, match="container 0 was stored with result_hash 0000000000000000"):
        replay(copied, 0)


def test_rows_of_containers_that_there_are_not_are_refused(copied: Path) -> None:
    tamper(copied, "index", 5, 99)
    with pytest.raises(aj.ResultsError, match="a row of container 99, and its configuration gives 6"):
        replay(copied, 99)
    with pytest.raises(aj.ResultsError, match="6 rows, which are not those of different containers from 0 to 5"):
        verify(copied)


@pytest.mark.parametrize("use", [verify, lambda directory: replay(directory, 0)])
def test_rows_of_other_columns_than_the_configuration_gives_are_refused(copied: Path, use: Any) -> None:
    table, grid = read_part(copied / "results.parquet")
    write_rows(copied / "results.parquet", table.drop_columns(["turnover"]), grid)
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["columns"]["metrics"].remove("turnover")
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(aj.ResultsError, match="columns of its rows are not those that its configuration gives"):
        use(copied)


def test_a_sample_is_enough_when_asked_for(stored: Path) -> None:
    assert verify(stored, sample=2, seed=1).checked == 2


def test_writing_a_run_again_gives_the_same_bytes(copied: Path) -> None:
    before = results_of(copied)
    write_rows(copied / "results.parquet", *read_part(copied / "results.parquet"))
    assert results_of(copied) == before


def test_a_changed_strategy_is_refused(tmp_path: Path) -> None:
    run(moody(tmp_path, period=[3]), tmp_path / "run", n_jobs=1)
    path = tmp_path / "moody.py"
    path.write_text("# moved\n\n" + STRATEGY)
    assert replay(tmp_path / "run", 0).status == "ok", "a comment changes nothing"
    path.write_text(STRATEGY.replace("< 0.1", "< 0.2"))
    with pytest.raises(aj.ResultsError, match="strategy changed since the run"):
        replay(tmp_path / "run", 0)
    path.unlink()
    with pytest.raises(aj.AdmfError, match="no such file|is not found"):
        verify(tmp_path / "run")


def test_changed_data_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "bars.csv"
    frame = aj.load("sample", symbols=["ALFA"], timeframe="1d").frame("ALFA").iloc[:120]
    frame.to_csv(source, index_label="time")
    config = {**moody(tmp_path, period=[3]), "data": {"source": str(source)}}
    run(config, tmp_path / "run", n_jobs=1)
    assert replay(tmp_path / "run", 0).status == "ok"
    frame.iloc[60, frame.columns.get_loc("close")] = frame["low"].iloc[60]
    pd.DataFrame(frame).to_csv(source, index_label="time")
    with pytest.raises(aj.ResultsError, match="data changed since the run"):
        replay(tmp_path / "run", 0)
