"""The page of a run holds what the run's rows and replays say, and nothing in it can be taken for markup."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from admf_jit.cli import main
from admf_jit.errors import ResultsError
from admf_jit.report import write_container_report, write_run_report
from admf_jit.results import RunDirectory
from tests.report.pages import column_of, data_of


@pytest.fixture(scope="module")
def data(page):
    return data_of(page)


def test_rows_stand_as_in_the_table_best_first_and_failures_last(data, many):
    frame = many.frame
    ok = frame[frame["status"] == "ok"].sort_values("sharpe_ratio", ascending=False, kind="stable")
    failed = frame[frame["status"] != "ok"]
    assert len(ok) == 9 and len(failed) == 3
    expected = pd.concat([ok, failed])
    for name in ("index", "period", "threshold", "status", "error", "sharpe_ratio", "total_return", "n_trades"):
        values = pd.Series(column_of(data, name), dtype=expected[name].dtype)
        pd.testing.assert_series_equal(values, expected[name].reset_index(drop=True), check_names=False)
    assert data["counts"] == {"failed": 3, "ok": 9}
    assert data["rows"]["whole"] and data["heat_maps"] == []


def test_neighbours_differ_by_one_step_of_one_parameter(data, many):
    frame = many.frame
    periods, thresholds = [2, 3, 4, 5], [0.0, 0.01, 0.02]
    value = {(row.period, row.threshold): row.sharpe_ratio for row in frame.itertuples()}
    for place, (period, threshold) in enumerate(
        zip(column_of(data, "period"), column_of(data, "threshold"), strict=True)
    ):
        i, j = periods.index(period), thresholds.index(threshold)
        near = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
        found = [value[periods[a], thresholds[b]] for a, b in near if 0 <= a < 4 and 0 <= b < 3]
        found = [one for one in found if not np.isnan(one)]
        assert data["neighbours"]["count"][place] == len(found)
        assert data["neighbours"]["median"][place] == pytest.approx(np.median(found), nan_ok=True)


def test_each_ranked_row_has_its_history(data, many):
    assert sorted(map(int, data["histories"])) == list(range(9))
    for place, history in data["histories"].items():
        one = many.container(int(column_of(data, "index")[int(place)]))
        equity = one.equity
        assert history["container_id"] == one.container_id
        np.testing.assert_array_equal(history["equity"], equity.to_numpy())
        np.testing.assert_array_equal(history["time"], equity.index.as_unit("ns").asi8 / 1e9)
        drawdown = equity / equity.cummax().clip(lower=10_000.0) - 1.0
        np.testing.assert_allclose(history["drawdown"], drawdown, atol=1e-6)
        monthly = pd.concat([pd.Series([10_000.0]), equity.groupby([equity.index.year, equity.index.month]).last()])
        months = [(11, 2023), (12, 2023), (1, 2024), (2, 2024)]
        assert [(month, year) for year, month, _ in history["months"]] == months
        np.testing.assert_allclose([change for *_, change in history["months"]], monthly.pct_change().to_numpy()[1:])
        trades = one.trades
        np.testing.assert_array_equal(history["trades"]["profit"], trades["profit"])
        np.testing.assert_array_equal(history["trades"]["weekday"], trades["entry_time"].dt.day_of_week)
        fills = one.events[one.events["kind"] == "FILL"]
        np.testing.assert_array_equal(history["fills"]["price"], fills["price"])
        orders = one.events.set_index("sequence")
        causes = [history["fills"]["causes"][code] for code in history["fills"]["cause"]]
        reasons = orders.loc[fills["cause"], "reason"].str.replace("_", " ")
        assert causes == [reason or "signal" for reason in reasons]
    assert {"signal", "stop loss", "take profit"} <= set(data["histories"]["8"]["fills"]["causes"])


def test_buy_and_hold_is_bought_at_the_first_open_after_a_signal_and_kept(data, run):
    bars = pd.read_csv(run.path.parent / "bars.csv")
    shares = 10_000.0 / (bars["open"][1] * 1.001)
    held = data["sources"][0]["holdings"]["<b>&'X"]["metrics"]
    assert held["final_equity"] == pytest.approx(shares * bars["close"].iloc[-1], rel=1e-12)


def test_candles_are_the_bars(data, run):
    bars = pd.read_csv(run.path.parent / "bars.csv")
    (candle,) = data["sources"][0]["candles"]
    assert candle["bars"] == 1 and candle["symbol"] == "<b>&'X"
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(candle[name], bars[name])


def test_names_stand_as_text(page, run):
    assert "<script>alert" not in page and "<b>" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;co&#34;" in page
    assert "&lt;b&gt;&amp;&#39;X" in page


def test_nothing_is_fetched(page):
    outside = re.sub(r'<script type="application/gzip".*?</script>', "", page, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)""", outside) == ["https://www.tradingview.com/"]
    assert "default-src 'none'" in page and "connect-src 'none'" in page
    assert "url(" not in outside and "@import" not in outside and "fetch(" not in outside


