"""Container ids and seeds: what decides a result, and nothing else, decides them.

An id is the start of the SHA-256 of canonical JSON (sorted keys, no spaces, floats as `repr` writes them), so
the same work has the same id in every grid, process and Python version. `hash` is salted per process and
never used.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.config.execution import PHASES
from admf_jit.config.sizing import FractionSizing

ID_DIGITS = 16


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value; NaN and infinity have none and raise ValueError."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def environment_fields(
    account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig
) -> dict[str, Any]:
    """Return the settings that can change a result; scheduling cannot. A block that says nothing is left out."""
    if isinstance(account.sizing, FractionSizing):  # another way to write position_size
        account = account.model_copy(update={"position_size": account.sizing.fraction, "sizing": None})
    fields = {
        "account": account.model_dump(mode="json"),
        "execution": execution.model_dump(mode="json", exclude=set(PHASES)),
    }
    if exits != ExitsConfig():
        fields["exits"] = exits.model_dump(mode="json")
    if risk != RiskConfig():
        fields["risk"] = risk.model_dump(mode="json")
    return fields


def identity_fields(
    environment: Mapping[str, Any],
    parameters: Mapping[str, bool | int | float],
    *,
    symbol: str,
    strategy_digest: str,
    data_digest: str,
    master_seed: int,
    evaluation_start: int | None = None,
) -> dict[str, Any]:
    """Return everything that decides the result of a container, as the mapping whose JSON is hashed."""
    common = {} if evaluation_start is None else {"evaluation_start": evaluation_start}
    return {
        **environment,
        **common,
        "data": data_digest,
        "master_seed": master_seed,
        "parameters": dict(parameters),
        "strategy": strategy_digest,
        "symbol": symbol,
    }


def container_id(text: str) -> str:
    """Return the id for the canonical JSON of `identity_fields`."""
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def container_ids(around: Sequence[tuple[str, str]], environment: Sequence[int], bodies: Sequence[str]) -> list[str]:
    """Return `container_id(head + body + tail)` for each body, with (head, tail) at its place in `around`."""
    heads = [hashlib.sha256(head.encode()) for head, _ in around]
    tails = [tail for _, tail in around]
    identifiers = []
    for place, body in zip(environment, bodies, strict=True):
        digest = heads[place].copy()
        digest.update((body + tails[place]).encode())
        identifiers.append(digest.hexdigest()[:ID_DIGITS])
    return identifiers


def container_seeds(master_seed: int, identifiers: Sequence[str]) -> NDArray[np.int64]:
    """Return `container_seed` of each of n identifiers, int64 (n,)."""
    # One text for all of them and one array of all digests: these loops are a part of the time of short sweeps.
    begin, between = f"{master_seed}:", f"\0{master_seed}:"
    texts = (begin + between.join(identifiers)).encode().split(b"\0") if identifiers else []
    digests = b"".join([hashlib.sha256(text).digest() for text in texts])
    first_words = np.frombuffer(digests, ">u8")[:: hashlib.sha256().digest_size // 8]
    return (first_words >> np.uint64(1)).astype(np.int64)


def container_seed(master_seed: int, identifier: str) -> int:
    """Return a container's seed, 0 <= seed < 2**63: the first 63 bits of the SHA-256 of "master_seed:id"."""
    digest = hashlib.sha256(f"{master_seed}:{identifier}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
