"""Files in the shapes that vendors export: each comes out as the bars that it was made from, without any option."""

from collections.abc import Callable
from pathlib import Path

import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import (
    BASIC,
    DAILY,
    DAY,
    DAYS,
    HEADER,
    MINUTELY,
    MINUTES,
    OHLC,
    STAMP,
    Expected,
    bars,
    check,
    comma,
    epoch,
    rows,
    text_of,
    written,
)


def thousands(text: str) -> str:
    return f'"{float(text):,.2f}"' if "." in text else f'"{int(text):,}"'


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def quoted(lines: list[str]) -> list[str]:
    return [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]


def numbered(name: str, lines: list[str]) -> list[str]:
    return [name, *(f"{place},{line}" for place, line in enumerate(lines))]


YAHOO = ["Price,Close,High,Low,Open,Volume", "Ticker,MSFT,MSFT,MSFT,MSFT,MSFT", "Date,,,,,"]
YAHOO_ORDER = ("time", "close", "high", "low", "open", "volume")
BINANCE_TAIL = ("1717200059999", "1556663521.5", "77", "11612.5", "778331760.75", "0")
NSE = "Date ,series ,OPEN ,HIGH ,LOW ,PREV. CLOSE ,ltp ,close ,vwap ,52W H,52W L ,VOLUME ,VALUE ,No of trades "
TURNED = Expected(note="new to old")


def investing(pattern: str, written: Callable[[str], str]) -> list[str]:
    """Lines from new to old, each cell in quotes, volumes in thousands."""
    lines = []
    for bar in reversed(bars()):
        cells = (bar.close, bar.open, bar.high, bar.low, f"{bar.volume / 1000:.3f}K", "-0.61%")
        lines.append(",".join(f'"{cell}"' for cell in (text_of(bar.time, pattern), *map(written, cells))))
    return lines


