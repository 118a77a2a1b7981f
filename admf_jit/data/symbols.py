"""Symbols: which rows belong to which, by a column of the table or by the name of its file."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.numbers import to_numbers
from admf_jit.data.spellings import CONTRACTS, field_of, is_unnamed, plain
from admf_jit.data.table import Problem, Table
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_CODE = re.compile(r"[A-Z0-9^][A-Z0-9.\-=^/_:]{0,19}")
#: Such names have one value where there is one symbol, and it is not the symbol's.
_NOT_ALONE = frozenset(("currency", "market", "marketname", "root", "product", "company", "companyname"))
#: Options to buy and to sell.
_OPTIONS = frozenset(("C", "P", "CE", "PE", "CALL", "PUT"))
#: A move of the logarithm of the close, by itself and over the usual one, that no roll of one series makes.
_JUMP, _USUAL = 0.05, 10.0
_SHOWN = 3
_UNITS = "s|sec|m|min|mins|minute|minutes|h|hr|hour|hours|d|day|days|w|wk|week|mo|month"
_BAR_LENGTH = rf"(?:\d+\s?(?:{_UNITS})|[mhd]\d{{1,3}}|tick|hourly|daily|weekly|monthly|intraday)"
_DATE = r"(?:(?:19|20)\d\d(?:[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?)?)"
_WORDS = r"(?:full|adjsplit|adjsplitdiv|unadj|adjusted|unadjusted|splitadjusted|ohlcv?|klines?|candles|last)"
_TAIL = re.compile(rf"(?i)[_\- .](?:{_BAR_LENGTH}|{_DATE}|{_WORDS})$")
_METATRADER = re.compile(r"([A-Z]{6}[A-Za-z.]?)(?:1|5|15|30|60|240|1440|10080|43200)")


@dataclass(frozen=True)
class Symbols:
    """The symbols in the order of their first rows, and the place among them of each row's (-1 for none)."""

    names: tuple[str, ...]
    row: NDArray[np.int64]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    #: The column that tells them.
    column: int | None = None


def symbols_of(table: Table) -> Symbols:
    """Return the symbols of a table with one row a bar; what may be two symbols or one raises DataError."""
    fields = table.fields
    if fields.symbol is not None:
        found = _of_column(table, fields.symbol)
        if not fields.symbol_stated:
            for place in fields.identity:
                _one_contract_each(table, found, place)
        return found
    name = symbol_of(table.name)
    everything = Symbols((name,), np.zeros(table.n_rows, np.int64))
    if fields.symbol_stated:
        return everything
    return _by_identity(table, everything)


def _by_identity(table: Table, everything: Symbols) -> Symbols:
    found = {place: _of_column(table, place) for place in table.fields.identity}
    named = {place for place in found if field_of(table.header[place]) == "identity" or is_unnamed(table.header[place])}
    known = {place: one for place, one in found.items() if place in named and not _is_count(table, one)}
    varying = {place: one for place, one in known.items() if len(one.names) > 1}
    if varying:
        chosen = _finest(table, varying)
        label = table.header[chosen]
        return Symbols(
            varying[chosen].names,
            varying[chosen].row,
            varying[chosen].problems,
            (f"symbols are those of {repr(label) if label else 'the column without a name'}",),
            chosen,
        )
    for place, one in found.items():
        if place not in known and len(one.names) > 1:
            _refuse_doubtful(table, place, one)
    for place, one in known.items():
        if len(one.names) == 1 and plain(table.header[place]) not in _NOT_ALONE and _is_code(one.names[0]):
            return Symbols(one.names, everything.row, column=place)
    return everything


def _is_code(name: str) -> bool:
    """Tell the code of a symbol from the name of a firm and from the number of a row in a database."""
    return _CODE.fullmatch(name) is not None and (not name.isdigit() or len(name) >= 5)


def _of_column(table: Table, place: int) -> Symbols:
    label = table.header[place]
    codes, names = factorized(table.columns[place])
    problems = [Problem(int(p), label, "empty", "expected a symbol") for p in np.flatnonzero(codes < 0)[:1000]]
    return Symbols(names, codes, tuple(problems))


def factorized(column: "pd.Series[Any]") -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the codes of the rows, counted in the order of first rows, and the names; -1 where a cell is empty."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        names = [str(name).strip() or None for name in column.cat.categories]
        again, merged = pd.factorize(pd.Series(names, dtype=object))
        codes = np.append(again, -1)[codes]
        order = [code for code in pd.unique(codes).tolist() if code >= 0]
        rank = np.full(len(merged) + 1, -1, np.int64)
        rank[order] = np.arange(len(order))
        return rank[codes], tuple(str(merged[code]) for code in order)
    text = column.astype("string").str.strip()
    found, distinct = pd.factorize(text.mask(text == ""))
    return np.asarray(found, np.int64), tuple(str(name) for name in distinct)


