"""Columns of volume: the traded quantity, in the base asset of a pair; ticks only where nothing else holds anything."""

from admf_jit.data.header import Header
from admf_jit.data.spellings import is_money, plain, volume_unit, words_of


def volume_columns(header: Header, columns: dict[int, str]) -> tuple[int, ...]:
    """Return the columns of volume, the preferred one first; what may be either of two raises DataError."""
    if "volume" in header.stated:
        return header.stated["volume"]
    called = header.called("volume", columns)
    ticks = header.called("ticks", columns)
    real = [place for place in called if plain(columns[place]).startswith("real")]
    strong = [place for place in called if place not in real]
    exact = [place for place in strong if plain(columns[place]) in ("volume", "vol")]
    if len(strong) > 1 and len(exact) == 1:
        strong = exact
    if len(strong) > 1:
        raise header.several(strong, "volume")
    if strong or ticks or real:
        return (*strong, *real, *ticks)
    return _in_units(header, {place: unit for place, name in columns.items() if (unit := volume_unit(name))})


def _in_units(header: Header, units: dict[int, str]) -> tuple[int, ...]:
    """Return the column in the base asset among such as `Volume BTC` and `Volume USDT`."""
    pairs = [
        header.title,
        *(str(header.samples(place)[0]) for place in header.called("symbol") if header.samples(place)),
    ]
    base = [place for place, unit in units.items() if not any(is_money(unit, pair) for pair in pairs)]
    if len(units) > 1 and len(base) != 1:
        first = [place for place, unit in units.items() if any(_begins(pair, unit) for pair in pairs)]
        base = first if len(first) == 1 else base
    if len(base) > 1:
        raise header.several(base, "volume")
    if units and not base:
        several = " and ".join(repr(header.names[place]) for place in units)
        header.notes.append(f"{several} is an amount of money and no volume")
    return tuple(base)


def _begins(pair: str, unit: str) -> bool:
    return any(word.startswith(unit) and word != unit for word in words_of(pair))