def with_local_time(place: int, unit: int) -> list[str]:
    """Lines with a local time, five hours behind, beside an epoch."""
    lines = []
    for bar in bars(MINUTES):
        times = [text_of(bar.time - 5 * 3600 * 10**9, STAMP)]
        times.insert(place, str(bar.time // unit))
        lines.append(",".join([*times, *bar[1:5], str(bar.volume)]))
    return lines


#: name of the file, its lines, what should come out
WITHOUT_OPTIONS: list[tuple[str, list[str], Expected]] = [
    # without a header
    ("BTCUSDT-1m-2024-03.csv", rows(epoch(10**6), times=MINUTES, after=BINANCE_TAIL), Expected(("BTCUSDT",), MINUTES)),
    ("BTCUSDT-1m-2025-03.csv", rows(epoch(10**3), times=MINUTES, after=BINANCE_TAIL), Expected(("BTCUSDT",), MINUTES)),
    ("XBTUSD_1.csv", rows(epoch(10**9), times=MINUTES, after=("9",)), Expected((), MINUTES)),
    ("EURUSD1.csv", rows("%Y.%m.%d,%H:%M", times=MINUTES), Expected(("EURUSD",), MINUTES)),
    ("DAT_ASCII_EURUSD_M1_2024.csv", rows("%Y%m%d %H%M%S", ";", MINUTES), Expected(("EURUSD",), MINUTES)),
    ("DAT_MT_EURUSD_M1_2024.csv", rows("%Y.%m.%d,%H:%M", times=MINUTES), Expected(("EURUSD",), MINUTES)),
    ("IBM.txt", rows("%m/%d/%Y"), Expected(("IBM",))),
    ("SPY_full_1min.txt", rows(STAMP, times=MINUTES), Expected(("SPY",), MINUTES)),
    ("SPY_full_1min_adjsplit.txt", rows(STAMP, times=MINUTES), Expected(("SPY",), MINUTES)),
    ("ES.Last.txt", rows("%Y%m%d %H%M%S", ";", MINUTES), Expected(("ES",), MINUTES)),
    ("ES 03-24.Last.txt", rows("%Y%m%d", ";"), Expected(("ES 03-24",))),
    ("d.csv", rows("%Y%m%d,%H%M", times=MINUTES), MINUTELY),
    ("d.csv", rows("%d.%m.%Y", ";", written=comma), DAILY),
    ("d.csv", rows("%d-%b-%Y"), DAILY),
    ("d.csv", rows(STAMP + "+00:00", times=MINUTES), MINUTELY),
    ("AAPL.csv", rows("%Y%m%d", before=("AAPL",)), Expected(("AAPL",))),
    ("vwap.csv", rows(epoch(10**9), times=MINUTES, order=("time", *OHLC, "close", "volume")), MINUTELY),
    # lines of header
    ("MSFT_yf.csv", [*YAHOO, *rows(DAY, order=YAHOO_ORDER)], Expected(("MSFT",))),
    ("yf.csv", [",".join(["Price", *[name.title() for name in YAHOO_ORDER[1:]]]), "Ticker" + ",BRK-B" * 5, "Date,,,,,",
                *rows(DAY, order=YAHOO_ORDER)], Expected(("BRK-B",))),
    ("group.csv", ["Ticker,MSFT,MSFT,MSFT,MSFT,MSFT", "Price,Close,High,Low,Open,Volume", "Date,,,,,",
                   *rows(DAY, order=YAHOO_ORDER)], Expected(("MSFT",))),
    ("url.csv", ["https://www.example.org", *BASIC], DAILY),
    ("hash.csv", ["# exported on Monday", "#", *BASIC], DAILY),
    ("hash.csv", ["#" + HEADER, *rows(DAY)], DAILY),
    ("percent.csv", ["% a comment, with a comma", *BASIC], DAILY),
    ("words.csv", ["Data supplied without warranty", *BASIC], DAILY),
    ("words.csv", ["Data, supplied, without, any, kind, of, warranty", "", *BASIC], DAILY),
    ("sep.csv", ["sep=;", *(line.replace(",", ";") for line in BASIC)], DAILY),
    ("sep.csv", ['"sep=\t"', *(line.replace(",", "\t") for line in BASIC)], DAILY),
    ("meta.csv", ["Symbol:,AAPL", "Period:,Daily", "", *BASIC], DAILY),
    ("blank.csv", [*BASIC, "", "   ", "\t", ""], DAILY),
    ("foot.csv", [*BASIC, "", "Total rows: 12"], Expected(note="last row are left out: 'Total rows: 12'")),
    ("trailing.csv", [HEADER, *(line + "," for line in rows(DAY))], DAILY),
    ("trailing.csv", [HEADER + ",", *(line + "," for line in rows(DAY))], DAILY),
    ("rownames.csv", [HEADER, *(f"{place},{line}" for place, line in enumerate(rows(DAY)))], DAILY),
    ("again.csv", [HEADER, *rows(DAY)[:6], HEADER, *rows(DAY)[6:]],
     Expected(note="1 more line of column names left out")),
    # names
    ("av.csv", ["date,1. open,2. high,3. low,4. close,5. volume", *rows(DAY)], DAILY),
    ("crypto.csv", ["timestamp,1a. open (USD),2a. high (USD),3a. low (USD),4a. close (USD),5. volume", *rows(DAY)],
     DAILY),
    ("000001.csv", ["日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅",
                    *rows(lambda t: text_of(t, DAY) + ",000001", after=("1", "0.1"),
                          order=("time", "open", "close", "high", "low", "volume"))], Expected(("000001",))),
    ("chart.csv", ["时间,开盘价,最高价,最低价,收盘价,成交量", *rows(STAMP, times=MINUTES)], MINUTELY),
    ("dax.csv", ["Datum;Open;High;Low;Close;Volume", *rows("%d.%m.%Y", ";", written=comma)], DAILY),
    ("wkn.csv", ["Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen", *rows("%d.%m.%Y", ";", written=comma, order=(
        "time", *OHLC, "volume", "volume"))], DAILY),
    ("paris.csv", ["Date;Ouverture;Plus haut;Plus bas;Clôture;Volume", *rows("%d/%m/%Y", ";", written=comma)], DAILY),
    ("madrid.csv", ["Fecha;Apertura;Máximo;Mínimo;Cierre;Volumen", *rows("%d/%m/%Y", ";", written=comma)], DAILY),
    ("last.csv", ["Time,Open,High,Low,Last,Volume", *rows("%m/%d/%Y")], DAILY),
    ("settle.csv", ["Trade Date,Open,High,Low,Settle,Volume", *rows(DAY)], DAILY),
    ("nasdaq.csv", ["Date,Close/Last,Volume,Open,High,Low", *rows(
        "%m/%d/%Y", order=("time", "close", "volume", "open", "high", "low"),
        written=lambda text: "$" + text if "." in text else text)], DAILY),
    ("polygon.csv", ["ticker,volume,open,close,high,low,window_start,transactions", *rows(
        epoch(1), times=MINUTES, before=("ABC",), after=("77",),
        order=("volume", "open", "close", "high", "low", "time"))], Expected(("ABC",), MINUTES)),
    ("databento.csv", ["ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol", *rows(
        lambda t: text_of(t, "%Y-%m-%dT%H:%M:%S.000000000Z,33,2,17676"), times=MINUTES, after=("XYZ",))],
     Expected(("XYZ",), MINUTES)),
    ("kraken.csv", ["start_time,open,high,low,close,volume", *rows(epoch(10**9), times=MINUTES)], MINUTELY),
    ("oanda.csv", ["time,volume,mid.o,mid.h,mid.l,mid.c", *rows(
        "%Y-%m-%dT%H:%M:%S.000000000Z", times=MINUTES, order=("time", "volume", *OHLC))],
     Expected((), MINUTES, note="prices are those of the mid")),
    ("r.csv", ['"","AAPL.Open","AAPL.High","AAPL.Low","AAPL.Close","AAPL.Volume","AAPL.Adjusted"',
               *quoted(rows(DAY, after=("1.5",)))], Expected(("AAPL",))),
    ("pandas.csv", numbered("," + HEADER, rows(DAY)), DAILY),
    ("pandas.csv", numbered("Unnamed: 0," + HEADER, rows(DAY)), DAILY),
    ("metastock.txt", ["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>", *rows(
        "%Y%m%d,%H%M%S", times=MINUTES, before=("SBER", "1"))], Expected(("SBER",), MINUTES)),
    ("stooq.txt", ["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>", *rows(
        "%Y%m%d,000000", before=("AAPL.US", "D"), after=("0",))], Expected(("AAPL.US",))),
    ("tv.csv", ["time,open,high,low,close,Volume,Volume MA", *rows(epoch(10**9), times=MINUTES, after=("7",))],
     MINUTELY),
    ("dukascopy.csv", ["Gmt time,Open,High,Low,Close,Volume", *rows("%d.%m.%Y %H:%M:%S.000", times=MINUTES)], MINUTELY),
    ("ariva.csv", ["Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen", *rows(
        DAY, ";", written=comma, after=("73.000.000",))], DAILY),
    ("htx.csv", ["ts,open,close,low,high,amount,vol,count", *[
        f"{bar.time // 10**9},{bar.open},{bar.close},{bar.low},{bar.high},{bar.volume},"
        f"{bar.volume * float(bar.close):.4f},7"
        for bar in bars(MINUTES)]], Expected((), MINUTES, note="volume is that of 'amount'")),
    ("tdx.txt", ["600000 浦发银行 日线", "日期\t开盘\t最高\t最低\t收盘\t成交量\t成交额", *rows(
        "%Y/%m/%d", "\t", after=("1050.0",)), "数据来源:通达信"], Expected(note="left out")),
    ("cmc.csv", ["timeOpen;timeClose;name;open;high;low;close;volume;timestamp", *[
        f"{text_of(bar.time, DAY)}T00:00:00.000Z;{text_of(bar.time, DAY)}T23:59:59.999Z;2781;{';'.join(bar[1:5])};"
        f"{bar.volume};{text_of(bar.time, DAY)}T23:59:59.999Z" for bar in bars()]], Expected(("cmc",))),
    ("adjusted.csv", rows(DAY, order=("time", *OHLC, "close", "volume")), DAILY),
    ("sheet.csv", [*BASIC[:5], ",,,,,", *BASIC[5:], ",,,,,", ",,,,,"], DAILY),
    ("words.txt", rows(DAY, " "), DAILY),
    ("omx.csv", ["sep=;", "Date;Bid;Opening price;High price;Low price;Closing price;Total volume;Turnover;", *[
        f"{text_of(bar.time, DAY)};10,4;{';'.join(map(comma, bar[1:5]))};{spaced(bar.volume)};1 000,5;"
        for bar in bars()]], DAILY),
    ("seoul.csv", ["일자,시가,고가,저가,종가,거래량", *rows(DAY)], DAILY),
    ("moscow.csv", ["Дата;Открытие;Максимум;Минимум;Закрытие;Объём", *rows("%d.%m.%Y", ";")], DAILY),
    ("euro.csv", [HEADER.replace(",", ";"), *rows(DAY, ";", written=lambda text: comma(text) + " \u20ac")], DAILY),
    ("nbsp.csv", [HEADER.replace(",", ";"), *[
        f"{text_of(bar.time, DAY)};{';'.join(map(comma, bar[1:5]))};" + spaced(bar.volume).replace(" ", "\u00a0")
        for bar in bars()]], DAILY),
    ("units.csv", [HEADER, ",USD,USD,USD,USD,shares", *rows(DAY)], Expected(note="below the header is left out")),
    # numbers
    ("investing.csv", ['"Date","Price","Open","High","Low","Vol.","Change %"', *investing("%m/%d/%Y", str)], TURNED),
    ("investing_de.csv", ['"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"', *investing("%d.%m.%Y", comma)],
     TURNED),
    ("Quote-Equity-XYZ-EQ.csv", [NSE, *[
        f'{text_of(bar.time, "%d-%b-%Y")},EQ,"{bar.open}","{bar.high}","{bar.low}","1.00","{bar.close}","{bar.close}",'
        f'"1.00","3.00","9.00","{bar.volume:,}","1,000,000,000.00","12,345"' for bar in reversed(bars())]], TURNED),
    ("quoted.csv", [HEADER, *rows(DAY, written=thousands)], DAILY),
    ("spaces.csv", ["Date, Open, High, Low, Close, Volume", *rows(DAY, ", ")], DAILY),
    ("allquoted.csv", quoted(BASIC), DAILY),
    ("tabs.tsv", [line.replace(",", "\t") for line in BASIC], DAILY),
    ("pipes.csv", [line.replace(",", "|") for line in BASIC], DAILY),
    # volume
    ("mt5.csv", ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", *rows(
        "%Y.%m.%d\t%H:%M:%S", "\t", MINUTES, after=("0", "12"))],
     Expected((), MINUTES, note="volume is that of '<TICKVOL>': '<VOL>' is 0 on every bar")),
    ("mt5py.csv", ["time,open,high,low,close,tick_volume,spread,real_volume", *rows(
        epoch(10**9), times=MINUTES, after=("1", "0"))], Expected((), MINUTES, note="volume is that of 'tick_volume'")),
    ("mt5stock.csv", ["<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", *rows(
        "%Y.%m.%d", "\t", order=("time", *OHLC, "open", "volume"), after=("12",))],
     Expected(note="volume is that of '<VOL>', not of '<TICKVOL>'")),
    ("bitstamp.csv", ["Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price", *rows(
        epoch(10**9), times=MINUTES, after=("5.0", "6.0"))], MINUTELY),
    ("Binance_BTCUSDT_1h.csv", ["https://www.example.org",
        "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT", *[
            f"{bar.time // 10**6},{text_of(bar.time, STAMP)},BTC/USDT,{','.join(bar[1:5])},{bar.volume},99.5"
            for bar in reversed(bars(MINUTES))]],
     Expected(("BTC/USDT",), MINUTES, note="times are those of 'unix', not of 'date'")),
    ("ETHBTC.csv", ["date,open,high,low,close,Volume ETH,Volume BTC", *rows(DAY, after=("3",))], Expected(("ETHBTC",))),
    ("nse.csv", ["Date,Open Price,High Price,Low Price,Close Price,Total Traded Quantity,Turnover", *rows(
        DAY, after=("9.5",))], DAILY),
    ("bse.csv", ["Date,Open,High,Low,Close,WAP,No.of Shares,No. of Trades", *rows(
        "%d-%B-%Y", order=("time", *OHLC, "close", "volume"), after=("9",))], DAILY),
    # time
    ("unix.csv", ["date,unix,open,high,low,close,volume", *with_local_time(1, 10**9)],
     Expected((), MINUTES, note="times are those of 'unix', not of 'date'")),
    ("both.csv", ["timestamp,datetime,open,high,low,close,volume", *with_local_time(0, 10**6)],
     Expected((), MINUTES, note="times are those of 'timestamp'")),
    ("klines.csv", ["open_time,open,high,low,close,volume,close_time,quote_volume,count", *rows(
        epoch(10**6), times=MINUTES, after=("1717200059999", "1.5", "7"))], MINUTELY),
    ("newest.csv", [HEADER.replace("Date", "timestamp"), *rows(STAMP, times=MINUTES)[::-1]],
     Expected((), MINUTES, note="new to old")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "lines", "expected"), WITHOUT_OPTIONS, ids=[f"{i}-{shape[0]}" for i, shape in enumerate(WITHOUT_OPTIONS)]
)
def test_a_shape_is_known_without_options(tmp_path: Path, name: str, lines: list[str], expected: Expected) -> None:
    check(load(written(tmp_path, name, lines)), expected)


