"""The data of a page: one JSON document, and the arrays of numbers that it names, in one block of bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.ranking import json_value

#: Key of an object of the document that stands for an array: ``{"$": [type, offset, length]}``.
REFERENCE = "$"
_TYPES = {"float64": "f8", "float32": "f4", "int32": "i4", "int16": "i2", "uint8": "u1"}
_ALIGNED = 8


class Packing:
    """Arrays that are added one by one, and written behind the document that refers to them.

    The bytes are: the length of the document (uint32), the document as JSON in UTF-8, zeros up to a multiple of 8, and
    each array, little-endian, padded likewise. Offsets count from the first array.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def add(self, array: NDArray[Any]) -> dict[str, list[Any]]:
        """Take an array (n,) of one of the types above, and return what stands for it in the document."""
        code = _TYPES[array.dtype.name]
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        reference = {REFERENCE: [code, self._length, len(array)]}
        content += bytes(-len(content) % _ALIGNED)
        self._parts.append(content)
        self._length += len(content)
        return reference

    def packed(self, document: Any) -> bytes:
        """The document and all arrays. NaN in the document becomes null, an infinity a text."""
        text = json.dumps(json_value(document), ensure_ascii=False, allow_nan=False, default=str).encode()
        head = len(text).to_bytes(4, "little") + text
        return b"".join([head, bytes(-len(head) % _ALIGNED), *self._parts])
