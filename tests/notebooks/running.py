"""Runs a notebook as a newcomer would, from top to bottom, and reads what its cells showed."""

import os
from pathlib import Path

import pytest

from tests.patience import PATIENCE

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


def execute(name, folder):
    """The notebook ``name`` with its outputs, run in ``folder``; compiled strategies come from the usual cache."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("a notebook's backtests take minutes in plain Python")
    client = nbclient.NotebookClient(
        stored(name),
        timeout=int(PATIENCE),
        startup_timeout=int(PATIENCE),
        iopub_timeout=int(PATIENCE),
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    environment = {
        **os.environ,
        "ADMF_JIT_CACHE_DIR": os.environ.get("ADMF_JIT_CACHE_DIR", str(ROOT / ".cache" / "admf_jit")),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    return client.execute(env=environment)


def stored(name):
    """The notebook ``name`` as it is in the repository."""
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def check_stored_without_outputs(name):
    """Fail unless the stored notebook is valid and has code, none of it run."""
    notebook = stored(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)


def texts(notebook, mime="text/plain"):
    """All outputs of one kind, each with the source of its cell; not what is said of compilation."""
    return [
        (cell.source, output["data"][mime])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if mime in output.get("data", {}) and "admf_jit" not in output.get("metadata", {})
    ]