def test_a_name_may_state_the_zone_of_its_times(tmp_path: Path) -> None:
    """Eastern Europe is two hours ahead of UTC in March, before the clock is set forward."""
    lines = ["Time (EET),Open,High,Low,Close,Volume", *rows(lambda t: text_of(t + 7200 * 10**9, STAMP), times=MINUTES)]
    path = written(tmp_path, "EURUSD.csv", lines)
    check(load(path), MINUTELY)
    assert load(path).timezone == "EET"
    other = load(path, zone_of_times="UTC")
    assert other.time.tolist() == [time + 7200 * 10**9 for time in MINUTES]


def test_a_damaged_first_row_is_no_line_before_the_table(tmp_path: Path) -> None:
    lines = rows(STAMP, times=MINUTES)
    with pytest.raises(DataError, match="row 1 has 5 cells, and other rows 6"):
        load(written(tmp_path, "SPY.txt", [lines[0].rpartition(",")[0], *lines[1:]]))


def test_a_first_row_that_cannot_be_read_is_no_header(tmp_path: Path) -> None:
    lines = [HEADER, f"{text_of(DAYS[0], DAY)},one,two,three,four,five", *rows(DAY)[1:]]
    with pytest.raises(DataError, match="row 2, column 'Open': 'one': expected a number"):
        load(written(tmp_path, "a.csv", lines))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_and_ends_of_lines(tmp_path: Path, encoding: str, end: str) -> None:
    check(load(written(tmp_path, "bars.csv", BASIC, encoding, end)), DAILY)


