"""Which function of TA-Lib an indicator is compared with: its name, arguments, TA-Lib's call, and how far to look.

Calls are of ``o, h, l, c, v``, and of ``n``, the first argument. Values are compared from the warm-up on, or, where
TA-Lib starts an average later, ``fades`` bars after it.
"""

from typing import NamedTuple


class Counterpart(NamedTuple):
    """An indicator and its call."""

    name: str
    arguments: tuple[float, ...]
    call: str
    fades: int = 0
    #: False where what stands still has another value, by a rule that section 7 of the trading model states.
    still: bool = True
    #: False where rounding decides which of two prices is the higher one, at some of a million bars.
    long: bool = True


COUNTERPARTS = (
    Counterpart("sma", (20,), "SMA(c, n)"),
    Counterpart("ema", (20,), "EMA(c, n)"),
    Counterpart("wma", (20,), "WMA(c, n)"),
    Counterpart("stdev", (20,), "STDDEV(c, n)"),
    Counterpart("variance", (20,), "VAR(c, n)"),
    Counterpart("highest", (20,), "MAX(c, n)"),
    Counterpart("lowest", (20,), "MIN(c, n)"),
    Counterpart("rsi", (14,), "RSI(c, n)", still=False),
    Counterpart("roc", (10,), "ROCP(c, n)"),
    Counterpart("momentum", (10,), "MOM(c, n)"),
    Counterpart("atr", (14,), "ATR(h, l, c, n)"),
    Counterpart("bollinger", (20, 2.0), "BBANDS(c, n, 2.0, 2.0)"),
    Counterpart("macd", (12, 26, 9), "MACD(c, 12, 26, 9)", 400),
    Counterpart("stochastic", (14, 3), "STOCHF(h, l, c, n, 3)", still=False),
    Counterpart("donchian", (20,), "DONCHIAN(h, l, n)"),
    Counterpart("rma", (20,), "RMA(c, n)"),
    Counterpart("dema", (20, 0), "DEMA(c, n)"),
    Counterpart("tema", (20, 0), "TEMA(c, n)"),
    Counterpart("trix", (18, 0), "TRIX(c, n)"),
    Counterpart("t3", (5, 0.7), "T3(c, n, 0.7)"),
    Counterpart("kama", (10, 2, 30), "KAMA(c, n)"),
    Counterpart("trima", (20,), "TRIMA(c, n)"),
    Counterpart("hma", (20,), "HMA(c, n)"),
    Counterpart("vwma", (20,), "VWMA(c, v, n)"),
    Counterpart("midpoint", (14,), "MIDPOINT(c, n)"),
    Counterpart("midprice", (14,), "MIDPRICE(h, l, n)"),
    Counterpart("apo", (12, 26, 0), "APO(c, 12, 26, 1)", 400),
    Counterpart("ppo", (12, 26, 0), "PPO(c, 12, 26, 1)", 400),
    Counterpart("cci", (20,), "CCI(h, l, c, n)"),
    Counterpart("true_range", (), "TRANGE(h, l, c)"),
    Counterpart("natr", (14, 0), "NATR(h, l, c, n)"),
    Counterpart("plus_di", (14, 0), "PLUS_DI(h, l, c, n)"),
    Counterpart("minus_di", (14, 0), "MINUS_DI(h, l, c, n)"),
    Counterpart("dx", (14, 0), "DX(h, l, c, n)"),
    Counterpart("adx", (14, 0), "ADX(h, l, c, n)"),
    Counterpart("adxr", (14, 0), "ADXR(h, l, c, n)"),
    Counterpart("mfi", (14,), "MFI(h, l, c, v, n)", still=False, long=False),
    Counterpart("obv", (), "OBV(c, v)"),
    Counterpart("ad", (), "AD(h, l, c, v)"),
    Counterpart("adosc", (3, 10), "ADOSC(h, l, c, v, 3, 10)"),
    Counterpart("aroon", (14,), "AROON(h, l, n)[::-1]"),
    Counterpart("aroonosc", (14,), "AROONOSC(h, l, n)"),
    Counterpart("willr", (14,), "WILLR(h, l, c, n)", still=False),
    Counterpart("cmo", (14, 0), "CMO(c, n)"),
    Counterpart("cmo", (14, 1), "CMOU(c, n)"),
    Counterpart("ultosc", (7, 14, 28), "ULTOSC(h, l, c, 7, 14, 28)", still=False),
    Counterpart("stochrsi", (14, 14, 3), "STOCHRSI(c, n, 14, 3)", still=False),
    Counterpart("sar", (0.02, 0.2), "SAR(h, l, 0.02, 0.2)"),
    Counterpart("supertrend", (10, 3.0, 0), "SUPERTREND(h, l, c, n, 3.0)"),
    Counterpart("linreg", (14,), "LINEARREG(c, n), LINEARREG_SLOPE(c, n), LINEARREG_INTERCEPT(c, n), TSF(c, n)"),
    Counterpart("correlation", (20,), "CORREL(c, v, n)"),
    Counterpart("beta", (20,), "BETA(v, c, n)"),
    Counterpart("vortex", (14,), "VORTEX(h, l, c, n)", still=False),
    Counterpart("cmf", (20,), "CMF(h, l, c, v, n)"),
    Counterpart("awesome", (5, 34), "AO(h, l, 5, 34)"),
    Counterpart("dpo", (20,), "DPO(c, n)"),
    Counterpart("coppock", (10, 11, 14), "COPPOCK(c, n, 11, 14)"),
    Counterpart("mass_index", (9, 25), "MASSI(h, l, 9, 25)", still=False),
    Counterpart("force_index", (13, 0), "EFI(c, v, n)"),
    Counterpart("elder_ray", (13, 0), "ERI(h, l, c, n)"),
    Counterpart("bop", (), "BOP(o, h, l, c)"),
    Counterpart("heikin_ashi", (), "HA(o, h, l, c)"),
    Counterpart("typical_price", (), "TYPPRICE(h, l, c)"),
    Counterpart("median_price", (), "MEDPRICE(h, l)"),
    Counterpart("weighted_close", (), "WCLPRICE(h, l, c)"),
)
