"""What every benchmark computed, so that a faster wrong answer is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from admf_jit.parameter_grid import ContainerSpec
from admf_jit.results import FAILED, OK, result_hash
from admf_kernels.constants import METRIC_NAMES


class Ledger:
    """The result hash of every container that any benchmark of the session ran.

    A container's id stands for everything that decides its result. So whoever runs it, in whatever batch and
    process, has to come to the hash that the first one came to.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def take(self, ids: Iterable[str], hashes: Iterable[str]) -> str:
        """Compare these rows with all that went before, and return the SHA-256 over their hashes in order."""
        total = hashlib.sha256()
        for container_id, found in zip(ids, hashes, strict=True):
            known = self._known.setdefault(container_id, found)
            assert found == known, f"container {container_id} came to {found}, and before to {known}"
            total.update(found.encode())
        return total.hexdigest()

    def take_metrics(
        self,
        containers: Sequence[ContainerSpec],
        metrics: Iterable[Sequence[float]],
        failed: Iterable[bool],
    ) -> str:
        """The same for rows that are still numbers: metrics (n, len(METRIC_NAMES)), and which failed."""
        hashes = [
            result_hash(
                container.container_id,
                FAILED if wrong else OK,
                dict(zip(METRIC_NAMES, map(float, row), strict=True)),
            )
            for container, row, wrong in zip(containers, metrics, failed, strict=True)
        ]
        return self.take((container.container_id for container in containers), hashes)