def test_a_run_that_cannot_be_prepared_has_a_page_of_its_rows(run, tmp_path):
    def refused():
        raise ResultsError("the bars are gone")

    written = write_run_report(run.stored(), run.manifest, run.path, refused, tmp_path / "rows.html")
    assert written.histories == 0
    assert "no container could be replayed: the bars are gone" in written.path.read_text()


def test_without_a_replay_nothing_of_the_strategy_is_imported(run, tmp_path, capsys):
    copy = shutil.copytree(run.path, tmp_path / "run")
    manifest = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(manifest.replace("crossing.py:Crossing", "hostile.py:Crossing"))
    (run.path.parent / "hostile.py").write_text("raise SystemExit('imported')")
    assert main(["report", str(copy), "--html", "--no-replay"]) == 1  # as some containers failed
    assert data_of((copy / "report.html").read_text())["histories"] == {}
    assert main(["report", str(copy), "--no-replay"]) == 2
    assert "--no-replay: is for --html" in capsys.readouterr().err


def test_a_row_that_is_not_what_was_replayed_has_no_history(run, tmp_path, monkeypatch):
    from admf_jit.report import run_report
    from admf_jit.workflow.replay import reopen

    genuine = run_report._to_replay
    changed = lambda table, rows: {at: (index, "0" * 16) for at, (index, _) in genuine(table, rows).items()}  # noqa: E731
    monkeypatch.setattr(run_report, "_to_replay", changed)
    written = write_run_report(run.stored(), run.manifest, run.path, lambda: reopen(run), tmp_path / "page.html")
    assert written.histories == 0 and "came out differently" in written.notes[-1]


def test_a_damaged_table_is_named_and_the_page_before_stays(run, page, tmp_path):
    copy = shutil.copytree(run.path, tmp_path / "run")
    (copy / "results.parquet").write_bytes(b"PAR1" + bytes(100))
    opened = RunDirectory.open(copy)
    with pytest.raises(ResultsError, match=r"results\.parquet"):
        write_run_report(opened.stored(), opened.manifest, copy, lambda: None)
    assert (copy / "report.html").read_bytes() == (run.path / "report.html").read_bytes()


def test_a_folder_that_is_not_there_is_named(run, tmp_path):
    one = tmp_path / "none" / "page.html"
    with pytest.raises(ResultsError, match="cannot be written there"):
        _container(run, one)


def _container(run, target):
    from admf_jit import workflow

    return write_container_report(workflow.replay(run.path, 1), target, "one")


def test_one_container_has_all_its_history(run, tmp_path):
    written = _container(run, tmp_path / "one.html")
    data = data_of(written.path.read_text())
    assert data["kind"] == "container" and len(data["container"]["equity"]) == 90
    (average,) = data["container"]["indicators"]
    assert (average["name"], average["over"]) == ("average", True)
    expected = pd.read_csv(run.path.parent / "bars.csv")["close"].rolling(2).mean()
    np.testing.assert_allclose(average["values"], expected, rtol=1e-12)
    assert data["metrics"]["n_trades"] == data["container"]["trades"]["total"]
