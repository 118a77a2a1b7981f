from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit.data import MarketData, load, open_store, write_store
from admf_jit.data.bar_columns import COLUMNS, VALUE_COLUMNS
from admf_jit.errors import DataError
from tests.data.bars import frame

MINUTE = 60 * 10**9


def pair() -> dict[str, pd.DataFrame]:
    """LATE begins three bars after EARLY and lacks the bar at 14:35."""
    late = frame(7, start="2024-01-02 14:33") * 2
    return {"EARLY": frame(6), "LATE": late.drop(late.index[2])}


@pytest.fixture
def merged() -> MarketData:
    return load(pair())


def test_the_axis_is_the_union_of_the_times(merged: MarketData) -> None:
    assert merged.symbols == ("EARLY", "LATE")
    assert np.diff(merged.time).tolist() == [MINUTE] * 9
    assert merged.missing_bars == (4, 4)
    assert merged.has_missing_bars
    for column in VALUE_COLUMNS:
        early, late = (bars[column].tolist() for bars in pair().values())
        none = 0.0 if column == "volume" else np.nan
        expected = [early + [none] * 4, [none] * 3 + late[:2] + [none] + late[2:]]
        assert np.array_equal(getattr(merged, column), expected, equal_nan=True)


def test_one_symbol_of_several_is_the_same_data_as_its_own(merged: MarketData) -> None:
    for symbol, bars in pair().items():
        own, part = load(bars, name=symbol), merged.select(symbol)
        assert part.digest == own.digest
        assert not part.has_missing_bars
        for column in COLUMNS:
            assert np.array_equal(getattr(part, column), getattr(own, column))


def test_a_store_keeps_what_is_missing(tmp_path: Path, merged: MarketData) -> None:
    back = open_store(write_store(merged, tmp_path / "store"), verify=True)
    assert back.missing_bars == (4, 4)
    assert back.digest == merged.digest
    assert load(tmp_path / "store", symbols="LATE").digest == merged.select("LATE").digest


def test_a_span_leaves_out_times_that_no_chosen_symbol_has(merged: MarketData) -> None:
    part = merged.select(start="2024-01-02T14:34", end="2024-01-02T14:36")
    assert (part.n_bars, part.missing_bars) == (3, (1, 1))
    only = merged.select("LATE", start="2024-01-02T14:34", end="2024-01-02T14:36")
    assert (only.n_bars, only.missing_bars) == (2, (0,))
    with pytest.raises(DataError, match="leave 0 bars of LATE of 10"):
        merged.select("LATE", end="2024-01-02T14:32")
    none_yet = merged.select(end="2024-01-02T14:32")
    assert none_yet.missing_bars == (0, 3)


def test_the_order_asked_for_keeps_each_symbol_s_bars(merged: MarketData) -> None:
    turned = merged.select(["LATE", "EARLY"])
    assert turned.symbols == ("LATE", "EARLY")
    assert np.array_equal(turned.close, merged.close[::-1], equal_nan=True)
    assert turned.select(["EARLY", "LATE"]).digest == merged.digest


def test_files_by_list_mapping_and_long_format_are_the_same_data(tmp_path: Path, merged: MarketData) -> None:
    paths = []
    for symbol, bars in pair().items():
        bars.to_csv(tmp_path / f"{symbol}.csv")
        paths.append(tmp_path / f"{symbol}.csv")
    listed = load(paths)
    assert listed.name == "EARLY+LATE"
    assert listed.digest == merged.digest
    assert load({"EARLY": paths[0], "LATE": str(paths[1])}).digest == merged.digest
    assert load(merged.frame()).digest == merged.digest
    assert load(paths[::-1]).symbols == ("LATE", "EARLY")
    assert load(tuple(paths), symbols=["LATE"]).digest == merged.select("LATE").digest
    assert load(paths, name="both").name == "both"
    assert load(paths[:1]).digest == load(paths[0]).digest


