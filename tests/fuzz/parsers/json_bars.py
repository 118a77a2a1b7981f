"""JSON files of bars: any bytes are refused, or are bars that hold to the rules."""

import json
import random
from typing import Any

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.rules import check_bars
from tests.fuzz.parsers.trees import ODD, changed

_FILE = scratch("json") / "SPY.json"
_TIMES = [1_704_121_020_000 + 60_000 * number for number in range(4)]
_RECORDS = [{"t": time, "o": 1.0, "h": 2.0, "l": 0.5, "c": 1.5, "v": 3} for time in _TIMES]
_ROWS = [[time, 1.0, 2.0, 0.5, 1.5, 3] for time in _TIMES]
_BY_DAY = {
    f"2024-01-0{day}": {"1. open": "1", "2. high": "2", "3. low": "0.5", "4. close": "1.5"} for day in range(1, 5)
}
_DOCUMENTS: list[Any] = [
    _RECORDS,
    _ROWS,
    {"status": "OK", "results": _RECORDS, "count": 4},
    {"s": "ok", **{name: [record[name] for record in _RECORDS] for name in "tohlcv"}},
    {"Meta Data": {"1. Information": "Daily"}, "Time Series (Daily)": _BY_DAY},
    {"columns": list("tohlcv"), "data": _ROWS},
    [{**record, "symbol": symbol} for symbol in "AB" for record in _RECORDS],
]
SEEDS = [*(json.dumps(document).encode() for document in _DOCUMENTS), "\n".join(map(json.dumps, _RECORDS)).encode()]
_KEYS = ["t", "o", "h", "l", "c", "v", "open", "time", "symbol", "results", "columns", "data", "Name", ""]
_VALUES = [*ODD, *_RECORDS, *_ROWS, *_TIMES, "2024-01-02", "1.5K", "1,234", 1.5, 2.0, 0, -1, "A"]
DICTIONARY = [*_KEYS, "[", "{", "null", "NaN", "Infinity", "1e400", "\\ud800", "true", "},{"]
LONGEST = 4096


def check(data: bytes) -> bool:
    """Load the file, and hold what was accepted to the rules of bars and to a second reading."""
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


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change a document as a tree; or bytes of it."""
    if not data or chance.random() < 0.03:
        return chance.choice(SEEDS)
    if chance.random() < 0.8:
        try:
            return json.dumps(changed(json.loads(data), chance, _KEYS, _VALUES)).encode()
        except (ValueError, TypeError, RecursionError, ArithmeticError, LookupError, AttributeError):
            return chance.choice(SEEDS)
    start = chance.randint(0, len(data))
    word = chance.choice(DICTIONARY).encode()
    return data[:start] + word + data[start + chance.choice((0, 1, len(word), 40)) :]
