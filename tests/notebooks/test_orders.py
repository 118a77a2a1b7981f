"""The notebook on orders runs from top to bottom and shows what its prose promises."""

import pytest

from .running import check_stored_without_outputs, execute, texts


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    return execute("orders.ipynb", folder), folder


def _shown(notebook, words):
    """What the one cell with ``words`` in its source showed as text."""
    (text,) = [text for source, text in texts(notebook) if words in source]
    return text


def test_it_is_stored_without_outputs():
    check_stored_without_outputs("orders.ipynb")


def test_it_walks_from_a_stopped_out_trade_back_to_the_bar_of_the_bid(executed):
    kinds = ("POSITION_CLOSE", "FILL", "ORDER", "FEATURES", "BAR")
    found = [word for word in _shown(executed[0], "chain.append").split() if word in kinds]
    assert found == ["POSITION_CLOSE", "FILL", "ORDER", "FILL", "ORDER", "FEATURES", "BAR"]


def test_the_stop_cancels_the_target(executed):
    (line,) = [line for line in _shown(executed[0], "fill = chain[1]").splitlines() if "CANCEL" in line]
    assert "oco" in line.split()


def test_it_sweeps_36_containers_and_leaves_their_run_directory(executed):
    notebook, folder = executed
    assert any("36 containers, 0 failed" in text for _, text in texts(notebook))
    assert not (folder / "runs").exists()


def test_it_draws_one_picture(executed):
    ((source, data),) = texts(executed[0], "image/png")
    assert "imshow" in source and len(data) > 5_000


def test_the_replayed_row_left_by_stop_target_and_signal(executed):
    rows = {line.split()[0]: line.split()[1:] for line in _shown(executed[0], "left_by").splitlines()[2:]}
    assert {"signal", "stop_loss", "take_profit"} <= set(rows)
    assert float(rows["stop_loss"][1]) < 0.0 < float(rows["take_profit"][1])


def test_the_portfolio_is_asked_on_the_first_bar_of_a_month(executed):
    days = [line.split()[0] for line in _shown(executed[0], "signals.pivot").splitlines()[2:]]
    months = [day[:7] for day in days]
    assert len(days) == 6 and len(set(months)) == 6 and all(int(day[8:]) <= 3 for day in days)


def test_the_portfolio_trades_every_symbol(executed):
    rows = _shown(executed[0], 'portfolio.trades.groupby("symbol")').splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["ALFA", "BETA", "GAMA"]