def _is_count(table: Table, found: Symbols) -> bool:
    """Tell a column that numbers the rows, or names each: no symbol has one bar."""
    return len(found.names) > max(1, table.n_rows // 2)


def _finest(table: Table, varying: dict[int, Symbols]) -> int:
    """Return the column whose values decide those of all others; where none does, nobody knows the symbol."""
    for place, one in varying.items():
        pairs = [len(np.unique(one.row * (other.row.max() + 2) + other.row)) for other in varying.values()]
        if all(count == len(one.names) for count in pairs):
            return place
    labels = " and ".join(repr(table.header[place]) for place in varying)
    first = table.header[next(iter(varying))]
    raise DataError(
        f"{table.origin}: columns {labels} may each tell the symbols apart; say which: columns: {{symbol: {first}}}"
    )


def _one_contract_each(table: Table, symbols: Symbols, place: int) -> None:
    if plain(table.header[place]) not in CONTRACTS:
        return
    contracts = _of_column(table, place)
    if _is_count(table, contracts):
        return
    pairs = np.unique(symbols.row * (len(contracts.names) + 1) + contracts.row)
    if len(pairs) > len(symbols.names):
        _ask(table, place, contracts)


def _refuse_doubtful(table: Table, place: int, found: Symbols) -> None:
    """Refuse codes that follow one another in blocks, as contracts do that were put into one file."""
    blocks = np.count_nonzero(np.diff(found.row)) + 1
    sides = {name.upper() for name in found.names} <= _OPTIONS
    codes = all(_CODE.fullmatch(name) and len(name) > 2 and not name.isdigit() for name in found.names)
    if blocks != len(found.names) and not sides:
        return
    if sides or (codes and table.n_rows >= 2 * blocks) or _jumps(table, found):
        _ask(table, place, found)


def _jumps(table: Table, found: Symbols) -> bool:
    """Tell whether the price jumps where the code changes, as it does from one contract to the next."""
    place = table.fields.groups[0].prices["close"]
    close, _ = to_numbers(table.columns[place], "", table.style)
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = np.abs(np.diff(np.log(close)))
    changes = moves[np.flatnonzero(np.diff(found.row))]
    usual = np.nanmedian(moves) if np.isfinite(moves).any() else 0.0
    return bool((changes > max(_JUMP, _USUAL * usual)).any())


def _ask(table: Table, place: int, found: Symbols) -> None:
    label = table.header[place]
    shown = ", ".join(found.names[:_SHOWN]) + (", ..." if len(found.names) > _SHOWN else "")
    stated = "null" if table.fields.symbol is None else table.header[table.fields.symbol]
    raise DataError(
        f"{table.origin}: what is {label!r}? It has {len(found.names)} values ({shown}). Say columns: {{symbol: "
        f"{label}}} if each is a symbol of its own, or columns: {{symbol: {stated}}} if they are one series"
    )


def symbol_of(name: str) -> str:
    """Return the symbol that a file's name tells: SPY for SPY_1m, BTCUSDT for BTCUSDT-1h-2024-01, else the name."""
    found = re.fullmatch(r"(?i)DAT_(?:ASCII|MT|NT|XLSX)_(\w+?)_(?:M1|T|T_\w+)_\d+", name)
    if found:
        return found.group(1)
    found = _METATRADER.fullmatch(name)
    if found:
        return found.group(1)
    shorter = name
    while shorter:
        name, shorter = shorter, _TAIL.sub("", shorter)
        if shorter == name:
            break
    return name


def is_span(name: str) -> bool:
    """Tell a name that says a span of time and nothing else, such as 2024-03."""
    return re.fullmatch(rf"(?i)(?:{_DATE}|{_BAR_LENGTH}|[_\- .])+", name) is not None


def span_of(name: str) -> tuple[str, str] | None:
    """Return the first day of the month, day or year that ends a file's name, and the first day after it."""
    found = re.search(r"(?:^|[_\- .])((?:19|20)\d\d)(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?)?$", name)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        first = np.datetime64("-".join(part for part in (year, month, day) if part))
    except ValueError:
        return None
    return str(first.astype("datetime64[D]")), str((first + 1).astype("datetime64[D]"))
