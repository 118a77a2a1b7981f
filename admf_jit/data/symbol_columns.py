"""Columns of symbols, and those that may tell symbols apart without being called so."""

import re
from collections.abc import Sequence

from admf_jit.data.header import Header
from admf_jit.data.spellings import CONTRACTS, MARKERS, field_of, is_time, is_unnamed, plain

#: Columns of codes that may change within one symbol.
_NO_SYMBOLS = MARKERS | {"currency", "flag", "status"}


def symbol_columns(header: Header, taken: set[int]) -> tuple[int | None, tuple[int, ...]]:
    """Return the column of symbols, and those that have to be looked at besides."""
    if "symbol" in header.stated:
        return (header.stated["symbol"] or (None,))[0], ()
    strong = [place for place in header.called("symbol") if place not in taken]
    weak = [place for place in header.called("identity") if place not in taken]
    if len(strong) > 1:
        raise header.several(strong, "symbol")
    if strong:
        return strong[0], tuple(place for place in weak if plain(header.names[place]) in CONTRACTS)
    unnamed = [place for place, name in enumerate(header.names) if is_unnamed(name) and place not in taken]
    weak += [place for place in unnamed if place not in weak and _has_few_texts(header.samples(place))]
    return None, (*weak, *_doubtful(header, {*taken, *weak}))


def marker_columns(header: Header, taken: set[int]) -> tuple[int, ...]:
    """Return the columns that may mix two series of a symbol; none where it is stated what a symbol is."""
    if "symbol" in header.stated:
        return ()
    return tuple(place for place, name in enumerate(header.names) if place not in taken and plain(name) in MARKERS)


def _doubtful(header: Header, taken: set[int]) -> list[int]:
    """Return columns of text with few values, which may be another name for a symbol."""
    found = []
    for place, name in enumerate(header.names):
        known = is_unnamed(name) or is_time(name) or field_of(name) is not None or plain(name) in _NO_SYMBOLS
        if place in taken or known:
            continue
        if _has_few_texts(header.samples(place)) or _has_few_codes(header.samples(place)):
            found.append(place)
    return found


def _has_few_codes(samples: Sequence[object]) -> bool:
    """Tell a column of whole numbers or dates, each several times, which may be the months of contracts."""
    cells = [str(cell).strip() for cell in samples if cell is not None and str(cell).strip()]
    return _are_few(cells) and all(re.fullmatch(r"\d{4,8}|\d{2,4}([-/.])\d{1,2}(\1\d{1,4})?", cell) for cell in cells)


def _has_few_texts(samples: Sequence[object]) -> bool:
    """Tell a column that may hold codes: texts, and each of them several times."""
    cells = [cell for cell in samples if isinstance(cell, str) and cell.strip()]
    return _are_few(cells) and not any(map(_is_benign, cells))


def _are_few(cells: Sequence[str]) -> bool:
    """Whether each value stands there several times: four on average, or twice where there are two."""
    different = len(set(cells))
    return bool(cells) and (different <= max(1, len(cells) // 4) or (different == 2 and len(cells) >= 4))


def _is_benign(cell: str) -> bool:
    letters = re.search(r"[^\W\d_]", cell)
    return letters is None or cell.strip().lower() in ("true", "false", "nan", "null", "none", "-")
