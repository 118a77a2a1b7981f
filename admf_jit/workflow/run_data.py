"""The bars of a run: read as its configuration says, mapped from a store, and named so that they are found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from admf_jit.config import Config
from admf_jit.data import MarketData, load, open_store, write_store
from admf_jit.data.cache_folder import store_folder
from admf_jit.data.kept import note_use, take_in
from admf_jit.data.store import note_digest
from admf_jit.errors import DataError


def load_data(config: Config) -> MarketData:
    """The bars that ``config.data`` names."""
    wanted = config.data
    symbols = list(wanted.symbols) if wanted.symbols is not None else None
    return load(
        wanted.source,
        symbols=symbols,
        start=wanted.start,
        end=wanted.end,
        history=wanted.history,
        timeframe=wanted.timeframe,
        timezone=wanted.timezone,
        calendar=wanted.calendar,
        bars_per_year=wanted.bars_per_year,
        delisted=wanted.delisted,
        features=wanted.features,
        **wanted.format.model_dump(exclude_defaults=True),
    )


def map_data(data: MarketData) -> tuple[MarketData, Path]:
    """``data`` as every worker will see it: read-only memory maps of a store, kept in the cache by its digest."""
    if data.directory is not None:
        if data.directory.parent == store_folder():
            note_use(data.directory)
            if data.with_history.known_digest is None:
                note_digest(data.directory, data.with_history.digest)
        return data, data.directory
    if data.later is not None:
        mapped = data.later.keep(data)
        if mapped.directory is not None:
            return map_data(mapped)
    if data.history is not None:
        whole, store = map_data(data.history)
        return whole.evaluated_from(data.n_history), store
    directory = store_path(data.digest)
    if directory.exists():
        try:
            mapped = open_store(directory)
            note_use(directory)
            # The same bars may have come from elsewhere before.
            return mapped if mapped.notes == data.notes else replace(mapped, notes=data.notes), directory
        except DataError:
            # A cached copy that does not open is of no use to anybody; the data itself is at hand.
            directory = directory.with_name(f"{directory.name}-again")
    write_store(data, directory)
    take_in(directory)
    return open_store(directory), directory


def store_path(digest: str) -> Path:
    """Where the cache keeps the store of the data with this digest."""
    return store_folder() / digest[:32]


def stored_as(data: MarketData) -> dict[str, str]:
    """The keys of the block ``data`` that load mapped bars from their store again."""
    keys = {"source": str(data.directory)}
    if data.n_history:
        keys["start"] = moment_of(data, 0)
    return keys


def moment_of(data: MarketData, bar: int) -> str:
    """The opening of a bar as the keys ``start`` and ``end`` of the block ``data`` take it."""
    return f"{np.datetime64(int(data.time[bar]), 'ns').astype('datetime64[us]')}+00:00"
