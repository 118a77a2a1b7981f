import pytest

from admf_jit.config import ReadingOptions
from admf_jit.data import load
from admf_jit.data.columns import Columns, identify
from admf_jit.errors import DataError
from tests.data.bars import csv

PRICES = ["open", "high", "low", "close"]


def named(found: Columns, names: list[str]) -> list[str]:
    """The names of the columns that were taken for open, high, low, close."""
    return [names[found.groups[0].prices[price]] for price in PRICES]


def ignored(found: Columns, names: list[str]) -> list[str]:
    return [names[place] for place in found.ignored]


@pytest.mark.parametrize(
    "names",
    [
        ["date", "open", "high", "low", "close", "volume"],
        ["DATE", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"],
        ["Datetime", "Open", "High", "Low", "Close", "Vol"],
        ["t", "o", "h", "l", "c", "v"],
        ["Gmt time", "Open ", " High", "Low", "Close", "Volume"],
        ["open_time", "open_price", "high_price", "low_price", "close_price", "Volume"],
        ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
        ["", "Open", "High", "Low", "Close", "Volume"],
        ["Unnamed: 0", "Open", "High", "Low", "Close", "Volume"],
        ["date", "1. open", "2. high", "3. low", "4. close", "5. volume"],
        ["日期", "开盘", "最高", "最低", "收盘", "成交量"],
        ["Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Volumen"],
        ["Date", "Ouverture", "Plus haut", "Plus bas", "Dernier", "Volume"],
        ["Fecha", "Apertura", "Máximo", "Mínimo", "Último", "Vol."],
        ["time", "open", "high", "low", "close", "tick_volume"],
        ["Timestamp", "Open", "High", "Low", "Close", "Volume_(BTC)"],
        ["date", "open", "high", "low", "close", "Volume BTC"],
        ["Date", "Open Price", "High Price", "Low Price", "Close Price", "Total Traded Quantity"],
        ["Date", "Open", "High", "Low", "Price", "Vol."],
        ["Date", "Open", "High", "Low", "Settle", "Volume"],
        ["Date", "Open", "High", "Low", "Close/Last", "Volume"],
        ["begins_at", "open_price", "high_price", "low_price", "close_price", "volume"],
        ["snapshotTimeUTC", "open", "high", "low", "close", "volumefrom"],
        ["t", "AAPL.Open", "AAPL.High", "AAPL.Low", "AAPL.Close", "AAPL.Volume"],
    ],
)
def test_common_spellings(names: list[str]) -> None:
    found = identify(names, "t")
    assert found.time == (0,)
    assert named(found, names) == names[1:5]
    assert found.groups[0].volume == (5,)
    assert found.ignored == ()


def test_adjusted_close_is_not_close() -> None:
    names = ["Date", "Open", "High", "Low", "Adj Close", "Close", "Volume USD"]
    found = identify(names, "t")
    assert found.groups[0].prices["close"] == 5
    assert found.groups[0].volume == ()
    assert ignored(found, names) == ["Adj Close", "Volume USD"]
    assert "prices are not adjusted; price: adjusted takes 'Adj Close'" in found.notes
    with pytest.raises(DataError, match="no column for close; .*columns: {close: Adj Close}"):
        identify(["Date", "Open", "High", "Low", "Adj Close"], "t")


def test_typo_gets_the_nearest_name() -> None:
    with pytest.raises(DataError, match="no column for close; .*is 'Clsoe' meant for close"):
        identify(["Date", "Open", "High", "Low", "Clsoe"], "t")


@pytest.mark.parametrize("extra", ["CLOSE", "Vol", "DATE"])
def test_two_columns_for_one_field_are_refused(extra: str) -> None:
    volume = "Volume" if extra != "Vol" else "Traded Volume"
    names = ["date", *PRICES, volume, extra] if extra != "Vol" else ["date", *PRICES, volume, "Quantity"]
    with pytest.raises(DataError, match="both mean"):
        identify(names, "t")


def test_two_prices_that_may_be_the_close_are_refused() -> None:
    names = ["Date", "Open", "High", "Low", "Last", "Settle", "Volume"]
    with pytest.raises(DataError, match="'Last' and 'Settle' both mean close; .*columns: {close: Last}"):
        identify(names, "t")
    stated = identify(names, "t", ReadingOptions(columns={"close": "Settle"}))
    assert named(stated, names)[-1] == "Settle"


def test_short_names_give_way_to_long_ones() -> None:
    names = ["date", "h", "min", "open", "high", "low", "close", "c"]
    assert named(identify(names, "t"), names) == PRICES


def test_time_column_is_required() -> None:
    with pytest.raises(DataError, match="no time column .* columns are 'open'"):
        identify(PRICES, "t")


def test_the_most_exact_time_wins() -> None:
    names = ["", "unix", "date", *PRICES]
    local = {1: ["1704205800"], 2: ["2024-01-02 09:30:00"]}
    found = identify(names, "t", samples=lambda place: local.get(place, ["0"]))
    assert found.time == (1,)
    assert "times are those of 'unix', not of 'date'" in found.notes
    aware = {1: ["17"], 2: ["2024-01-02 09:30:00+01:00"]}
    assert identify(names, "t", samples=lambda place: aware.get(place, ["0"])).time == (2,)
    days = {0: ["2024-01-02"], 1: ["2024-01-02 09:30:00"]}
    assert identify(["date", "datetime", *PRICES], "t", samples=lambda place: days.get(place, ["1"])).time == (1,)


@pytest.mark.parametrize("name", ["Gmt time", "Date(UTC)", "time_utc", "UTC Time", "Time (UTC)"])
def test_a_name_may_say_that_times_are_in_utc(name: str) -> None:
    assert identify([name, *PRICES], "t").zone == "UTC"
    assert identify(["date", *PRICES], "t").zone is None
    assert identify(["Time (EET)", *PRICES], "t").zone == "EET"


@pytest.mark.parametrize(
    ("volumes", "title", "taken"),
    [
        (["Volume BTC", "Volume USDT"], "Binance_BTCUSDT_1h", "Volume BTC"),
        (["Volume USDT", "Volume BTC"], "Binance_BTCUSDT_1h", "Volume BTC"),
        (["Volume_(BTC)", "Volume_(Currency)"], "bitstamp", "Volume_(BTC)"),
        (["Volume ETH", "Volume BTC"], "Poloniex_ETHBTC_1h", "Volume ETH"),
        (["volumefrom", "volumeto"], "x", "volumefrom"),
        (["<TICKVOL>", "<VOL>"], "x", "<VOL>"),
        (["tick_volume", "spread", "real_volume"], "x", "real_volume"),
        (["Volume", "Quote asset volume"], "x", "Volume"),
    ],
)
def test_volume_is_in_the_base_asset(volumes: list[str], title: str, taken: str) -> None:
    names = ["date", *PRICES, *volumes]
    found = identify(names, "t", title=title)
    assert names[found.groups[0].volume[0]] == taken


def test_volumes_between_which_nothing_decides_are_refused() -> None:
    with pytest.raises(DataError, match="'Volume ETH' and 'Volume BTC' both mean volume; .*columns: {volume: "):
        identify(["date", *PRICES, "Volume ETH", "Volume BTC"], "t", title="export")


BID_AND_ASK = ["date", *(f"bid{price}" for price in PRICES), *(f"ask{price}" for price in PRICES), "tickqty"]


def test_bid_and_ask_have_to_be_decided() -> None:
    with pytest.raises(DataError, match=r"price: bid \(or ask, mid\), or columns:"):
        identify(BID_AND_ASK, "t")
    for side in ("bid", "ask"):
        found = identify(BID_AND_ASK, "t", ReadingOptions(price=side))
        assert named(found, BID_AND_ASK) == [f"{side}{price}" for price in PRICES]
    middle = identify(BID_AND_ASK, "t", ReadingOptions(price="mid")).groups[0]
    assert [BID_AND_ASK[place] for place in middle.other.values()] == [f"ask{price}" for price in PRICES]
    one = ["time", *(f"{price}Bid" for price in PRICES)]
    assert named(identify(one, "t"), one) == one[1:]
    with pytest.raises(DataError, match="price: mid: no columns for it"):
        identify(one, "t", ReadingOptions(price="mid"))


def test_adjusted_prices() -> None:
    names = ["date", *PRICES, "volume", "adjOpen", "adjHigh", "adjLow", "adjClose", "adjVolume"]
    found = identify(names, "t", ReadingOptions(price="adjusted"))
    assert named(found, names) == ["adjOpen", "adjHigh", "adjLow", "adjClose"]
    assert names[found.groups[0].volume[0]] == "adjVolume"
    scaled = identify([*names[:6], "Adj Close"], "t", ReadingOptions(price="adjusted")).groups[0]
    assert scaled.adjusted == 6
    with pytest.raises(DataError, match="price: adjusted: no column such as 'Adj Close'"):
        identify(names[:6], "t", ReadingOptions(price="adjusted"))


def test_stated_columns_are_found_or_refused() -> None:
    names = ["when", "a", "b", "c", "d", "e", "what"]
    stated = dict(zip(("time", *PRICES, "volume", "symbol"), names, strict=True))
    found = identify(names, "t", ReadingOptions(columns=stated))
    assert (found.time, named(found, names), found.groups[0].volume, found.symbol) == ((0,), names[1:5], (5,), 6)
    with pytest.raises(
        DataError, match="columns: open: no column is called 'aa'; there are 'when', .*did you mean 'a'"
    ):
        identify(names, "t", ReadingOptions(columns={**stated, "open": "aa"}))
    without = identify([*names[:1], *PRICES, "volume"], "t", ReadingOptions(columns={"time": "when", "volume": None}))
    assert without.groups[0].volume == ()


def test_date_and_time_of_day_belong_together(tmp_path) -> None:
    rows = ["2024.01.02,09:30,1,2,0.5,1,3", "2024.01.02,09:35,1,2,0.5,1,3"]
    split = load(csv(tmp_path, *rows, header="<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"))
    rows = ["20240102,93000,1,2,0.5,1,3", "20240102,93500,1,2,0.5,1,3"]
    digits = load(csv(tmp_path, *rows, header="Date,Time,Open,High,Low,Close,Volume"))
    assert split.timeframe == "5m"
    assert split.digest == digits.digest
    own = load(csv(tmp_path, *rows, header="D,T,Open,High,Low,Close,Volume"), columns={"time": ["D", "T"]})
    assert own.digest == digits.digest
