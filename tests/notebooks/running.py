"""Runs notebooks as a newcomer would, from top to bottom, and reads what their cells showed."""

import os
from pathlib import Path

import pytest

from tests.patience import PATIENCE

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
jupyter_client = pytest.importorskip("jupyter_client")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


class Session:
    """One kernel for all notebooks, whose names are forgotten between them: to start five would be most of the time."""

    def __init__(self, folder):
        """Start a kernel in ``folder``; compiled strategies come from the usual cache."""
        self.folder = folder
        self._executed = {}
        self._kernel = jupyter_client.KernelManager(kernel_name="python3")
        cache = os.environ.get("ADMF_JIT_CACHE_DIR", str(ROOT / ".cache" / "admf_jit"))
        self._kernel.start_kernel(cwd=str(folder), env={**os.environ, "ADMF_JIT_CACHE_DIR": cache})

    def executed(self, name):
        """The notebook ``name`` with its outputs."""
        if name not in self._executed:
            self._run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%reset -f")]))
            self._executed[name] = self._run(stored(name))
        return self._executed[name]

    def close(self):
        """End the kernel."""
        self._kernel.shutdown_kernel(now=True)

    def _run(self, notebook):
        wait = int(PATIENCE)
        client = nbclient.NotebookClient(
            notebook, km=self._kernel, timeout=wait, startup_timeout=wait, iopub_timeout=wait
        )
        return client.execute()


def stored(name):
    """The notebook ``name`` as it is in the repository."""
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def check_stored_without_outputs(name):
    """Fail unless the stored notebook is valid and has code, none of it run."""
    notebook = stored(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)


def shown_by(cell, mime="text/plain"):
    """The outputs of one kind of a cell; not what is said of compilation."""
    return [
        output["data"][mime]
        for output in cell.outputs
        if mime in output.get("data", {}) and "admf_jit" not in output.get("metadata", {})
    ]


def texts(notebook, mime="text/plain"):
    """All outputs of one kind, each with the source of its cell."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.source, data) for cell in code for data in shown_by(cell, mime)]
