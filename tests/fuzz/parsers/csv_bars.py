"""CSV files of bars: any bytes are refused, or every row of them is a bar that holds to the rules."""

import csv
import random

import numpy as np

from admf_jit.data import MarketData, load
from admf_jit.errors import DataError
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.rules import check_bars

_FILE = scratch("csv") / "SPY_1m.csv"
HEADER = "Date,Open,High,Low,Close,Volume"
_ROWS = ("2024-01-02,10,12,9,11,100", "2024-01-03,11,12.5,10,11,0", "2024-01-04,11,12,10,11.25,3")
SEEDS = [
    text.encode()
    for text in (
        "\n".join((HEADER, *_ROWS)) + "\n",
        "\n".join((HEADER, *_ROWS)).replace(",", ";"),
        "\r\n".join((HEADER, *_ROWS)).replace(",", "\t"),
        "\ufeff\n\n" + "\n".join((HEADER.replace("Date", "timestamp"), *_ROWS)).replace("2024-01-0", "17040672"),
        "\n".join((HEADER.replace("Date", "Date,Time"), *(row.replace(",10,", ",0930,10,", 1) for row in _ROWS))),
        "Ticker," + "\n".join((HEADER, *(f"{symbol},{row}" for symbol in ("A", "B") for row in _ROWS))),
        "\n".join((HEADER, *(row.replace("-", "/") for row in _ROWS))),
        "\n".join((HEADER, *(row.replace("2024-01-0", "2024-01-02T09:30:0") for row in _ROWS))).replace(
            ",1", "+05:30,1"
        ),
        ",open,high,low,close\n20240102,1,2,0.5,1.5\n20240103,1,2,0.5,1.5\n20240104,1,2,0.5,1.5\n",
        "date,o,h,l,c,v\n02.01.2024,1,2,0.5,1.5,1\n13.01.2024,1,2,0.5,1.5,1\n",
        "date,o,h,l,c,v\nJan 2 2024 3 PM,1,2,0.5,1.5,1\nJan 13 2024 4 PM,1,2,0.5,1.5,1\n",
        "\n".join(row.replace("-", ".").replace(",", ",09:30,", 1) for row in _ROWS),
        "\n".join(row.replace("-", "").replace(",", " 093000;", 1).replace(",", ";") for row in _ROWS),
        "Price,Close,High,Low,Open,Volume\nTicker,X,X,X,X,X\nDate,,,,,\n2024-01-02,1,2,0.5,1,9\n2024-01-03,1,2,0.5,1,9\n",
        "Price,Open,High,Low,Close,Open,High,Low,Close\nTicker,A,A,A,A,B,B,B,B\nDate,,,,,,,,\n"
        "2024-01-02,1,2,0.5,1,1,2,0.5,1\n2024-01-03,1,2,0.5,1,,,,\n2024-01-04,1,2,0.5,1,1,2,0.5,1\n",
        "https://example.org\nsep=;\n# words\nDatum;Open;High;Low;Close;Volume\n02.01.2024;1,5;2;1;1,5;1.000\n"
        "13.01.2024;1,5;2;1;1,5;68,5K\n\nTotal: 2\n",
        'Date,Price,Open,High,Low,Vol.\n"01/13/2024","1,021.5","1,021.0","1,022","1,000.1","61.48K"\n'
        '"01/12/2024","1,021.5","1,021.0","1,022","1,000.1","-"\n',
        "date,bidopen,bidclose,bidhigh,bidlow,askopen,askclose,askhigh,asklow\n2024-01-02,1,1,1,1,2,2,2,2\n",
        "Date,contract,Open,High,Low,Close\n2024-01-02,A24,1,2,0.5,1\n2024-01-03,A24,1,2,0.5,1\n2024-01-04,B24,1,2,0.5,1\n"
        "2024-01-05,B24,1,2,0.5,1\n",
    )
]
_HEADINGS = [
    "contract", "Name", "what", "<TICKVOL>", "Volume BTC", "Volume USDT", "bidopen", "Last", "Settle", "A.Open", "unix",
    "Date", "Time", "datetime", "timestamp", "unix", "Open", "o", "<HIGH>", "Low", "close/last", "Adj Close", "Vol.",
    "symbol", "ticker", "", "Unnamed: 0", "index", "é", "open",
]  # fmt: skip
_CELLS = [
    "", " ", "1", "10", "11.5", "-1", "0", "-0.0", "1e5", "1e400", "5e-324", "inf", "-inf", "nan", "NA", "null",
    "None", "1_0", "0x1A", "1,5", '"1"', '"', "'", "True", "٣", "1" * 400, "1.5.2", "1e", "+2", "12d", "A", "B", " A",
    "2024-01-02", "2024-01-02 09:30", "2024-01-02T09:30:00Z", "2024-01-02T09:30:00.123456789+05:30", "2024-02-30",
    "1600-01-01", "2262-04-12", "9999-12-31", "01/02/2024", "13/02/2024", "02/13/2024", "20240102", "202401020930",
    "1704067200", "1704067200000", "1704067200000000000", "9223372036854775807", "9223372036854775808", "-5", "0930",
    "93000", "9:30 PM", "2024-01-02 09:30 America/New_York", "2024-01-02 09:30:00 GMT+1", "2024-W01-2", "24:00",
    "Jan 2 2024", "now", "today", "2-3-24", "Jan 2 2024 09:30 EST", "1704067200.0", "2024-03-10 02:30", "0000-00-00",
    "T", "Z", "-", "1e18", "\x00", "#", "é",
]  # fmt: skip
DICTIONARY = [*_HEADINGS, *_CELLS, "\r\n", "\n\n", ",", ";", "\t", "|", "\ufeff", "\x1a", "\\", '""', "\u2028"]
LONGEST = 1200


