"""What a notebook shows of a sweep and of one container: figures, tables and the report."""

from html import unescape

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.figures import heat_map
from tests.report.pages import data_of

SWEPT = ["a", "b", "c"]


@pytest.fixture
def ranked():
    random = np.random.default_rng(11)
    points = pd.MultiIndex.from_product([[1, 2], ["x", "y"], [0.5, 1.5, 2.5]], names=SWEPT).to_frame(index=False)
    points["score"], points["other"] = random.normal(size=(2, len(points)))
    return points.sort_values("score", ascending=False).reset_index(drop=True)


@pytest.mark.parametrize(("others", "how"), [("mean", "mean"), ("median", "median"), ("best", "max"), ("worst", "min")])
def test_a_cell_has_what_is_asked_of_its_rows(ranked, others, how):
    trace = heat_map(ranked, "c", "a", "score", SWEPT, others).data[0]
    expected = ranked.groupby(["a", "c"])["score"].agg(how).unstack()
    np.testing.assert_array_equal(np.array(trace.z, float), expected.to_numpy())
    assert (list(trace.x), list(trace.y)) == (["0.5", "1.5", "2.5"], ["1", "2"])


def test_of_another_metric_the_best_row_is_still_the_best_by_rank(ranked):
    trace = heat_map(ranked, "c", "a", "other", SWEPT, "best").data[0]
    best = ranked.loc[ranked.groupby(["a", "c"])["score"].idxmax()].pivot(index="a", columns="c", values="other")
    np.testing.assert_array_equal(np.array(trace.z, float), best.to_numpy())


def test_other_parameters_may_be_fixed(ranked):
    trace = heat_map(ranked, "c", "a", "score", SWEPT, {"b": "y"}).data[0]
    expected = ranked[ranked["b"] == "y"].pivot(index="a", columns="c", values="score")
    np.testing.assert_array_equal(np.array(trace.z, float), expected.to_numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("perid", "threshold"), "'perid' was not swept.*'period'"),
        (("period", "period"), "given for both axes"),
    ],
)
def test_axes_have_to_be_two_swept_names(many, arguments, message):
    with pytest.raises(ConfigError, match=message):
        many.heatmap(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "sharp_ratio"}, "'sharpe_ratio'"),
        ({"others": "all"}, "others: is 'all'; expected best, mean"),
        ({"others": {"perid": 3}}, "others: 'perid' was not swept"),
        ({"others": {"period": 7}}, "no row has period = 7"),
    ],
)
def test_what_a_cell_shows_has_to_be_known(many, options, message):
    with pytest.raises(ConfigError, match=message):
        many.surface("period", "threshold", **options)


def test_axes_are_named_where_there_is_a_choice(many):
    assert many.heatmap().data[0].x == many.heatmap("period", "threshold").data[0].x
    for drawn in (many.heatmap, many.surface):
        with pytest.raises(ConfigError, match=r"two swept names.*heatmap\(x, y\); swept: period, threshold"):
            drawn("period")


@pytest.fixture(scope="module")
def columns():
    time = pd.date_range("2024-01-01", periods=60, freq="1D", tz="UTC")
    close = pd.Series(100.0 + np.sin(np.arange(60.0)) * 5.0, time)
    bars = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0})
    entries = pd.DataFrame({f"w{window}": close > close.rolling(window).mean() for window in (5, 10, 20)})
    fills = ["same_close", "next_open"]  # not the order of the alphabet
    return aj.from_signals(bars, entries, ~entries, parameters={"execution.fill": fills}, isolation="full")


def test_texts_stand_in_the_order_in_which_they_were_given(columns):
    trace = columns.heatmap("column", "execution.fill", value="final_equity").data[0]
    assert (list(trace.x), list(trace.y)) == (["w5", "w10", "w20"], ["same_close", "next_open"])
    wanted = columns.frame.set_index(["execution.fill", "column"])["final_equity"]
    found = [[wanted[y, x] for x in trace.x] for y in trace.y]
    np.testing.assert_array_equal(trace.z, found)
    lines = columns.parallel().data[0].dimensions[0]
    assert list(lines.ticktext) == ["w5", "w10", "w20"]
    ranked = columns.best(6)["column"].tolist()
    assert [lines.ticktext[place] for place in lines["values"]] == ranked


def test_the_best_row_of_a_sweep_is_drawn_where_none_is_named(columns):
    best = int(columns.best(1)["index"].iloc[0])
    drawn = {trace.name: trace for trace in columns.plot().data}
    np.testing.assert_array_equal(drawn["equity"].y, columns.container(best).equity)
    other = {trace.name: trace for trace in columns.plot(best ^ 1).data}
    np.testing.assert_array_equal(other["equity"].y, columns.container(best ^ 1).equity)


def test_rows_are_lines_from_parameter_to_parameter(many):
    figure = many.parallel()
    assert [dimension.label for dimension in figure.data[0].dimensions] == ["period", "threshold", "sharpe_ratio"]
    assert len(figure.data[0].dimensions[0].values) == 9  # those that did not fail
    assert [one.label for one in many.parallel(["period"], value="n_trades").data[0].dimensions] == ["period"]


