"""Columns of one's own are read, stored, selected and joined; by pandas and by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf_jit.cli.main import main
from admf_jit.config import load_config
from admf_jit.data import load, open_store, write_store
from admf_jit.data.transfer import files_of_store
from admf_jit.errors import ConfigError, DataError
from admf_jit.workflow.run_data import load_data

N = 40
TIMES = pd.date_range("2024-01-01", periods=N, freq="h", tz="America/New_York")
BARS = pd.DataFrame(
    {
        **{name: np.linspace(10.0, 20.0, N) for name in ("open", "high", "low", "close")},
        "volume": 1.0,
        "class": np.arange(N),
        "is up": np.arange(N) % 3 == 0,
        "mood": np.where(np.arange(N) == 5, np.nan, np.arange(N) / 7),
        "sector": "abc",
    },
    index=TIMES,
)


def test_every_way_to_ask_takes_the_same_numbers(tmp_path: Path) -> None:
    everything = load(BARS, extra="all")
    assert load(BARS, extra="mood").digest == load(BARS, extra=["mood"]).digest
    assert list(everything.extra) == ["class", "is up", "mood"]
    assert everything.extra["mood"].shape == (1, N)
    for name in everything.extra:
        assert np.array_equal(everything.extra[name][0], BARS[name].astype(float), equal_nan=True)
    assert "column 'mood' taken: 1 of 40 values missing (NaN)" in everything.notes
    assert "columns not used: sector" in everything.notes
    some = load(BARS, extra=["mood", "class"])
    assert load(BARS, extra={"class": "class", "mood": "mood"}).digest == some.digest != everything.digest
    BARS.to_csv(tmp_path / "data.csv")
    BARS.to_parquet(tmp_path / "data.parquet")
    assert load(tmp_path / "data.parquet", extra="all").digest == everything.digest
    for _ in range(2):  # read, and then from the cache
        assert load(tmp_path / "data.csv", extra=["mood", "class"], timezone="America/New_York").digest == some.digest
    assert load(everything.frame(), extra="all").digest == everything.digest
    assert load(BARS).extra == {} and load(BARS).digest != some.digest


def test_a_store_has_them_under_names_of_its_own(tmp_path: Path) -> None:
    data = load(BARS.rename(columns={"mood": "../../mood"}), extra="all")
    store = write_store(data, tmp_path / "store")
    assert sorted(path.name for path in files_of_store(store)) == sorted(path.name for path in store.iterdir())
    assert (store / "x0.npy").is_file() and not (store / "../../mood.npy").exists()
    back = open_store(store, verify=True)
    assert back.digest == data.digest and list(back.extra) == list(data.extra)
    part = load(store, start="2024-01-01 10:00", history=3)
    assert part.n_history == 3 and part.extra["class"][0, 0] == 10.0 and part.with_history.extra["class"][0, 0] == 7.0
    plain = write_store(load(BARS), tmp_path / "plain")
    assert "extra" not in (plain / "manifest.json").read_text()
    damaged = bytearray((store / "x0.npy").read_bytes())
    damaged[-3] ^= 1
    (store / "x0.npy").write_bytes(damaged)
    with pytest.raises(DataError, match=r"x0\.npy: SHA-256"):
        open_store(store, verify=True)


def test_symbols_are_merged_with_nan_where_one_has_no_such_column() -> None:
    data = load({"A": BARS, "B": load(BARS.iloc[4:], extra=["class"])}, extra=["mood"])
    assert np.isnan(data.extra["class"][0]).all() and np.isnan(data.extra["mood"][1]).all()
    assert data.extra["class"][1, 4] == 4.0 and np.isnan(data.extra["class"][1, :4]).all()
    alone = data.select("B")
    assert alone.n_bars == N - 4 and alone.extra["class"][0, 0] == 4.0


@pytest.mark.parametrize(
    ("extra", "error", "says"),
    [
        (["moood"], DataError, "extra: no column is called 'moood'; there are .*; did you mean 'mood'"),
        (["sector"], DataError, "row 0, column 'sector': 'abc': expected a number"),
        (["mood", "mood"], ConfigError, "'mood' is named twice"),
        ("moood", DataError, "extra: no column is called 'moood'; there are .*; did you mean 'mood'"),
        ("", ConfigError, "expected all, the name of a column, a list of names"),
        ([], ConfigError, "expected all, the name of a column, a list of names"),
        (["spikes"], DataError, "row 3, column 'spikes': inf: expected a finite number, or nothing"),
        (["twin"], DataError, "extra: 2 columns are called 'twin'"),
    ],
)
def test_what_cannot_be_taken_is_refused(extra: Any, error: type[Exception], says: str) -> None:
    bars = BARS.assign(spikes=np.where(np.arange(N) == 3, np.inf, 1.0), a=1.0, b=2.0).rename(
        columns={"a": "twin", "b": "twin"}
    )
    with pytest.raises(error, match=says):
        load(bars, extra=extra)


def _features() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    moments = TIMES.as_unit("s").asi8[generator.integers(0, N, 25)] + generator.integers(0, 3600, 25)
    frame = pd.DataFrame({"time": pd.to_datetime(np.unique(moments), unit="s", utc=True)})
    frame["close"] = generator.normal(size=len(frame))
    frame["x"] = np.where(np.arange(len(frame)) == 4, np.nan, np.arange(len(frame)))
    return frame


def test_features_are_joined_as_pandas_joins_them(tmp_path: Path) -> None:
    features = _features()
    expected = pd.merge_asof(pd.DataFrame({"time": TIMES.tz_convert("UTC")}), features, on="time")
    data = load(BARS, features=features)
    for name in ("close", "x"):
        assert np.array_equal(data.extra[name][0], expected[name], equal_nan=True)
    assert any(note.startswith("column 'x' joined as of each bar's opening: ") for note in data.notes)
    local = features.assign(time=features["time"].dt.tz_convert("America/New_York").dt.tz_localize(None))
    tokyo = features.assign(time=features["time"].dt.tz_convert("Asia/Tokyo")).sample(frac=1.0, random_state=1)
    features.to_csv(tmp_path / "f.csv", index=False)
    features.to_parquet(tmp_path / "f.parquet")
    for other in (local, tokyo, features.set_index("time"), tmp_path / "f.csv", str(tmp_path / "f.parquet")):
        assert load(BARS, features=other).digest == data.digest
    assert np.array_equal(data.frame()["close"], BARS["close"])
    assert np.array_equal(data.frame()["x.close"], expected["close"], equal_nan=True)
    # Of the last bar alone.
    later = features.assign(time=features["time"] - features["time"].min() + TIMES[-1])
    assert np.flatnonzero(~np.isnan(load(BARS, features=later).extra["close"])).tolist() == [N - 1]
    part = load(BARS, features=features, start="2024-01-01 10:00")
    assert np.array_equal(part.extra["x"][0], expected["x"][10:], equal_nan=True)


def test_features_of_symbols_are_joined_to_them() -> None:
    bars = pd.concat([BARS.assign(symbol="A"), BARS.iloc[3:].assign(symbol="B")])
    features = pd.concat([_features().assign(symbol="B"), _features().assign(symbol="Z")])
    data = load(bars[["open", "high", "low", "close", "symbol"]], features=features)
    expected = pd.merge_asof(pd.DataFrame({"time": TIMES.tz_convert("UTC")}), _features(), on="time")["x"].to_numpy()
    assert np.isnan(data.extra["x"][0]).all()
    assert np.array_equal(data.extra["x"][1, 3:], expected[3:], equal_nan=True)
    assert "features of symbols that the data does not have: Z" in data.notes


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: pd.concat([f, f]), "rows 0 and .* have the same time"),
        (lambda f: f.assign(mood=1.0), "column 'mood' is in the data already"),
        (lambda f: f.rename(columns={"time": "foo"}), "no time column"),
        (lambda f: f[["time"]], "has no column of numbers besides its times"),
        (lambda f: f.assign(x=-np.inf), "row 0, column 'x': -inf: expected a finite number"),
        (
            lambda f: f.assign(time=f["time"] - f["time"].min() + TIMES[-1] + pd.Timedelta("1min")),
            "features: every row is newer than every bar: the first is of 2024-01-02T20:01:00Z, and the last bar opens "
            "at 2024-01-02T20:00:00Z.*expected rows from before the bars",
        ),
        (lambda f: f.assign(symbol="Z"), r"features: no row is of a symbol of the data \(\w+\): it has Z"),
        (lambda f: f.iloc[:0], "features: "),
        (lambda f: 3, "expected a frame or the path of a file, not int"),
        (lambda f: "nowhere.csv", "nowhere.csv cannot be read"),
        (lambda f: "nowhere.xlsx", "expected a file of .csv, .parquet, .feather"),
    ],
)
def test_features_that_cannot_be_joined_are_refused(change: Any, says: str) -> None:
    with pytest.raises(DataError, match=says):
        load(BARS, extra=["mood"], features=change(_features()))


def test_yaml_and_the_command_line_take_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    BARS.tz_convert("UTC").to_csv(tmp_path / "bars.csv")
    _features().to_csv(tmp_path / "f.csv", index=False)
    (tmp_path / "run.yaml").write_text(
        "data: {source: bars.csv, features: f.csv, format: {extra: [mood]}}\nstrategy: {type: buy_and_hold}\n"
    )
    data = load_data(load_config(tmp_path / "run.yaml"))
    assert list(data.extra) == ["close", "mood", "x"]
    assert main(["ingest", str(tmp_path / "bars.csv"), "--extra", "mood,up=is up", "--out", str(tmp_path / "s")]) == 0
    assert list(load(tmp_path / "s").extra) == ["mood", "up"]
    assert "column 'mood' taken: 1 of 40 values missing" in "".join(capsys.readouterr())
    (tmp_path / "run.yaml").write_text("data: {source: bars.csv, features: g.csv}\nstrategy: {type: buy_and_hold}\n")
    with pytest.raises(ConfigError, match=r"data\.features: .*no such file"):
        load_config(tmp_path / "run.yaml")


@pytest.mark.parametrize(
    "said",
    [
        {"extra": ["mood", "class"]},
        {"extra": ["mood", "mood"]},
        {"extra": ["class", "mood", "zzz"]},
        {"extra": [3]},
        {"given": {"kind": ["codes"], "names": ["a"]}},
        {"given": {"kind": "codes", "names": ["a", "a"]}},
        {"given": {"kind": "codes", "names": ["a"]}},
        {"given": "codes"},
    ],
)
def test_a_manifest_that_says_other_columns_is_refused(said: dict[str, Any], tmp_path: Path) -> None:
    store = write_store(load(BARS, extra=["mood", "class"]), tmp_path / "store")
    manifest = json.loads((store / "manifest.json").read_text())
    (store / "manifest.json").write_text(json.dumps({**manifest, **said}))
    with pytest.raises(DataError, match=r"manifest\.json: |columns lack one"):
        open_store(store, verify=True)
