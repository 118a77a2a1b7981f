"""Spellings: the names by which vendors call a column, and what a name says of it.

Names are compared without case, accents, spaces and punctuation, and always as a whole: 'Adj Close' is not a close,
and 'Volume USD' is not the volume.
"""

import re
import unicodedata
from zoneinfo import available_timezones

PRICES = ("open", "high", "low", "close")

_OPEN = (
    "open o ouv openprice priceopen openingprice opening pxopen first openpx firsttradeprice openvalue "
    "eroffnung eroffn eroffnungskurs eroffnungspreis erster anfangskurs ouverture abertura apertura "
    "aperturas 开盘 开盘价 今开 開盤價 始値 시가 открытие"
)
_HIGH = (
    "high h highprice pricehigh max pxhigh highpx highest highestprice highvalue hoch hochst "
    "hochstkurs tageshoch haut plushaut maximo maxima massimo 最高 最高价 最高價 高値 고가 hoog максимум"
)
_LOW = (
    "low l lowprice pricelow min pxlow lowpx lowest lowestprice lowvalue tief tiefst tiefstkurs "
    "tagestief bas plusbas minimo minima 最低 最低价 最低價 安値 저가 laag минимум"
)
_CLOSE = (
    "close c clot closeprice priceclose closelast closingprice closing closepx pxclose closevalue "
    "closingvalue schluss schlusskurs schlusspreis cloture fermeture cierre fechamento chiusura 收盘 "
    "收盘价 收盤價 終値 종가 закрытие"
)
#: Taken for the close where nothing is called one.
_LAST = (
    "last price settle settlement settleprice settlementprice lastprice pxlast lasttradedprice ltp "
    "zuletzt letzter dernier ultimo 最新价 最新 现价 laatst"
)
_VOLUME = (
    "volume vol v realvolume lasttradedvolume "
    "stuecke tradevolume tradedvolume volumetraded totalvolume totaltradedvolume "
    "totaltradedquantity totaltradedqty tottrdqty ttltrdqnty tradedquantity tradedqty quantity qty "
    "noofshares sharestraded volumeshares sharevolume volumecontracts contractstraded basevolume "
    "volumebase volumefrom basevol basevolumetraded volumen umsatz stuck quantite volumes "
    "成交量 出来高 总手 거래량 объем объём"
)
_TICKS = "tickvol tickvolume ticks tickqty ticksvolume tickcount"
_SYMBOL = "symbol ticker sym instrument tickersymbol stocksymbol symbols tickers"
#: Which may tell symbols apart: they are one where they have several values.
_IDENTITY = (
    "name names tic tscode code stockcode securitycode contract contractcode contractname "
    "contractsymbol expiry expiration expirationdate expirydate expirationmonth maturity maturitydate "
    "delivery deliverymonth deliverydate contractmonth contractdate contractmonthyear prompt "
    "promptdate asset assetname assetid pair coin coinname cryptoname currency currencypair crypto "
    "security securityid securityname secid sid symbolid tickerid stock stockname stockid company companyname scrip "
    "scripcode scripname isin cusip figi sedol wkn ric permno gvkey productcode product root "
    "underlying market marketname instrumentid instrumentname instrumenttoken orderbookid vtsymbol "
    "thscode windcode stkcd tradecode "
    "actsymbol exp expdate lasttradedate lasttradingday ltd fut future futures futurescontract contractid "
    "conid localsymbol "
    "tradingsymbol instrumentcode index indexname indexid strike strikeprice optiontype optionsymbol putcall callput "
    "证券代码 证券名称 代码 名称 股票代码 股票名称 简称 品种 合约 合约代码 銘柄 銘柄コード"
)
#: Columns of codes that may change within one symbol, or tell two series of it apart.
MARKERS = frozenset(
    (
        "exchange exchangecode exchangeid exch venue venueid mic micode publisher publisherid source feed provider "
        "dataset session sessiontype timeframe interval barsize"
    ).split()
)
#: Those of them that say how long a bar is.
LENGTHS = frozenset(("timeframe", "interval", "barsize"))
#: Whose change within one symbol means another contract.
CONTRACTS = frozenset(
    (
        "contract contractcode contractname contractsymbol contractmonth contractdate contractmonthyear "
        "expiry expirydate expiration expirationdate expirationmonth maturity maturitydate delivery "
        "deliverymonth deliverydate instrumentid "
        "exp expdate lasttradedate lasttradingday ltd contractid conid localsymbol "
        "prompt promptdate strike strikeprice optiontype putcall callput 合约 合约代码"
    ).split()
)
_ADJUSTED = "adjclose adjustedclose closeadj closeadjusted adjcloseprice adjustedcloseprice adjusted adjclosing"
#: In the order of preference among times that are written in the same way.
_TIME = (
    "timeopen datetime timestamp opentime bartime opentimestamp tsevent windowstart starttime starttimestamp "
    "startat startsat startdate beginsat begin begintime start periodstart timeperiodstart bucket "
    "bucketstart klineopentime candlebegintime candletime candletimestamp snapshottime "
    "snapshottimeutc gmttime utctime localtime timeutc dateutc datetimeutc timestamputc dategmt "
    "timegmt datetimegmt date time day dates tradingday tradingdate tradedate datestring datum fecha "
    "data giorno jour unix unixtime unixtimestamp unixtimestamps unixdate unixms epoch epochtime "
    "epochms epochs ts tsms timems timestampms timestamps mts dt d t zeit datumzeit dateheure "
    "fechahora dateandtime 日期 时间 日时 交易日期 交易时间 日付 日時 일자 날짜 дата время"
)
#: A time of day that stands beside a date.
_CLOCK = frozenset(
    "time zeit hora heure ora uhrzeit timeofday tradetime bartime 时间 交易时间 時刻 minute hhmm".split()
)
_DATE = frozenset(
    "date datum fecha data jour giorno day dates tradingday tradingdate tradedate dtyyyymmdd "
    "dateyyyymmdd yyyymmdd "
    "日期 交易日期 日付".split()
)