def test_names_in_the_encodings_of_their_countries(tmp_path: Path) -> None:
    chinese = ["日期,开盘,最高,最低,收盘,成交量,名称", *rows(DAY, after=("平安银行",))]
    check(load(written(tmp_path, "000001.csv", chinese, "gb18030")), DAILY)
    french = ["Date;Ouverture;Plus haut;Plus bas;Clôture;Volume;Société", *rows(DAY, ";", after=("Électricité",))]
    check(load(written(tmp_path, "edf.csv", french, "latin-1")), DAILY)
    check(load(written(tmp_path, "edf.csv", french, "cp1252"), encoding="cp1252"), DAILY)


def test_text_that_nobody_uses_may_have_any_bytes(tmp_path: Path) -> None:
    lines = [HEADER + ",Name", *rows(DAY, after=("Société",))]
    data = load(written(tmp_path, "latin1.csv", lines, "latin-1"))
    check(data, DAILY)
    assert data.symbols == ("latin1",)


@pytest.mark.parametrize("length", [5, 4000, 30_000])
def test_a_bad_byte_is_named_with_its_place_in_the_file(tmp_path: Path, length: int) -> None:
    start = [HEADER, *rows(DAY, times=[DAYS[0] - (length - place) * 86_400 * 10**9 for place in range(length)])]
    content = ("\n".join(start) + "\n").encode() + b"2024-05-05,1,2,\xff,1,1\n"
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    place = content.index(b"\xff")
    with pytest.raises(DataError, match=rf"row {length + 2}, column 'Low': byte {place} of the file is 0xff"):
        load(path)
