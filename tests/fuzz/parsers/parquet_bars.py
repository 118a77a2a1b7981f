"""Parquet files of bars: any bytes, and any table of any types, are refused or are bars that hold to the rules.

An input that begins with a brace is a JSON text of columns and of the metadata that pandas leaves, from which a file is
made; everything else is the file itself.
"""

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.rules import check_bars
from tests.fuzz.parsers.trees import ODD, changed

_FILE = scratch("parquet") / "SPY.parquet"
_TYPES = {
    **{
        name: pa.type_for_alias(name)
        for name in ("int8", "int64", "uint64", "float", "double", "bool", "string", "binary")
    },
    **{name: pa.type_for_alias(name) for name in ("large_string", "date32", "date64", "null", "float16")},
    **{f"timestamp[{unit}]": pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")},
    **{
        f"timestamp[{unit}, {zone}]": pa.timestamp(unit, zone)
        for unit in ("s", "ns")
        for zone in ("UTC", "+05:30", "X/Y")
    },
    "timestamp[us, America/New_York]": pa.timestamp("us", "America/New_York"),
    "time64": pa.time64("ns"),
    "duration": pa.duration("ns"),
    "decimal": pa.decimal128(38, 4),
    "dictionary": pa.dictionary(pa.int8(), pa.string()),
    "list": pa.list_(pa.float64()),
    "struct": pa.struct([("a", pa.float64())]),
    "fixed": pa.binary(4),
}
_MINUTE = 60 * 10**9
_TIMES = [1_704_121_020 * 10**9 + _MINUTE * number for number in range(4)]
_COLUMNS: list[list[Any]] = [
    ["time", "timestamp[ns, UTC]", _TIMES],
    *([name, "double", [value] * 4] for name, value in (("open", 1.0), ("high", 2.0), ("low", 0.5), ("close", 1.5))),
    ["volume", "int64", [0, 1, 2, 3]],
]
_PANDAS = {
    "index_columns": ["time"],
    "column_indexes": [
        {"name": None, "field_name": None, "pandas_type": "unicode", "numpy_type": "object",
         "metadata": {"encoding": "UTF-8"}}
    ],
    "columns": [
        {"name": name, "field_name": name, "pandas_type": "float64", "numpy_type": "float64", "metadata": None}
        for name in ("open", "high", "low", "close", "volume")
    ]
    + [
        {"name": "time", "field_name": "time", "pandas_type": "datetimetz", "numpy_type": "datetime64[ns]",
         "metadata": {"timezone": "UTC"}}
    ],
    "creator": {"library": "pyarrow", "version": "20.0.0"},
    "pandas_version": "2.2.3",
}  # fmt: skip


def _tree(columns: list[list[Any]], pandas: Any = None) -> bytes:
    return json.dumps({"columns": columns, "pandas": pandas, "dictionary": False, "rows": 64}).encode()


def _file(frame: pd.DataFrame, **options: Any) -> bytes:
    frame.to_parquet(_FILE, engine="pyarrow", **options)
    return _FILE.read_bytes()


def _frame() -> pd.DataFrame:
    index = pd.DatetimeIndex(pd.to_datetime(_TIMES, utc=True), name="time")
    return pd.DataFrame({"open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 1.0}, index=index)


SEEDS = [
    _tree(_COLUMNS, _PANDAS),
    _tree(_COLUMNS),
    _tree([*_COLUMNS, ["symbol", "dictionary", ["A", "B", "A", "B"]]]),
    _tree([["date", "date32", [19_700, 19_701, 19_702, 19_703]], *_COLUMNS[1:5]]),
    _tree([["date", "string", ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]], *_COLUMNS[1:]]),
    _tree([["unix", "int64", [1704067200, 1704067260, 1704067320, 1704067380]], *_COLUMNS[1:]]),
    _file(_frame(), compression="none"),
    _file(_frame(), compression="snappy"),
    _file(_frame().reset_index(), compression="none", index=False),
]
_KEYS = [
    "columns", "pandas", "dictionary", "rows", "index_columns", "column_indexes", "name", "field_name", "pandas_type",
    "numpy_type", "metadata", "timezone", "kind", "start", "stop", "step",
]  # fmt: skip
_VALUES = [
    *ODD, *_TYPES, *_COLUMNS, *_COLUMNS, "open", "close", "time", "symbol", "date", "unix", "datetimetz",
    "categorical", "object", "Int64", "period", "2024-01-02", "2024-01-02T09:30Z", "1.5", 1.5, 1.0, 2.0, 9.0,
    1704067200, 19_700, _TIMES[0], _TIMES[3], {"kind": "range", "name": None, "start": 0, "stop": 4, "step": 1},
    "('open', 'A')", "America/New_York", [1.0, 2.0],
]  # fmt: skip
DICTIONARY = [
    "PAR1", "PARE", "ARROW:schema", "pandas", *_KEYS, *_TYPES, "time", "open", "\x15\x00", "\x19\x1c",
    "\xff\xff\xff\xff\x0f",
]  # fmt: skip
LONGEST = 6000


def check(data: bytes) -> bool:
    """Make the file, load it, and hold what was accepted to the rules of bars and to a second reading."""
    if data[:1] == b"{":
        if not _made(data):
            return False
    else:
        _FILE.write_bytes(data)
    try:
        found = load(_FILE, keep=False)
    except DataError as error:
        assert str(_FILE) in str(error), error
        str(error).encode()
        return False
    check_bars(found)
    assert load(_FILE, keep=False).digest == found.digest
    return True


def _made(data: bytes) -> bool:
    """Write the table that a JSON text tells, if Arrow can hold it and Parquet can store it."""
    try:
        stated = json.loads(data)
        columns = [(str(name), _array(kind, values)) for name, kind, values in stated["columns"]]
        table = pa.Table.from_arrays([array for _, array in columns], names=[name for name, _ in columns])
        if stated.get("pandas") is not None:
            table = table.replace_schema_metadata({b"pandas": json.dumps(stated["pandas"]).encode()})
        pq.write_table(table, _FILE, compression="none", use_dictionary=bool(stated.get("dictionary")))
    except Exception:  # what cannot be made cannot be read either
        return False
    return True


def _array(kind: str, values: list[Any]) -> pa.Array:
    if kind == "decimal":
        return pa.array([None if value is None else Decimal(str(value)) for value in values], _TYPES[kind])
    if kind.startswith("date"):
        return pa.array(
            [None if value is None else dt.date.fromordinal(719_163 + int(value)) for value in values], _TYPES[kind]
        )
    return pa.array(values, _TYPES[kind])


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change a table's columns, values and types as a tree; or bytes of a file."""
    if not data or chance.random() < 0.03:
        return chance.choice(SEEDS)
    if data[:1] == b"{":
        try:
            tree = json.loads(data)
            columns = tree["columns"]
            kind = chance.randrange(5)
            if kind == 0:
                column = chance.choice(columns)
                column[1] = chance.choice(list(_TYPES))
            elif kind == 1:
                column = chance.choice(columns)
                column[2] = [chance.choice((value, chance.choice(_VALUES))) for value in column[2]]
            elif kind == 2:
                name = chance.choice(
                    ("unix", "symbol", "close", "time", "", "0", "__index_level_0__", "('open', 'A')", "1.0")
                )
                chance.choice(columns)[0] = name
            else:
                tree = changed(tree, chance, _KEYS, _VALUES)
            return json.dumps(tree).encode()
        except (ValueError, TypeError, RecursionError, ArithmeticError, LookupError, AttributeError):
            return chance.choice(SEEDS[:6])
    start = chance.randint(0, len(data))
    if chance.random() < 0.5:
        flipped = bytearray(data)
        for _ in range(chance.choice((1, 1, 2))):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        return bytes(flipped)
    word = chance.choice(DICTIONARY).encode("latin-1", "replace")
    return data[:start] + word + data[start + chance.choice((0, 1, len(word), 40)) :]
