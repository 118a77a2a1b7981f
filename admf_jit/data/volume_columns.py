"""Columns of volume: the traded quantity, in the base asset of a pair; ticks only where nothing else holds anything."""

from collections.abc import Sequence

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
    shares = [place for place in strong if plain(columns[place]) == "stuecke"]
    strong = shares or strong  # beside a Volumen in money
    if len(strong) > 1:
        raise header.several(strong, "volume")
    if len(strong) == 1:
        strong = [_quantity(header, columns, strong[0])]
    if strong or ticks or real:
        return (*strong, *real, *ticks)
    return _in_units(header, {place: unit for place, name in columns.items() if (unit := volume_unit(name))})


def _quantity(header: Header, columns: dict[int, str], volume: int) -> int:
    """Return the column `amount` where `volume` is that times a price, as exchanges in Asia call them."""
    amounts = [place for place, name in columns.items() if plain(name) == "amount"]
    bounds = [header.called(name, columns) for name in ("low", "high")]
    if len(amounts) != 1 or any(len(places) != 1 for places in bounds):
        return volume
    cells = [_doubles(header.samples(place)) for place in (volume, amounts[0], bounds[0][0], bounds[1][0])]
    rows = [row for row in zip(*cells, strict=False) if row[1] > 0]
    if len(rows) < 2 or not all(
        0.99 * low * amount <= money <= 1.01 * high * amount for money, amount, low, high in rows
    ):
        return volume
    header.notes.append(
        f"volume is that of {header.names[amounts[0]]!r}: {header.names[volume]!r} is an amount of money"
    )
    return amounts[0]


def _doubles(cells: Sequence[object]) -> list[float]:
    found = []
    for cell in cells:
        try:
            found.append(float(cell))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            found.append(float("nan"))
    return found


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
