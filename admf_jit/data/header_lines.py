"""Lines of header: what tells them from rows, and what those above and below the names of the fields say."""

import re
from collections.abc import Sequence

from admf_jit.data.numbers import is_null, looks_like_number
from admf_jit.data.opening import Encoding
from admf_jit.data.spellings import PRICES, field_of, plain, sided

#: What the first cell of a line of symbols says.
LEVELS = ("ticker", "tickers", "symbol", "symbols", "")


def decode_names(content: bytes, encoding: Encoding) -> str:
    """Return names as text; without a stated encoding these are tried: UTF-8, what Chinese programs write, Latin-1."""
    if encoding.named:
        return content.decode(encoding.name, "replace")
    for name in ("utf-8", "gb18030"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or any(map(field_of, re.split(r"[,;\t|]", text))):
            return text
    return content.decode("cp1252", "replace")


def is_price(name: str) -> bool:
    """Tell a name that is that of a price."""
    side = sided(name)
    return field_of(name) in (*PRICES, "last") or (side is not None and side[1] in PRICES) or _ends_in_price(name)


def _ends_in_price(name: str) -> bool:
    parts = re.split(r"[._\- /:]", name)
    return len(parts) > 1 and (plain(parts[-1]) in PRICES or plain(parts[0]) in PRICES)


def is_row(cells: Sequence[str]) -> bool:
    """Tell a row of a table: four cells or more behind the first are numbers, or hold nothing by a word for it."""
    numbers = sum(looks_like_number(cell) for cell in cells)
    words = sum(bool(cell.strip()) and is_null(cell) for cell in cells)
    return numbers >= 4 or (words >= 4 and numbers >= 0)


def is_level(cells: Sequence[str]) -> bool:
    """Tell a line of header below the names: one of symbols, or one without a digit, which no row is."""
    if is_row(cells) or not any(cell.strip() for cell in cells):
        return False
    named = bool(cells[0].strip()) and plain(cells[0]) in LEVELS
    return named or not any(character.isdigit() for cell in cells for character in cell)


def leveled(names: list[str], levels: list[list[str]]) -> tuple[list[str], tuple[str | None, ...], list[list[str]]]:
    """Return names and symbols of a table with more lines of header, and the lines that are neither."""
    none: tuple[str | None, ...] = (None,) * len(names)
    index = next((level for level in levels if level[0] and not any(level[1:])), None)
    if index is not None:
        names = [index[0], *names[1:]]
    symbols = next((level for level in levels if level is not index and plain(level[0]) in LEVELS), None)
    unknown = [level for level in levels if level is not index and level is not symbols]
    if symbols is None:
        return names, none, unknown
    if index is None and plain(names[0]) in ("price", "ticker", "attributes"):
        names = ["", *names[1:]]
    known = tuple(
        symbol if symbol and (field_of(name) is not None) else None
        for name, symbol in zip(names, ["", *symbols[1:]], strict=True)
    )
    units = set("usd eur gbp jpy inr cny btc usdt price s ms shares contracts lots units number".split())
    if {plain(symbol) for symbol in known if symbol} <= units:
        return names, none, [*unknown, symbols]
    return names, known, unknown
