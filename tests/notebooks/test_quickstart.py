"""The quickstart notebook runs from top to bottom and shows what its prose promises."""

import pytest

from .running import check_stored_without_outputs, execute, texts


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    return execute("quickstart.ipynb", folder), folder


def test_it_is_stored_without_outputs():
    check_stored_without_outputs("quickstart.ipynb")


def test_it_runs_1188_containers_and_leaves_nothing_beside_the_notebook(executed):
    notebook, folder = executed
    assert any("1,188 containers, 0 failed" in text for _, text in texts(notebook))
    assert list(folder.iterdir()) == []


def test_it_draws_two_pictures(executed):
    pictures = texts(executed[0], "image/png")
    assert len(pictures) == 2 and all(len(data) > 5_000 for _, data in pictures)


def test_it_shows_two_figures_of_plotly(executed):
    figures = texts(executed[0], "application/vnd.plotly.v1+json")
    assert [source.split("(")[0] for source, _ in figures] == ["many.heatmap", "best.plot"]
    assert all(figure["data"] for _, figure in figures)


def test_it_shows_results_as_tables(executed):
    shown = {source: text for source, text in texts(executed[0], "text/html")}
    assert "<td>sharpe_ratio</td>" in next(text for source, text in shown.items() if source.endswith("\none"))
    assert "<th>fast_period</th>" in shown["many.best(10)"]


def test_it_walks_from_a_fill_back_to_its_bar(executed):
    (chain,) = [text for source, text in texts(executed[0]) if "chain.append" in source]
    kinds = [word for word in chain.split() if word in ("FILL", "ORDER", "SIGNAL", "FEATURES", "BAR")]
    assert kinds == ["FILL", "ORDER", "SIGNAL", "FEATURES", "BAR"]


def test_it_shows_a_failure_as_one_row_of_four(executed):
    (rows,) = [text for source, text in texts(executed[0]) if "BuyTheDip" in source]
    assert rows.count("failed") == 1
    (printed,) = [cell.outputs[0].text for cell in executed[0].cells if '["error"][0]' in cell.source]
    assert printed.startswith("ValueError: a dip has a depth at notebook cell, line 10")
