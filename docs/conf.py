"""How Sphinx makes the site of these pages: `make docs`.

The pages are readable where they lie, too. What the site has besides them stands in `site/`: pages made from the code.
"""

import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "site"))

from commands_page import commands_page  # noqa: E402
from gallery_page import gallery_page  # noqa: E402
from settings_page import settings_page  # noqa: E402

import admf_jit  # noqa: E402

project = "admf_jit"
author = "The authors of admf_jit"
copyright = author
version = release = admf_jit.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
exclude_patterns = ["site/*.py"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = f"admf_jit {release}"
html_static_path = ["site/style"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"show_toc_level": 2, "navbar_center": [], "navbar_align": "left"}
# All pages at the side: there are too many for the top.
html_sidebars = {"**": ["globaltoc.html"]}

#: Pages of the project that lie outside of docs/, and their pages here.
OUTSIDE = {
    "ARCHITECTURE.md": "architecture",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "LIMITATIONS.md": "limitations",
    "SECURITY.md": "security",
    "benchmarks/NOTES.md": "notes",
}
MADE = {"site/settings": settings_page, "site/commands": commands_page}


def setup(app: Any) -> None:
    """Give pages that are made, or that lie elsewhere, their text."""
    app.add_config_value("pictures", "", "env")  # strategies of the gallery, with commas; all if there are none
    app.connect("source-read", read)


def read(app: Any, page: str, source: list[str]) -> None:
    """Put the text of a page into its place, with links that lead somewhere on the site."""
    name = page.removeprefix("site/")
    if page in MADE:
        source[0] = MADE[page]()
    elif page == "site/pictures":
        source[0] = gallery_page(Path(app.outdir) / "_static" / "gallery", app.config.pictures.split(","))
    elif name in OUTSIDE.values():
        path = next(path for path, own in OUTSIDE.items() if own == name)
        source[0] = (HERE.parent / path).read_text(encoding="utf-8")
        # As seen from site/, two folders below the checkout.
        source[0] = re.sub(r"\]\((?!https?:|#|mailto:)", f"](../../{Path(path).parent.as_posix()}/", source[0])
        source[0] = source[0].replace("](../.././docs/", "](../").replace("](../.././", "](../../")
    for path, own in OUTSIDE.items():
        here = "" if page.startswith("site/") else "site/"
        source[0] = re.sub(rf"\]\((?:\.\./)+{re.escape(path)}", f"]({here}{own}.md", source[0])
