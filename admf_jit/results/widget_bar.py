"""Progress as a bar in a notebook, where the package ipywidgets is there."""

from __future__ import annotations

import importlib
from typing import Any

from admf_jit.announcements import in_notebook


class WidgetBar:
    """A bar and a line of text beside it, which are gone once it is closed."""

    def __init__(self, widgets: Any, total: int, done: int) -> None:
        from IPython import display

        self._bar = widgets.IntProgress(value=done, min=0, max=max(total, 1))
        self._text = widgets.Label(value="")
        self._box = widgets.HBox([self._bar, self._text])
        show: Any = display.display
        show(self._box)

    def show(self, done: int, text: str) -> None:
        """Show how many are done, and a line."""
        self._bar.value = done
        self._text.value = text

    def close(self) -> None:
        """Take it away."""
        self._box.close()


def widget_bar(total: int, done: int) -> WidgetBar | None:
    """A bar for ``total`` containers, or None outside of notebooks and without ipywidgets."""
    if not in_notebook():
        return None
    try:
        widgets = importlib.import_module("ipywidgets")
    except ImportError:
        return None
    return WidgetBar(widgets, total, done)
