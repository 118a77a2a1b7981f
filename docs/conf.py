"""How Sphinx makes the site of these pages: `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "site"))

import admf_jit  # noqa: E402

project = "admf_jit"
author = "The authors of admf_jit"
copyright = author
version = release = admf_jit.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["site"]
# Every link has to lead somewhere.
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

html_theme = "pydata_sphinx_theme"
html_title = f"admf_jit {release}"
