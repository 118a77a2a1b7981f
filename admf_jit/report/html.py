"""One HTML file that needs nothing else: the libraries, the data and the page's own code are inside it."""

from __future__ import annotations

import base64
import gzip
import importlib.util
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from admf_jit.errors import ResultsError

_PAGE = files("admf_jit.report") / "page"
_SCRIPTS = (
    "format.js",
    "data.js",
    "clock.js",
    "filter.js",
    "theme.js",
    "table.js",
    "landscape.js",
    "history.js",
    "main.js",
)
_CANDLES = "vendor/lightweight-charts.standalone.production.js"
#: Fast, and a third larger than the smallest that takes ten times as long.
_DATA_LEVEL, _LIBRARY_LEVEL = 2, 4


def page_of(data: bytes, **shown: Any) -> str:
    """The page for some data, as ``Packing.packed`` makes them; ``shown`` is what its template writes as text.

    Libraries and data are compressed (gzip) and in base64, so that nothing in them can end a script.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_text("page.html.j2"))
    return template.render(
        style=_trusted("style.css"),
        script=_joined_scripts(),
        libraries=_libraries(),
        data=_encoded(data, _DATA_LEVEL),
        **shown,
    )


def _libraries() -> Mapping[str, str]:
    return {"plotly": _compressed_library(_plotly_path()), "candles": _compressed_library(None)}


@cache
def _compressed_library(path: Path | None) -> str:
    content = (_PAGE / _CANDLES).read_bytes() if path is None else path.read_bytes()
    return _encoded(content, _LIBRARY_LEVEL)


def _plotly_path() -> Path:
    """Where plotly.js lies; the package is not imported, which takes longer than a report."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise ResultsError("the package plotly is not installed; expected pip install plotly")
    return Path(found.origin).parent / "package_data" / "plotly.min.js"


def _encoded(content: bytes, level: int) -> str:
    return base64.b64encode(gzip.compress(content, level, mtime=0)).decode("ascii")


def _joined_scripts() -> Any:
    return _safe("\n".join(_text(name) for name in _SCRIPTS))


def _trusted(name: str) -> Any:
    return _safe(_text(name))


def _safe(text: str) -> Any:
    """Our own code, which is written into the page as it is."""
    from markupsafe import Markup

    return Markup(text)


@cache
def _text(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")
