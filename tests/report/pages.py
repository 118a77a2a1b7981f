"""Reads what a page holds, as its own script does: gzip in base64, then a document and its arrays."""

import base64
import gzip
import json
import re
import struct

import numpy as np

DTYPES = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "i2": "<i2", "u1": "u1"}


def data_of(html):
    (text,) = re.findall(r'<script type="application/gzip" id="data">([^<]*)</script>', html)
    content = gzip.decompress(base64.b64decode(text))
    (length,) = struct.unpack_from("<I", content)
    start = -(-(4 + length) // 8) * 8

    def revived(value):
        if isinstance(value, list):
            return [revived(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "$" in value:
            kind, offset, count = value["$"]
            return np.frombuffer(content, DTYPES[kind], count, start + offset)
        return {key: revived(entry) for key, entry in value.items()}

    return revived(json.loads(content[4 : 4 + length]))


def column_of(data, name):
    """A column's values for the rows of the page, as plain values."""
    (column,) = (column for column in data["columns"] if column["name"] == name)
    n = data["rows"]["embedded"]
    if "constant" in column:
        return [column["constant"]] * n
    if "codes" in column:
        return [column["levels"][code] for code in column["codes"]]
    return list(column["numbers"] if "numbers" in column else column["texts"])
