"""The picture of a comparison: time and memory of every engine, on logarithmic axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

_OWN, _OTHER = "#1f6feb", "#9aa4b2"


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the figures of `compare` as an SVG or PNG file with a background of its own, for light and dark pages."""
    matplotlib.rcParams["svg.hashsalt"] = "admf_jit"
    figure, axes = pyplot.subplots(1, 2, figsize=(9.0, 0.6 + 0.45 * len(rows)), sharey=True, layout="constrained")
    names = [_name(row, rows[0]) for row in rows]
    panels = (
        ("processor time per bar and combination, ns", [row["nanoseconds"] for row in rows], "{:,.1f}"),
        ("peak memory, MB", [row["peak_bytes"] / 1e6 for row in rows], "{:,.0f}"),
    )
    colours = [_OWN if name.startswith("admf_jit") else _OTHER for name in names]
    for panel, (title, values, form) in zip(axes, panels, strict=True):
        bars = panel.barh(names, values, color=colours)
        panel.bar_label(bars, labels=[form.format(value) for value in values], padding=3, fontsize=9)
        panel.set_xscale("log")
        panel.set_xlim(min(values) / 3.0, max(values) * 6.0)
        panel.set_title(title, fontsize=10, loc="left")
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=9)
    axes[0].invert_yaxis()
    first = rows[0]
    figure.suptitle(
        f"The same sweep on one core: {first['combinations']:,} combinations over {first['bars']:,} bars, logarithmic",
        fontsize=11,
        x=0.01,
        ha="left",
    )
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _name(row: dict[str, Any], first: dict[str, Any]) -> str:
    """An engine's name, with how much it ran where that is less than the first one did."""
    fewer = f"\n({row['combinations']:,} combinations)" if row["combinations"] != first["combinations"] else ""
    return f"{row['engine']}{fewer}"
