"""Several objectives at once: the rows that no other row beats in all of them, and the volume that they dominate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf_jit.errors import StatisticsError


def pareto_front(values: ArrayLike, maximize: Sequence[bool] | bool = True) -> NDArray[np.bool_]:
    """Return which rows no other row dominates: at least as good in every objective, and better in one.

    Parameters
    ----------
    values
        float64 (n, m): m objectives of n rows. A row with a NaN is not on the front and dominates nothing.
    maximize
        For all or for each of the m objectives, whether more is better.

    Returns
    -------
    bool (n,). Rows that are equal in all objectives are on the front together.
    """
    better = _larger_is_better(values, maximize)
    there = np.flatnonzero(~np.isnan(better).any(axis=1))
    # By the first objective, ties by the next: a row can only be dominated by one before it.
    order = there[np.lexsort(better[there].T[::-1])[::-1]]
    front: list[int] = []
    kept = np.zeros((0, better.shape[1]))
    for row in order.tolist():
        at_least = (kept >= better[row]).all(axis=1)
        if not (at_least & (kept > better[row]).any(axis=1)).any():
            front.append(row)
            kept = better[front]
    found = np.zeros(len(better), np.bool_)
    found[front] = True
    return found


def hypervolume(values: ArrayLike, reference: ArrayLike, maximize: Sequence[bool] | bool = True) -> float:
    """Return the volume between a reference point and the rows, of all points that some row dominates.

    Parameters
    ----------
    values
        float64 (n, m). Rows with a NaN, and those that are not better than the reference everywhere, add nothing.
    reference
        float64 (m,): the point from which on is counted.
    maximize
        For all or for each of the m objectives, whether more is better.

    Source: Zitzler and Thiele (1998), computed exactly by slicing objectives (Knowles 2002, While et al. 2006).
    """
    better = _larger_is_better(values, maximize)
    origin = _larger_is_better(np.asarray(reference, np.float64)[np.newaxis], maximize)[0]
    if len(origin) != better.shape[1] or not np.isfinite(origin).all():
        raise StatisticsError(f"reference: has {len(origin)} numbers; expected {better.shape[1]}, all finite")
    better = better[~np.isnan(better).any(axis=1)] - origin
    better = better[(better > 0.0).all(axis=1)]
    if not np.isfinite(better).all():
        raise StatisticsError("values: an infinite one dominates an infinite volume; expected finite numbers")
    return _volume(better[pareto_front(better)]) if len(better) else 0.0


def _volume(points: NDArray[np.float64]) -> float:
    """The volume of the union of boxes from 0 to some points, float64 (n, m), which do not dominate each other."""
    if points.shape[1] == 1:
        return float(points.max())
    points = points[np.argsort(-points[:, -1])]
    heights = np.append(points[:, -1], 0.0)
    total = 0.0
    for n in range(1, len(points) + 1):
        thickness = heights[n - 1] - heights[n]
        if thickness > 0.0:
            below = points[:n, :-1]
            total += thickness * _volume(below[pareto_front(below)])
    return total


def _larger_is_better(values: ArrayLike, maximize: Sequence[bool] | bool) -> NDArray[np.float64]:
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or not table.shape[1]:
        raise StatisticsError(f"values: has the shape {table.shape}; expected rows of objectives, (n, m)")
    signs = np.where(np.broadcast_to(maximize, table.shape[1:]), 1.0, -1.0)
    return table * signs
