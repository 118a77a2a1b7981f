"""An indicator is one file: what `admf_jit` reads of it, and the functions of `ta` that are written from it."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit import ta
from admf_jit.errors import StrategyError
from admf_jit.strategies.indicators import KINDS, Argument, read_arguments
from tools import make_ta

#: Without the forms that start as TradingView's do, which the same functions give.
OWN = [name for name in KINDS if not name.endswith("_tradingview")]
PAGE = Path(__file__).parents[2] / "docs" / "trading-model.md"


def test_the_functions_are_those_that_the_files_declare() -> None:
    assert make_ta.FILE.read_text(encoding="utf-8") == make_ta.written(), "run python -m tools.make_ta"
    assert ta.__all__ == OWN


def test_arguments_are_read_as_they_are_written() -> None:
    text = 'period: 2 <= int, share: 0 <= float <= 1 = 0.85, width: float = 2.0, seed: "talib | tradingview" = "talib"'
    assert list(read_arguments(text)) == [
        Argument("period", minimum=2),
        Argument("share", whole=False, minimum=0, maximum=1, default=0.85),
        Argument("width", whole=False, minimum=0, default=2.0),
        Argument("seed", minimum=0, maximum=1, choices=("talib", "tradingview"), default="talib"),
    ]


@pytest.mark.parametrize("name", OWN)
def test_a_function_says_what_its_indicator_is(name: str) -> None:
    function = getattr(ta, name)
    assert (function.__doc__ or "").endswith("."), "a sentence"
    taken = inspect.signature(function).parameters
    assert set(taken) >= {argument.name for argument in KINDS[name].arguments} | {"lag", "timeframe"}


def test_unknown_names_are_no_kinds() -> None:
    assert "window_sum" not in KINDS and "declared" not in KINDS
    with pytest.raises(KeyError):
        KINDS["smaa"]


def test_a_seed_tells_which_of_two_forms_is_meant() -> None:
    assert ta.ema(20, seed="tradingview").kind.name == "ema_tradingview" and ta.ema(20).kind.name == "ema"
    assert ta.adx(seed="tradingview").arguments == (14, 1)
    for give in (ta.ema, ta.adx):
        with pytest.raises(StrategyError, match="seed 'tradingveiw': expected 'talib' or 'tradingview'"):
            give(20, seed="tradingveiw")


def test_arguments_must_rise() -> None:
    with pytest.raises(StrategyError, match="fast_period 26 must be below slow_period 12"):
        ta.macd(26, 12).bound({})


def test_nothing_is_imported_of_an_indicator_that_is_declared() -> None:
    script = "import sys; from admf_jit import ta; ta.macd(); print([m for m in sys.modules if '.indicators.' in m])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def rows_of_the_page() -> dict[str, str]:
    """Name of an indicator -> its warm-up, from the tables of section 7."""
    text = PAGE.read_text(encoding="utf-8").partition("## 7. Indicators")[2].partition("## 8.")[0]
    rows = {}
    for line in text.splitlines():
        cells = line.strip("| ").split(" | ")
        if len(cells) == 3 and cells[0] not in ("value", "indicator"):
            for name in re.findall(r"\w+", re.sub(r"\(.*?\)|:.*", "", cells[0])):
                rows[name] = cells[2]
    return rows


@pytest.mark.parametrize("name", OWN)
def test_the_page_has_every_indicator_and_its_warm_up(name: str) -> None:
    kind = KINDS[name]
    said = rows_of_the_page()[name]
    if not kind.common:  # which the page has in letters
        assert said == kind.warmup
