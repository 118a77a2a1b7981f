"""The notebooks run from top to bottom and show what their prose promises."""

import os

import pytest

from .running import NOTEBOOKS, Session, check_stored_without_outputs, shown_by, texts

NAMES = ["first_backtest.ipynb", "your_strategy.ipynb", "sweep.ipynb", "portfolio.ipynb", "debugging.ipynb"]
PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("a notebook's backtests take minutes in plain Python")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADMF_JIT_LEDGER_DIR", str(tmp_path_factory.mktemp("ledger")))
        one = Session(tmp_path_factory.mktemp("notebook"))
    yield one
    one.close()


def _shown(notebook, cell, mime="text/plain"):
    """What the cell of that id showed."""
    (found,) = [one for one in notebook.cells if one.id == cell]
    (data,) = shown_by(found, mime)
    return data


def _printed(notebook, cell):
    (found,) = [one for one in notebook.cells if one.id == cell]
    return "".join(output.text for output in found.outputs if output.output_type == "stream")


def _words(notebook, cell):
    """The words of each line of a table, by the first of them."""
    return {line.split()[0]: line.split()[1:] for line in _shown(notebook, cell).splitlines() if line.split()}


def test_all_notebooks_are_listed_here():
    assert sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_stored_without_outputs(name):
    check_stored_without_outputs(name)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("first_backtest.ipynb", ["one.plot()", "many.compare([0, 1, 2], benchmark=True)"]),
        ("your_strategy.ipynb", ["guarded.plot()"]),
        ("sweep.ipynb", ['many.heatmap("fast_period", "slow_period", others="median")', "stops.heatmap()"]),
        ("portfolio.ipynb", ['one.plot("BETA")', "many.compare([0, 1], benchmark=True)"]),
        ("debugging.ipynb", ["one.plot()"]),
    ],
)
def test_it_draws_its_figures_and_leaves_nothing_beside_the_notebook(session, name, figures):
    drawn = texts(session.executed(name), PLOTLY)
    assert [source.splitlines()[-1] for source, _ in drawn] == figures
    assert all(figure["data"] for _, figure in drawn)
    assert list(session.folder.iterdir()) == []


def test_the_first_backtest_shows_a_table_and_measures(session):
    notebook = session.executed("first_backtest.ipynb")
    assert "<td>sharpe_ratio</td>" in _shown(notebook, "backtest", "text/html")
    assert {"alpha", "beta", "up_capture"} <= set(_words(notebook, "measures"))


def test_own_strategies_show_their_indicators_and_trades(session):
    notebook = session.executed("your_strategy.ipynb")
    assert _shown(notebook, "indicators").split()[:2] == ["fast", "slow"]
    assert "mfe" in _shown(notebook, "bids").split()


def test_the_sweep_says_what_its_best_row_is_worth(session):
    notebook = session.executed("sweep.ipynb")
    assert "1,188 containers, 0 failed" in _shown(notebook, "grid")
    assert "<th>fast_period</th>" in _shown(notebook, "best", "text/html")
    assert 0.0 < float(_words(notebook, "selection")["deflated_sharpe_ratio"][0]) < 1.0
    assert 0.0 < float(_words(notebook, "judgement")["overfitting"][0]) < 1.0
    assert "20 surrogate markets" in _printed(notebook, "null")


def test_the_sweep_looks_at_other_periods_trials_and_the_future(session):
    notebook = session.executed("sweep.ipynb")
    lines = _shown(notebook, "periods").splitlines()
    assert [line.split()[0] for line in lines[2:]] == [str(block) for block in range(4, 16)]
    assert "Sharpe ratio of all tests together" in _printed(notebook, "walk")
    trials, earlier = (int(word.replace(",", "")) for word in _printed(notebook, "stops").split() if word[0].isdigit())
    assert trials - earlier == 36 and earlier >= 1188
    assert "no look-ahead was found" in _printed(notebook, "check")


def test_the_portfolio_sets_weights_on_the_first_bar_of_a_month_and_trades_every_symbol(session):
    notebook = session.executed("portfolio.ipynb")
    days = [line.split()[0] for line in _shown(notebook, "weights").splitlines()[2:]]
    assert len({day[:7] for day in days}) == 6 and all(int(day[8:]) <= 3 for day in days)
    assert list(_words(notebook, "trades"))[-3:] == ["ALFA", "BETA", "GAMA"]


def test_a_failure_is_one_row_of_four_and_names_its_line(session):
    notebook = session.executed("debugging.ipynb")
    assert _shown(notebook, "dip").count("failed") == 1
    assert _printed(notebook, "error").startswith("ValueError: a dip has a depth at notebook cell, line 10")


def test_it_walks_from_a_stopped_out_trade_back_to_the_bar_of_the_signal(session):
    notebook = session.executed("debugging.ipynb")
    kinds = ("POSITION_CLOSE", "FILL", "ORDER", "SIGNAL", "FEATURES", "BAR")
    found = [word for word in _shown(notebook, "chain").split() if word in kinds]
    assert found == ["POSITION_CLOSE", "FILL", "ORDER", "FILL", "ORDER", "SIGNAL", "FEATURES", "BAR"]
    (line,) = [line for line in _shown(notebook, "target").splitlines() if "CANCEL" in line]
    assert "oco" in line.split()


def test_it_left_by_stop_target_and_signal(session):
    rows = {
        line.rsplit(maxsplit=3)[0]: float(line.split()[-2])
        for line in _shown(session.executed("debugging.ipynb"), "reasons").splitlines()[2:]
    }
    assert set(rows) == {"signal", "stop loss", "take profit"} and rows["stop loss"] < 0.0 < rows["take profit"]


def test_diff_names_the_setting_in_which_two_rows_differ(session):
    assert "stop_loss" in _printed(session.executed("debugging.ipynb"), "diff")