def check(data: bytes) -> bool:
    """Load the file; then hold what was accepted to the rules, a second reading and another reader."""
    _FILE.write_bytes(data)
    try:
        found = load(_FILE, keep=False)
    except DataError as error:
        assert str(_FILE) in str(error), error
        str(error).encode()
        return False
    check_bars(found)
    assert load(_FILE, keep=False).digest == found.digest
    _compare_rows(data.decode("utf-8-sig", "replace"), found)  # what is not used may hold any bytes
    return True


def _compare_rows(text: str, found: MarketData) -> None:
    """Compare the number of bars, and the closes of a lone symbol, with what the standard library reads."""
    if any(character in text for character in '"\r\0\x1a#%'):
        return
    lines = [line for line in text.split("\n") if line.strip()]
    separator = max(",;\t|", key=lines[0].count)
    names = {name.strip().lower() for name in lines[0].split(separator)}
    if not names >= {"open", "high", "low", "close"} or any("left out" in note for note in found.notes):
        return
    if len(lines) > 1 and not any(character.isdigit() for character in lines[1]):  # another line of header
        return
    rows = [row for row in csv.reader(lines[1:], delimiter=separator, quoting=csv.QUOTE_NONE) if any(row)]
    if any("turned round" in note for note in found.notes):
        rows.reverse()
    assert len(rows) == int((~np.isnan(found.close)).sum()), (len(rows), found.close)
    header = [name.strip().lower() for name in lines[0].split(separator)]
    if len(found.symbols) == 1 and header.count("close") == 1:
        assert [float(row[header.index("close")]) for row in rows] == found.close[0].tolist()


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change cells, columns, rows or separators."""
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    separator = max(",;\t|", key=lines[0].count)
    place = chance.randrange(len(lines))
    cells = lines[place].split(separator)
    column = chance.randrange(len(cells))
    kind = chance.randrange(11)
    if kind < 4:
        cells[column] = chance.choice(_HEADINGS if place == 0 else _CELLS)
        lines[place] = separator.join(cells)
    elif kind == 4:
        cells.insert(column, chance.choice(_CELLS))
        lines[place] = separator.join(cells)
    elif kind == 5:
        del cells[column]
        lines[place] = separator.join(cells)
    elif kind == 6:
        lines.insert(place, lines[chance.randrange(len(lines))])
    elif kind == 7:
        del lines[place]
    elif kind == 8:  # the same value in a whole column
        value = chance.choice(_CELLS)
        for number, line in enumerate(lines[1:], 1):
            other = line.split(separator)
            if column < len(other):
                other[column] = value if chance.random() < 0.5 else other[column] + value
                lines[number] = separator.join(other)
    elif kind == 9:
        start = chance.randint(0, len(text))
        word = chance.choice(DICTIONARY)
        return (text[:start] + word + text[start + chance.choice((0, 1, 5)) :]).encode("utf-8", "surrogateescape")
    else:
        return text.replace(separator, chance.choice(",;\t| ")).encode("utf-8", "surrogateescape")
    return "\n".join(lines).encode("utf-8", "surrogateescape")
