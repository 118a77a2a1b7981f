"""Counting trials: which of them are new, how many there are, and how their Sharpe ratios vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.ledger.entries import TRIAL

Trials = NDArray[np.void]


@dataclass(frozen=True)
class Counted:
    """Trials on some data: ``containers`` were run, ``trials`` of them have a Sharpe ratio.

    ``mean`` and ``variance`` (divisor n) are of these Sharpe ratios, per bar; ``streams`` is how many different streams
    of signals and exits they had.
    """

    containers: int
    trials: int
    streams: int
    mean: float
    variance: float


def count(trials: Trials) -> Counted:
    """Count distinct trials, TRIAL (n,)."""
    judged = trials[np.isfinite(trials["sharpe"])]
    sharpes = judged["sharpe"].astype(np.float64)
    mean = float(sharpes.mean()) if len(judged) else 0.0
    variance = float(sharpes.var()) if len(judged) else 0.0
    return Counted(len(trials), len(judged), _different(judged["stream"]), mean, variance)


def distinct(trials: Trials) -> Trials:
    """Each container once, by rising id: the first that has a Sharpe ratio, else the first."""
    found = trials[np.argsort(trials["container"], kind="stable")]
    again = found["container"][1:] == found["container"][:-1]
    if not again.any():
        return found
    order = np.lexsort((~np.isfinite(found["sharpe"]), found["container"]))
    return np.asarray(found[order][np.concatenate([[True], ~again])])


def merged(known: Trials, new: Trials) -> Trials:
    """Both together, each container once: ``new`` are those that ``new_among`` found."""
    if not len(known):
        return new
    places, there = _places(new, known)
    if there.any():
        known = known.copy()
        known[places[there]] = new[there]
        places, new = places[~there], new[~there]
    return np.insert(known, places, new) if len(new) else known


def without(trials: Trials, others: Trials) -> Trials:
    """The trials whose containers are not among others; both distinct."""
    return trials[~_places(trials, others)[1]]


def new_among(trials: Trials, known: Trials) -> Trials:
    """The distinct trials that are not known, or have the Sharpe ratio that the known one lacks."""
    mine = distinct(trials)
    places, there = _places(mine, known)
    lacking = there & np.isfinite(mine["sharpe"])
    lacking[lacking] = ~np.isfinite(known["sharpe"][places[lacking]])
    return np.asarray(mine[~there | lacking])


def nothing() -> Trials:
    """No trials."""
    return np.empty(0, TRIAL)


def _places(trials: Trials, others: Trials) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where in others, which rise, each container is or belongs, and whether it is there."""
    known = np.ascontiguousarray(others["container"])
    places = np.searchsorted(known, trials["container"])
    there = places < len(known)
    there[there] = known[places[there]] == trials["container"][there]
    return places, there


def _different(values: NDArray[np.uint64]) -> int:
    """How many different numbers there are; `numpy.unique` takes several times as long."""
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + int(len(ordered) > 0)
