"""Columns of prices: plain, of bid, ask or their middle, adjusted, and those of each symbol in a wide table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from admf_jit.data.header import WAY_OUT, Header
from admf_jit.data.spellings import PRICES, field_of, plain, sided
from admf_jit.data.volume_columns import volume_columns
from admf_jit.errors import closest

_SIDES = ("bid", "ask", "mid")
#: What else than a price these may be, where another column is one: minutes, ranks.
_OTHER_MEANINGS = ("min", "max", "first", "h", "o", "c", "l")
_NO_SYMBOLS = (*_SIDES, "adj", "adjusted")
Sides = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Group:
    """The columns of one symbol, or of all rows: a wide table has several groups, each with its `symbol`."""

    prices: Mapping[str, int]
    #: In the order of preference: the first is taken that holds anything but zeros.
    volume: tuple[int, ...] = ()
    symbol: str | None = None
    #: Prices of the other side, where the mean of both is asked for.
    other: Mapping[str, int] = field(default_factory=dict)
    #: The adjusted close by which all prices are scaled.
    adjusted: int | None = None

    @property
    def used(self) -> set[int]:
        """The places of its columns."""
        more = [] if self.adjusted is None else [self.adjusted]
        return {*self.prices.values(), *self.volume, *self.other.values(), *more}


def groups_of(header: Header) -> tuple[Group, ...]:
    """Return the columns of prices and volume: one group, or one for each symbol of a wide table."""
    symbols = list(dict.fromkeys(symbol for symbol in header.symbols if symbol))
    if symbols:
        named = {one: {p: header.names[p] for p, owner in enumerate(header.symbols) if owner == one} for one in symbols}
    else:
        named = _prefixed(header)
    if not named:
        return (_group(header, dict(enumerate(header.names)), None),)
    return tuple(_group(header, columns, symbol) for symbol, columns in named.items())


def _prefixed(header: Header) -> dict[str, dict[int, str]]:
    """Return the columns by symbol where names are such as `AAPL.Open` or `close_BTC`, as R and wide tables have."""
    if header.options.columns or sum(field_of(name) in PRICES for name in header.names) >= 3:
        return {}
    tuples = r"\('(.+)', '(.+)'\)"
    joined = r"(.+?)[._\- /:|]+([^._\- /:|]+)", r"([^._\- /:|]+)[._\- /:|]+(.+)"
    for before, pattern in ((True, tuples), (False, tuples), (True, joined[0]), (False, joined[1])):
        parts: dict[str, dict[int, str]] = {}
        for place, name in enumerate(header.names):
            found = re.fullmatch(pattern, name.strip())
            if found is None:
                continue
            symbol, column = found.groups() if before else found.groups()[::-1]
            if field_of(column) in (*PRICES, "volume", "adjusted") and plain(symbol) not in _NO_SYMBOLS:
                parts.setdefault(symbol, {})[place] = column
        whole = {
            symbol: columns
            for symbol, columns in parts.items()
            if {field_of(column) for column in columns.values()}.issuperset(PRICES)
        }
        if whole:
            return whole
    return {}


def _group(header: Header, columns: dict[int, str], symbol: str | None) -> Group:
    price = header.options.price
    found = {name: places[0] for name, places in header.stated.items() if name in PRICES and places}
    other: dict[str, int] = {}
    scaled_by = None
    sides = _sides(columns)
    if price in _SIDES:
        found, other = _of_side(header, str(price), sides, found)
    elif price == "adjusted":
        found, scaled_by = _adjusted(header, columns, sides, found)
    else:
        found = _plain(header, columns, sides, found)
    own = sides.get("adjusted", {}).get("volume") if price == "adjusted" and scaled_by is None else None
    volume = (own,) if own is not None and "volume" not in header.stated else volume_columns(header, columns)
    return Group(found, volume, symbol, other, scaled_by)


def _sides(columns: dict[int, str]) -> Sides:
    """Return by side the columns of bid, ask, mid and adjusted prices."""
    found: Sides = {}
    for place, name in columns.items():
        side = sided(name)
        if side is not None and field_of(name) is None:
            found.setdefault(side[0], {}).setdefault(side[1], place)
        if field_of(name) == "adjusted":
            found.setdefault("adjusted", {}).setdefault("close", place)
    return found


def _of_side(header: Header, price: str, sides: Sides, found: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    whole = {
        side: {name: places[name] for name in PRICES} for side, places in sides.items() if set(places) >= set(PRICES)
    }
    if price in whole:
        return {**whole[price], **found}, {}
    if price == "mid" and "bid" in whole and "ask" in whole:
        header.notes.append("prices are the middle of bid and ask")
        return whole["bid"], whole["ask"]
    raise header.refusal(f"price: {price}: no columns for it; there are {header.listed()}")


def _adjusted(
    header: Header, columns: dict[int, str], sides: Sides, found: dict[str, int]
) -> tuple[dict[str, int], int | None]:
    adjusted = sides.get("adjusted", {})
    if set(adjusted) >= set(PRICES):
        return {**{name: adjusted[name] for name in PRICES}, **found}, None
    if "close" not in adjusted:
        raise header.refusal(f"price: adjusted: no column such as 'Adj Close'; there are {header.listed()}")
    place = adjusted["close"]
    header.notes.append(f"prices are scaled by {header.names[place]!r} over close")
    return _plain(header, columns, {}, found), place


def _plain(header: Header, columns: dict[int, str], sides: Sides, found: dict[str, int]) -> dict[str, int]:
    for name in PRICES:
        if name in found:
            continue
        places = header.called(name, columns) or (header.called("last", columns) if name == "close" else [])
        places = [place for place in places if place not in found.values()]
        if len(places) > 1:
            places = [place for place in places if plain(columns[place]) not in _OTHER_MEANINGS] or places
        if len(places) > 1:
            raise header.several(places, name)
        if places:
            found[name] = places[0]
    missing = [name for name in PRICES if name not in found]
    if not missing:
        if header.options.price is None and "close" in sides.get("adjusted", {}):
            name = header.names[sides["adjusted"]["close"]]
            header.notes.append(f"prices are not adjusted; price: adjusted takes {name!r}")
        return found
    whole = [side for side in _SIDES if set(sides.get(side, {})) >= set(PRICES)]
    if len(whole) == 1 and len(missing) == len(PRICES):
        header.notes.append(f"prices are those of the {whole[0]}")
        return {name: sides[whole[0]][name] for name in PRICES}
    raise header.refusal(_missing(header, missing, sides, whole))


def _missing(header: Header, missing: list[str], sides: Sides, whole: list[str]) -> str:
    text = f"no column for {', '.join(missing)}; columns are {header.listed()}"
    if len(whole) > 1:
        sides_known = list(dict.fromkeys((*whole, "mid")))
        which = f"price: {sides_known[0]} (or {', '.join(sides_known[1:])})"
        return f"{text}; say under data.format, or to aj.load, which prices: {which}, or {WAY_OUT}"
    if missing == ["close"] and "close" in sides.get("adjusted", {}):
        name = header.names[sides["adjusted"]["close"]]
        return f"{text}; {name!r} is adjusted, and the others may not be; say columns: {{close: {name}}}"
    hint = closest(missing[0], [name for name in header.names if name])
    return text + (f"; is {hint!r} meant for {missing[0]}?" if hint else "") + f"; name them: {WAY_OUT}"
