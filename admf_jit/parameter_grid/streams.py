"""Which containers trade on the same signals and exits: a number for each, whatever its account is charged and holds.

The number is the first 64 bits of a SHA-256 of what containers of an environment have in common, mixed with the bits of
their parameters. Source of the mixing: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014),
whose finalizer takes different numbers to different ones.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from admf_jit.parameter_grid.containers import Environment
from admf_jit.parameter_grid.identity import canonical_json, environment_fields

#: Settings of an account that change how much is traded and at what cost, and neither signals nor exits.
SCALE_AND_COSTS = (
    *("cash", "position_size", "lot_size", "tick_size", "commission", "slippage"),
    *("interest_rate", "borrow_rate", "funding"),
)
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def stream_of_environment(environment: Environment, strategy_digest: str, evaluation_start: int | None) -> int:
    """Return what settings, symbol and strategy give the stream of a container, 0 <= number < 2**64."""
    settings = environment.settings
    fields = environment_fields(settings.account, settings.execution, settings.exits, settings.risk)
    account = {key: value for key, value in fields["account"].items() if key not in SCALE_AND_COSTS}
    said = {
        **fields,
        "account": account,
        "symbol": environment.symbol,
        "strategy": strategy_digest,
        "evaluation_start": evaluation_start,
    }
    return int.from_bytes(hashlib.sha256(canonical_json(said).encode()).digest()[:8], "big")


def mix_parameters(first: NDArray[np.uint64], parameters: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return numbers, uint64 (n,), mixed with each of the parameters, float64 (n, n_parameters), in turn."""
    mixed = first.copy()
    for column in parameters.T:
        mixed += _GAMMA
        mixed ^= (column + 0.0).view(np.uint64)  # -0.0 is 0.0
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
    return mixed
