"""The notebook runs from top to bottom, as a newcomer would run it, and shows what its prose promises."""

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
SECONDS_PER_CELL = 300


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("1,188 containers of plain Python take minutes")
    folder = tmp_path_factory.mktemp("notebook")
    cache = os.environ.get("ADMF_JIT_CACHE_DIR", str(ROOT / ".cache" / "admf_jit"))
    client = nbclient.NotebookClient(
        nbformat.read(NOTEBOOK, as_version=4),
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    environment = {
        **os.environ,
        "ADMF_JIT_CACHE_DIR": cache,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    return client.execute(env=environment), folder


def _texts(notebook, mime="text/plain"):
    """All outputs of one kind, each with the source of its cell."""
    return [
        (cell.source, output["data"][mime])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if mime in output.get("data", {})
    ]


def test_it_is_stored_without_outputs():
    stored = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(stored)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)


def test_it_runs_1188_containers_and_leaves_their_run_directory(executed):
    notebook, folder = executed
    assert any("1188 containers, 0 failed" in text for _, text in _texts(notebook))
    assert len(list(folder.glob("runs/*/results.parquet"))) == 2


def test_it_draws_two_pictures(executed):
    pictures = _texts(executed[0], "image/png")
    assert len(pictures) == 2 and all(len(data) > 5_000 for _, data in pictures)


def test_it_walks_from_a_fill_back_to_its_bar(executed):
    (chain,) = [text for source, text in _texts(executed[0]) if "chain.append" in source]
    kinds = [word for word in chain.split() if word in ("FILL", "ORDER", "SIGNAL", "FEATURES", "BAR")]
    assert kinds == ["FILL", "ORDER", "SIGNAL", "FEATURES", "BAR"]


def test_it_shows_a_failure_as_one_row_of_four(executed):
    (rows,) = [text for source, text in _texts(executed[0]) if "BuyTheDip" in source]
    assert rows.count("failed") == 1
    (printed,) = [cell.outputs[0].text for cell in executed[0].cells if '["error"][0]' in cell.source]
    assert printed.startswith("ValueError: a dip has a depth at notebook cell, line 10")