def test_a_mapping_names_a_symbol_or_picks_it() -> None:
    assert load({"X": frame(), "Y": frame()}).symbols == ("X", "Y")
    picked = load({"BETA": "sample", "X": frame(4, start="2015-01-02", step="1D", tz="America/New_York")})
    assert picked.symbols == ("BETA", "X")
    assert picked.select("BETA").n_bars == 2520
    with pytest.raises(DataError, match="'DELTA' is not in sample, which has ALFA, BETA, GAMA"):
        load({"DELTA": "sample"})
    with pytest.raises(DataError, match="7 is not a symbol: the keys of a mapping are texts"):
        load({7: frame()})  # type: ignore[dict-item]


def test_parts_on_one_axis_are_what_one_table_of_them_is() -> None:
    data = load({"A": frame(), "B": frame() * 2})
    table = pd.concat({"A": frame(), "B": frame() * 2}, axis=1)
    assert data.digest == load(table).digest
    assert not data.has_missing_bars


@pytest.mark.parametrize("source", [[], {}, ()])
def test_no_source_is_refused(source: object) -> None:
    with pytest.raises(DataError, match="data: no source is named"):
        load(source)  # type: ignore[arg-type]


def test_a_symbol_from_two_sources_is_refused() -> None:
    with pytest.raises(DataError, match="symbol 'data' is in both 'data' and 'data', .* in a mapping"):
        load([frame(), frame()])


def test_zones_that_differ_have_to_be_decided() -> None:
    sources = {"A": frame(tz="Europe/Berlin"), "B": frame(tz="America/New_York")}
    with pytest.raises(DataError, match="times of A are in Europe/Berlin, those of B in America/New_York; name"):
        load(sources)
    assert load(sources, timezone="America/New_York").timezone == "America/New_York"


def test_bars_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match="'A' has 1m bars, but no two bars of 'B' are closer than 5m; symbols on one"):
        load({"B": frame(12, step="5min"), "A": frame(60)})


def test_a_thinly_traded_symbol_does_not_change_the_timeframe() -> None:
    thin = frame(60).iloc[[0, 7, 8, 20, 40]]
    data = load({"THIN": thin, "FULL": frame(60)})
    assert data.timeframe == "1m"
    assert data.missing_bars == (55, 0)
    assert data.select("THIN").n_bars == 5


def test_notes_of_parts_name_the_part_unless_all_have_them() -> None:
    first = frame(tz=None).drop(columns="volume")
    data = load({"A": first, "B": frame(tz=None)})
    assert data.notes == ("times have no zone and are taken as UTC", "A: no volume column: volume is 0 on every bar")


def test_gaps_are_those_of_the_merged_axis() -> None:
    bars = frame(40)
    left, right = bars.drop(bars.index[10:20]), bars.drop(bars.index[15:25])
    assert [gap.missing for gap in load({"A": left, "B": right}).gaps.longest] == [5]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 29), min_size=1).map(sorted), min_size=1, max_size=4))
def test_nothing_is_carried_into_a_missing_bar(moments: list[list[int]]) -> None:
    bars = frame(31)
    # A bar right after the first one: every symbol shows that its bars are a minute long.
    chosen = {f"S{row}": bars.iloc[sorted({*own, own[0] + 1})] for row, own in enumerate(moments)}
    data = load(chosen)
    assert (np.isnan(data.close).sum(axis=1) == data.missing_bars).all()
    assert not np.isnan(data.close).all(axis=0).any()
    for row, (symbol, own) in enumerate(chosen.items()):
        present = np.isin(data.time, own.index.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64))
        for column in VALUE_COLUMNS:
            values = getattr(data, column)[row]
            assert np.array_equal(values[present], own[column])
            assert np.isnan(values[~present]).all() if column != "volume" else not values[~present].any()
        assert np.array_equal(data.select(symbol).close[0], own["close"])
