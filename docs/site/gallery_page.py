"""The page with pictures of the gallery and the built-in strategies: each is run when the site is built."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import admf_jit as aj
from admf_jit.strategies.resolve import BUILT_IN

ROOT = Path(__file__).parents[2]
GALLERY, BUILTIN = ROOT / "gallery", ROOT / "admf_jit" / "strategies" / "builtin"


def gallery_page(folder: Path, wanted: Sequence[str] = ()) -> str:
    """Return the page in Markdown; its pictures are written to ``folder``, with one plotly.js for all.

    Of some strategies alone where they are ``wanted`` by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Pictures of strategies",
        "",
        "Each strategy of the [gallery](../gallery.md), and each that is [built in](../strategies.md), over bars of",
        "the sample, run when these pages were made. A picture is not an argument: the sample is made from a seed,",
        "and has no edge in it.",
        "",
    ]
    for path in strategies():
        if any(wanted) and path.stem not in wanted:
            continue
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        picture_of(path).write_html(folder / f"{path.stem}.html", include_plotlyjs="directory", full_html=True)
        name = path.stem
        frame = f'<iframe src="../_static/gallery/{name}.html" title="{name}" loading="lazy" class="picture"></iframe>'
        lines += [f"## {name}", "", said, "", "```{raw} html", frame, "```", ""]
        lines += [f"```{{literalinclude}} ../../{path.relative_to(ROOT).as_posix()}", ":language: python", "```", ""]
    return "\n".join(lines)


def strategies() -> Iterator[Path]:
    """Files of the gallery, by name, and then those of the built-in strategies in their order."""
    yield from sorted(GALLERY.glob("*.py"))
    yield from (BUILTIN / f"{name}.py" for name in BUILT_IN)


def picture_of(path: Path) -> Any:
    """The figure of a backtest of the strategy in a file, over what it needs."""
    specification = importlib.util.spec_from_file_location(f"gallery_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    strategy = getattr(module, "".join(word.title() for word in path.stem.split("_")))
    data, settings = _needs(path.stem, module)
    figure = aj.backtest(strategy, data, **settings).plot(**({"symbol": "ALFA"} if len(data.symbols) > 1 else {}))
    figure.update_layout(height=620)
    return figure


def _needs(name: str, module: Any) -> tuple[aj.MarketData, dict[str, Any]]:
    """Bars and settings of a strategy: minutes for what trades inside of a session, several symbols for portfolios."""
    sample = {"timeframe": "1d", "end": "2018-12-31", "symbols": ["ALFA"]}
    if name in ("opening_range", "vwap_reversion"):
        sample |= {"timeframe": "5m", "start": "2015-01-05", "end": "2015-01-16"}
    if name in ("pairs", "dual_momentum"):
        sample["symbols"] = ["ALFA", "BETA"]
    if name == "overnight":
        sample |= {"timeframe": "1h", "start": "2015-01-05", "end": "2015-01-30"}
    data = aj.load("sample", **sample)
    if name == "array_indicator":
        return aj.load(module.add(data.frame()), extra=["slope"]), {}
    if name == "predictions":
        bars = data.frame()
        change = 20.0 * np.log(bars["close"]).diff(20).fillna(0.0)
        return aj.load(bars.assign(prediction=change), extra=["prediction"]), {}
    return data, {"rebalance": "month"} if name == "dual_momentum" else {}
