"""Data stores: whatever stands in the manifest or in a column, what is loaded is what was written, or is refused.

The first byte names the file that the rest of the input takes the place of. With `FORGE` the manifest is made to agree
with it, sizes and digests included, as whoever edits a store on purpose would do: then what is loaded must hold to the
rules of bars.
"""

import hashlib
import io
import json
import random
from typing import Any

import numpy as np

from admf_jit.data import load, write_store
from admf_jit.data.bar_columns import COLUMNS, DTYPES, count_missing, digest
from admf_jit.errors import DataError
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.rules import check_bars
from tests.fuzz.parsers.samples import two_symbols
from tests.fuzz.parsers.trees import ODD, changed

FORGE = 0x80
FILES = ("manifest.json", *(f"{column}.npy" for column in COLUMNS))
_DATA = two_symbols()
_STORE = write_store(_DATA, scratch("store") / "store")
_GENUINE = {name: (_STORE / name).read_bytes() for name in FILES}
_MANIFEST = json.loads(_GENUINE["manifest.json"])
_KEYS = [*_MANIFEST, *COLUMNS, "bytes", "sha256", "shape", "dtype", "file"]
_VALUES = [
    *ODD,
    *_MANIFEST.values(),
    *_MANIFEST["columns"].values(),
    "2d",
    "1mo",
    "0m",
    "٣m",
    "Etc/GMT+5",
    "America",
    [1, 2, 3],
]
SEEDS = [bytes([place]) + _GENUINE[name] for place, name in enumerate(FILES)]
SEEDS += [bytes([place | FORGE]) + _GENUINE[name] for place, name in enumerate(FILES) if place]
DICTIONARY = [
    *_KEYS, "\x93NUMPY\x01\x00", "\x93NUMPY\x02\x00", "\x93NUMPY\x03\x00", "PK\x03\x04", "{'descr': '<f8', ", "'|O'",
    "'fortran_order': True, ", "'shape': (2, 7), }", "'<i8'", "(7,)", "(99999999999999,)", "(-1,)", "NaN", "Infinity",
    "\x80\x04\x95", "cos\nsystem\n(S'x'\ntR.", "[" * 60, "null",
]  # fmt: skip


def check(data: bytes) -> bool:
    """Put the input in the place of a file, and load the store."""
    name = FILES[(data[0] & ~FORGE) % len(FILES)] if data else FILES[0]
    forged = bool(data) and bool(data[0] & FORGE) and name != FILES[0]
    content = data[1:]
    (_STORE / name).write_bytes(content)
    if forged:
        _forge(name, content)
    try:
        try:
            found = load(_STORE)
        except DataError as error:
            assert str(_STORE) in str(error), error
            str(error).encode()
            return False
        if not forged:
            assert (found.digest, found.symbols, found.timezone) == (_DATA.digest, _DATA.symbols, _DATA.timezone)
            for column in COLUMNS:
                assert getattr(found, column).tobytes() == getattr(_DATA, column).tobytes(), column
        check_bars(found)
        json.dumps([found.name, found.notes, found.symbols], ensure_ascii=False).encode()
        return True
    finally:
        (_STORE / name).write_bytes(_GENUINE[name])
        if forged:
            (_STORE / FILES[0]).write_bytes(_GENUINE[FILES[0]])


def _forge(name: str, content: bytes) -> None:
    manifest = json.loads(_GENUINE[FILES[0]])
    column = name.removesuffix(".npy")
    manifest["columns"][column].update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    try:
        values = np.load(io.BytesIO(content), allow_pickle=False)
        assert values.dtype.str == DTYPES[column] and values.shape == getattr(_DATA, column).shape
    except Exception:  # what it is worth is for the product to say
        pass
    else:
        columns: dict[str, Any] = {other: getattr(_DATA, other) for other in COLUMNS} | {column: values}
        manifest["digest"] = digest(_DATA.symbols, _DATA.timeframe, _DATA.timezone, columns)
        manifest["missing_bars"] = list(count_missing(columns["close"]))
    (_STORE / FILES[0]).write_text(json.dumps(manifest))


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change the manifest as a tree; change a column's values, its header or its bytes; or take another file."""
    if not data or chance.random() < 0.05:
        return chance.choice(SEEDS)
    head, content = data[:1], data[1:]
    place = (head[0] & ~FORGE) % len(FILES)
    if place == 0 and chance.random() < 0.8:
        try:
            tree = changed(json.loads(content), chance, _KEYS, _VALUES)
            return head + json.dumps(tree, ensure_ascii=chance.random() < 0.7).encode("utf-8", "replace")
        except (ValueError, TypeError, RecursionError, ArithmeticError, LookupError):
            return SEEDS[0]
    if place and chance.random() < 0.5:
        header = _GENUINE[FILES[place]][:128]
        values = bytearray(content[128:] or _GENUINE[FILES[place]][128:])
        for _ in range(chance.choice((1, 1, 2, 8))):
            start = chance.randrange(0, max(1, len(values) - 7), 8)
            values[start : start + 8] = _number(place, bytes(values[start : start + 8]), chance)
        return bytes([place | (FORGE if chance.random() < 0.8 else 0)]) + header + bytes(values)
    if chance.random() < 0.3:
        return bytes([head[0] ^ FORGE]) + content
    start = chance.randint(0, len(content))
    word = chance.choice(DICTIONARY).encode("latin-1", "replace")
    return head + content[:start] + word + content[start + chance.choice((0, 1, len(word), 40)) :]


def _number(place: int, before: bytes, chance: random.Random) -> bytes:
    if DTYPES[COLUMNS[place - 1]] == "<f8":
        odd = (0.0, -0.0, -1.0, 5e-324, 1e308, np.inf, -np.inf, np.nan, 100.0, 99.0, 101.5)
        return np.float64(chance.choice(odd)).tobytes()
    number = int.from_bytes(before.ljust(8, b"\0"), "little", signed=True)
    moved = number + chance.choice((-1, 1, 60 * 10**9, -60 * 10**9, 86_400 * 10**9))
    known = (moved, moved, 0, -1, 1, 2**63 - 1, -(2**63))
    return np.array(max(-(2**63), min(2**63 - 1, chance.choice(known))), "<i8").tobytes()