def plain(name: object) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    text = unicodedata.normalize("NFKD", str(name).strip().casefold())
    return "".join(character for character in text if character.isalnum())


_FIELDS: dict[str, str] = {}
for _field, _names in (
    ("open", _OPEN), ("high", _HIGH), ("low", _LOW), ("close", _CLOSE), ("last", _LAST), ("volume", _VOLUME),
    ("ticks", _TICKS), ("symbol", _SYMBOL), ("identity", _IDENTITY), ("adjusted", _ADJUSTED),
):  # fmt: skip
    _FIELDS |= {plain(_name): _field for _name in _names.split()}
_TIME_RANK = {plain(name): rank for rank, name in enumerate((*_TIME.split(), *_DATE))}
_UNNAMED = re.compile(r"|unnamed\d*|index|level\d+|indexlevel\d+|none|column1")
_SIDE = r"(bid|ask|mid|adj|adjusted|split_adjusted)"
#: What a volume can be counted in that is money.
_MONEY = frozenset(
    "usd usdt usdc busd tusd fdusd dai eur gbp jpy krw chf aud cad try brl rub inr cny cnh currency "
    "quote fiat value turnover "
    "amount money dollars euro notional usdvolume".split()
)
_SUFFIXED = re.compile(r"(?:base|quote)?volume(?:in|of)?([a-z0-9]{2,10})|vol([a-z]{3,5})")


def field_of(name: object) -> str | None:
    """Return what a column's name says that it is: a field of a bar, `last`, `ticks`, `identity`, `adjusted`."""
    text = plain(name)
    # "1. open" and "1a. open (USD)", as Alpha Vantage numbers its names.
    numbered = re.fullmatch(r"\d{1,2}([a-z]{3,})", text)
    found = _FIELDS.get(text) or (_FIELDS.get(numbered.group(1)) if numbered else None)
    if found is None and "(" in str(name):
        price = _FIELDS.get(re.sub(r"^\d{1,2}[ab]?", "", plain(re.sub(r"\(.*?\)", "", str(name)))))
        return price if price in PRICES else None
    return found


def is_unnamed(name: object) -> bool:
    """Tell a column that nobody named, such as the index that pandas writes."""
    return _UNNAMED.fullmatch(plain(name)) is not None


def is_date(name: object) -> bool:
    """Tell a name that is that of a date alone."""
    return plain(name) in _DATE


def is_clock(name: object) -> bool:
    """Tell a name that is that of a time of day, where a date stands beside it."""
    return plain(name) in _CLOCK


def is_time(name: object) -> bool:
    """Tell a name that is that of a time."""
    return time_rank(name) is not None


def time_rank(name: object) -> int | None:
    """Return the rank of a name among those of times, the preferred ones first; None for another name."""
    rank = _TIME_RANK.get(plain(name))
    return rank if rank is not None else _TIME_RANK.get(plain(re.sub(r"[(\[].*?[)\]]", "", str(name))))


def zone_said(name: object) -> str | None:
    """Return the zone that a time's name states, as `Gmt time`, `Date(UTC)` and `Time (EET)` do."""
    text = str(name).strip().casefold()
    if re.search(r"(?:^|[^a-z])(utc|gmt)(?:[^a-z]|$)|utc$|^utctime|^gmttime", text):
        return "UTC"
    found = re.search(r"[(\[]\s*([A-Za-z_]+(?:/[A-Za-z_]+)*)\s*[)\]]", str(name))
    return found.group(1) if found and found.group(1) in available_timezones() else None


def sided(name: object) -> tuple[str, str] | None:
    """Return side and field of a name such as `bidopen`, `Ask High`, `closeMid` or `adjClose`."""
    text = re.sub(r"[^a-z]", "", str(name).casefold().replace("_", ""))
    for side in ("bid", "ask", "mid", "adjusted", "adj"):
        for rest in ([text.removeprefix(side)] if text.startswith(side) else []) + (
            [text.removesuffix(side)] if text.endswith(side) else []
        ):
            field = _FIELDS.get(rest.removesuffix("price") or rest)
            if field in (*PRICES, "volume"):
                return ("adjusted" if side.startswith("adj") else side), field
    return None


def volume_unit(name: object) -> str | None:
    """Return the unit that a name such as `Volume BTC`, `Volume_(Currency)` or `volumeto` tells, or None."""
    text = plain(name)
    if text in ("volumeto", "quotevolume", "quoteassetvolume"):
        return "quote"
    found = _SUFFIXED.fullmatch(text)
    return (found.group(1) or found.group(2)) if found else None


def is_money(unit: str, title: str = "") -> bool:
    """Tell whether a unit is money: what a pair is quoted in where `title` names one, such as Binance_BTCUSDT_1h."""
    return any(word.endswith(unit) and word != unit for word in words_of(title)) or unit in _MONEY


def words_of(title: str) -> list[str]:
    """Return the words of a name, and what they are together, as BTC/USDT and BTCUSDT are one pair."""
    return [word for word in re.split(r"[^a-z0-9]+", title.casefold()) if word] + [plain(title)]
