"""Figures for notebooks, drawn by plotly: of one container, and of the rows of a sweep.

Each is a ``plotly.graph_objects.Figure``, which can be changed and saved. plotly is imported when one is drawn.
"""

from admf_jit.figures.container import compared, history
from admf_jit.figures.sweep import OTHERS, heat_map, parallel, surface

__all__ = ["OTHERS", "compared", "heat_map", "history", "parallel", "surface"]
