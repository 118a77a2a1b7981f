"""Whose an event is, wherever it is exported to: its run, its phase, its container, and what they belong to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Identity:
    """Names of a run and a container; ``correlation`` is the same for all that one began, phases and live runs too."""

    run: str
    container: str
    correlation: str
    phase: str | None = None

    def fields(self) -> dict[str, str]:
        """The names under which an export has them; the phase where there is one."""
        said = {"run": self.run, "container": self.container, "correlation": self.correlation}
        return said if self.phase is None else {**said, "phase": self.phase}


def run_id(manifest: Mapping[str, Any]) -> str:
    """The id of a run: what it says, or, where it says nothing, a digest of what was run."""
    said = manifest.get("run_id")
    if isinstance(said, str):
        return said
    # Two runs of the same work have the same rows.
    parts = [manifest.get(key) for key in ("config", "data", "strategy", "versions")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def identity_of(manifest: Mapping[str, Any], container_id: str) -> Identity:
    """Whose the events of a row of a stored run are."""
    run = run_id(manifest)
    return Identity(run, container_id, manifest.get("correlation_id") or run, manifest.get("phase"))