def test_containers_are_compared_with_buy_and_hold(many):
    figure = many.compare([0, 7], benchmark=True)
    curves = {trace.name: trace for trace in figure.data if trace.yaxis == "y"}
    assert list(curves) == ["container 0", "container 7", "buy and hold"]
    np.testing.assert_allclose(curves["container 7"].y, many.container(7).equity / 10_000.0 - 1.0, atol=1e-15)
    close = many.container(0).data.frame()["close"]
    np.testing.assert_allclose(np.diff(np.log1p(curves["buy and hold"].y))[1:], np.diff(np.log(close))[1:], atol=1e-9)


def test_a_container_is_drawn_with_its_fills(many):
    one = many.container(7)
    figure = one.plot()
    drawn = {trace.name: trace for trace in figure.data}
    fills = one.fills
    bought = fills[fills["quantity"] > 0]
    assert list(drawn["bought"].y) == bought["price"].tolist()
    assert all(text.startswith(cause) for text, cause in zip(drawn["bought"].text, bought["cause"], strict=True))
    np.testing.assert_array_equal(drawn["equity"].y, one.equity)
    average = one.data.frame()["close"].rolling(one.parameters["period"]).mean()
    np.testing.assert_allclose(drawn["average"].y, average, rtol=1e-12)
    np.testing.assert_allclose(one.indicators()["average"], average, rtol=1e-12)
    with pytest.raises(ResultsError, match="no symbol 'Y'"):
        one.plot("Y")


def test_daily_returns_compound_to_the_total_return(many):
    one = many.container(7)
    returns = one.returns
    assert (1.0 + returns).prod() - 1.0 == pytest.approx(one.metrics["total_return"], rel=1e-12)
    assert returns.index.is_unique and returns.index.tz is None and len(returns) == 90


def test_a_day_ends_with_its_last_bar_in_the_zone_of_the_data():
    time = pd.date_range("2024-01-02 14:30", periods=300, freq="1h", tz="UTC")
    close = np.linspace(100.0, 130.0, 300)
    frame = pd.DataFrame({"time": time, "open": close, "high": close, "low": close, "close": close, "volume": 1.0})
    data = aj.load(frame).in_zone("America/New_York")
    one = aj.backtest("buy_and_hold", data, cash=1000.0)
    equity = one.equity.tz_convert("America/New_York")
    expected = equity.groupby(equity.index.date).last()
    np.testing.assert_allclose(1000.0 * (1.0 + one.returns).cumprod(), expected, rtol=1e-12)


def test_best_rows_have_what_was_swept_and_the_headline_metrics(many):
    assert list(many.best(2).columns)[:4] == ["index", "period", "threshold", "sharpe_ratio"]
    assert len(many.best(2).columns) < 12
    assert list(many.best(2, columns="all").columns) == list(many.frame.columns)
    assert list(many.best(2, columns=["index", "turnover"]).columns) == ["index", "turnover"]
    expected = many.frame.nlargest(3, "total_return")["index"].tolist()
    assert many.best(3, by="total_return")["index"].tolist() == expected
    with pytest.raises(ConfigError, match="columns: 'turn_over'.*'turnover'"):
        many.best(columns=["turn_over"])


def test_notebooks_show_tables_with_all_text_escaped(many):
    one, failed = many.container(7), many.container(9)
    assert one._repr_html_().startswith("<table>") and "<td>sharpe_ratio</td>" in one._repr_html_()
    assert failed._repr_html_().index("ZeroDivisionError") < failed._repr_html_().index("<table>")
    assert "&lt;b&gt;&amp;&#x27;X" in one.data._repr_html_() and "<b>" not in one.data._repr_html_()
    assert many._repr_html_().count("<tr>") == 6 and "<th>threshold</th>" in many._repr_html_()


def test_a_strategy_and_a_plan_are_shown_as_tables():
    from admf_jit.strategies.builtin.sma_crossover import SmaCrossover

    shown = SmaCrossover(fast_period=7)._repr_html_()
    assert "<td>fast_period</td><td>7</td><td>10</td>" in shown
    plan = aj.plan(
        {"name": "p", "data": {"source": "sample", "symbols": ["ALFA"]}, "strategy": {"type": "buy_and_hold"}}
    )
    assert "<td>containers</td><td>1</td>" in plan._repr_html_()


def test_the_report_is_shown_in_a_cell(many):
    shown = many.explore(height=700)._repr_html_()
    assert shown.startswith('<iframe srcdoc="') and "height: 700px" in shown
    assert data_of(unescape(shown))["total"] == 12


def test_the_report_of_a_sweep_is_written_where_it_is_asked_for(many, tmp_path):
    path = many.report(tmp_path / "mine.html")
    assert path == tmp_path / "mine.html" and data_of(path.read_text())["total"] == 12
