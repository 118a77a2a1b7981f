"""What one entry of the ledger holds, as bytes and back: data, facts, and three numbers for each container."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import LedgerError

#: One container: its id, what it has in common with those that trade alike, and its Sharpe ratio per bar, or NaN.
TRIAL = np.dtype([("container", "<u8"), ("stream", "<u8"), ("sharpe", "<f4")])
#: SHA-256 of nothing that was ever written: what the first entry follows.
BEGINNING = bytes(32)
_DIGEST_BYTES = 32
_LENGTH_BYTES = 4


@dataclass(frozen=True, eq=False)
class Entry:
    """Containers that were run on some data for the first time: ``trials`` TRIAL (n,), by rising container.

    ``data`` is the digest of the data, 64 hexadecimal digits. ``facts`` say what ran them, when, and of which strategy.
    """

    data: str
    facts: Mapping[str, Any]
    trials: NDArray[np.void]

    def encoded(self) -> bytes:
        """The bytes that are hashed: digest, length of the facts, facts as canonical JSON, trials."""
        facts = json.dumps(dict(self.facts), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
        length = len(facts).to_bytes(_LENGTH_BYTES, "big")
        return b"".join([digest_bytes(self.data), length, facts, self.trials.astype(TRIAL).tobytes()])

    @classmethod
    def decoded(cls, content: bytes) -> Entry:
        """Return the entry of some bytes; LedgerError where they are none."""
        begin = _DIGEST_BYTES + _LENGTH_BYTES
        end = begin + int.from_bytes(content[_DIGEST_BYTES:begin], "big")
        try:
            facts = json.loads(content[begin:end])
            trials = trials_in(content)
        except ValueError as problem:
            raise LedgerError(f"not an entry of a ledger of trials ({problem})") from None
        if not isinstance(facts, dict):
            raise LedgerError(f"facts of an entry are {facts!r:.40}; expected a mapping")
        return cls(content[:_DIGEST_BYTES].hex(), facts, trials)


def trials_in(content: bytes) -> NDArray[np.void]:
    """The trials of an entry's bytes, TRIAL (n,); ValueError where they are none."""
    facts = int.from_bytes(content[_DIGEST_BYTES : _DIGEST_BYTES + _LENGTH_BYTES], "big")
    return np.frombuffer(content, TRIAL, offset=_DIGEST_BYTES + _LENGTH_BYTES + facts)


def chained(before: bytes, content: bytes) -> bytes:
    """The hash of an entry: SHA-256 of the hash of the entry before it and its own bytes."""
    return hashlib.sha256(before + content).digest()


def trials_of(
    container_ids: Sequence[str] | NDArray[np.uint64], streams: NDArray[np.uint64], sharpes: NDArray[np.float64]
) -> NDArray[np.void]:
    """Return n containers as TRIAL (n,): ids (16 hexadecimal digits, or numbers), streams, Sharpe ratios (n,)."""
    found = np.empty(len(streams), TRIAL)
    if isinstance(container_ids, np.ndarray):
        found["container"] = container_ids
    else:
        found["container"] = np.frombuffer(bytes.fromhex("".join(container_ids)), ">u8")
    found["stream"] = streams
    with np.errstate(over="ignore"):
        sharpe = np.asarray(sharpes, np.float64).astype(np.float32)
    found["sharpe"] = np.where(np.isfinite(sharpe), sharpe, np.float32(np.nan))
    return found


def digest_bytes(text: str) -> bytes:
    """The bytes of a digest of data; LedgerError where the text is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _DIGEST_BYTES:
        raise LedgerError(f"data digest is {text!r:.80}; expected 64 hexadecimal digits")
    return found
