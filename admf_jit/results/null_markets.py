"""What the best row of a sweep was held against: the best of the same sweep on surrogate markets, beside its table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ResultsError
from admf_jit.results.atomic import write_json_atomically
from admf_jit.results.manifest import grid_key

NULL_NAME = "null.json"
#: What the markets of a method have lost, which a strategy would have to live on.
HYPOTHESES = {
    "blocks": "bars come in another order, and earlier ones say nothing beyond a block",
    "signs": "which way a bar goes is a coin",
    "shifts": "when signals come has nothing to do with what bars do",
}
_NUMBERS = ("observed", "block_length")


@dataclass(frozen=True, eq=False)
class NullSweep:
    """The best objective of a sweep, and of the same sweep on n surrogate markets."""

    objective: str
    observed: float
    best: NDArray[np.float64]
    """[market]: the best objective of all rows there; NaN where no row has one."""
    p_value: float
    """The share of markets, this one counted, whose best row is as good."""
    method: str
    block_length: float
    seed: int
    direction: str = "maximize"

    @classmethod
    def of(
        cls,
        objective: str,
        observed: float,
        best: NDArray[np.float64],
        *,
        direction: str,
        method: str,
        block_length: float,
        seed: int,
    ) -> NullSweep:
        """With its p-value: (1 + the markets that are as good) / (1 + markets).

        Source: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), section 4.2.
        """
        as_good = best >= observed if direction == "maximize" else best <= observed
        p_value = (1 + int(as_good.sum())) / (1 + len(best))
        return cls(objective, observed, best, p_value, method, block_length, seed, direction)

    def __str__(self) -> str:
        found = self.best[np.isfinite(self.best)]
        head = (
            f"the best {self.objective} is {self.observed:.3f}; of the same sweep on {len(self.best):,} surrogate "
            f"markets ({self.method}: {HYPOTHESES[self.method]}) "
        )
        if not len(found):
            return f"{head}no row has one: p = {self.p_value:.3f}"
        extreme = np.quantile(found, 0.95 if self.direction == "maximize" else 0.05)
        of_markets = f"it is {np.median(found):.3f} in the middle and {extreme:.3f} in one of twenty"
        return f"{head}{of_markets}: p = {self.p_value:.3f}"

    def facts(self) -> dict[str, Any]:
        """For machines: what was asked, the p-value, and quantiles of the best of each market."""
        found = self.best[np.isfinite(self.best)]
        levels = (0.05, 0.25, 0.5, 0.75, 0.95)
        return {
            "objective": self.objective,
            "observed": self.observed,
            "p_value": self.p_value,
            "markets": len(self.best),
            "method": self.method,
            "hypothesis": HYPOTHESES[self.method],
            "block_length": self.block_length if self.method == "blocks" else None,
            "seed": self.seed,
            "quantiles": {str(level): float(np.quantile(found, level)) for level in levels} if len(found) else None,
        }


def _key(manifest: Mapping[str, Any]) -> str:
    """Whose numbers they are: a run of other rows, or one ranked otherwise, has none of them."""
    optimization = manifest["config"]["optimization"]
    said = [grid_key(manifest), optimization.get("objective"), optimization.get("direction")]
    return json.dumps(said)


def write_null(directory: Path, manifest: Mapping[str, Any], null: NullSweep) -> None:
    """Keep the markets that are done, all or the first of those that were asked for; ResultsError where it cannot."""
    content = {
        "of": _key(manifest),
        "objective": null.objective,
        "observed": null.observed,
        "direction": null.direction,
        "method": null.method,
        "block_length": null.block_length,
        "seed": null.seed,
        "best": [None if math.isnan(one) else one for one in null.best.tolist()],
    }
    write_json_atomically(directory / NULL_NAME, content)


def read_null(directory: Path, manifest: Mapping[str, Any]) -> NullSweep | None:
    """What a run has of surrogate markets, None where it has none or they are those of other rows.

    Raises ResultsError where the file is not what ``write_null`` writes.
    """
    path = directory / NULL_NAME
    if not path.is_file() or path.is_symlink():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["of"] != _key(manifest):
            return None
        best = np.array([math.nan if one is None else float(one) for one in said["best"]], np.float64)
        numbers = {name: float(said[name]) for name in _NUMBERS}
        texts = {name: str(said[name]) for name in ("objective", "method", "direction")}
        if (
            texts["method"] not in HYPOTHESES
            or best.ndim != 1
            or not len(best)
            or not math.isfinite(numbers["observed"])
        ):
            raise ValueError
        return NullSweep.of(
            texts["objective"],
            numbers["observed"],
            best,
            direction=texts["direction"],
            method=texts["method"],
            block_length=numbers["block_length"],
            seed=int(said["seed"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise ResultsError(
            f"{path}: is not what was written; expected the surrogate markets of the run. Please remove it, and run "
            "them again: grid ... --resume"
        ) from None
