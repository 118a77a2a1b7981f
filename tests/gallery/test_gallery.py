"""Each strategy of the gallery makes the trades and the equity that an independent calculation makes."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli.parser import parse
from admf_jit.config import load_config
from admf_jit.results import scratch
from admf_jit.workflow import run_single, validate
from tests.gallery import rules
from tests.strategies.declare import module_from

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "gallery").glob("*.py"))
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in PAGE.splitlines() if line.startswith("admf_jit ")]
slope = module_from(ROOT / "gallery" / "array_indicator.py", "gallery_array_indicator").slope
ROWS = re.findall(r"^\| \[`(\w+)\.py`\]\(\.\./gallery/\1\.py\) \| `(\w+)` \|", PAGE, flags=re.MULTILINE)


def test_the_page_has_a_row_for_each_file():
    assert len(ROWS) == 12
    assert sorted(name for name, _ in ROWS) == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text)) or ""
    assert len(text.splitlines()) <= 30
    assert "Source: " in said and "Bad at: " in said


@cache
def daily(symbol: str = "ALFA") -> pd.DataFrame:
    return aj.load("sample", symbols=[symbol], timeframe="1d").frame()


@cache
def with_predictions() -> pd.DataFrame:
    """Noise, of which some is missing."""
    random = np.random.default_rng(7)
    missing = random.random(len(daily())) < 0.03
    return daily().assign(prediction=np.where(missing, np.nan, random.normal(size=len(daily()))))


def one_symbol(name: str) -> tuple[Any, Any]:
    """The data of a strategy, and what the independent calculation makes of it."""
    if name in ("opening_range", "vwap_reversion"):
        data = aj.load("sample", symbols=["ALFA"], timeframe="5m", end="2015-04-30")
        return data, getattr(rules, name)(data.frame())
    if name == "predictions":
        return aj.load(with_predictions(), extra=["prediction"]), rules.predictions(with_predictions())
    # ADX leads to a trade of BETA at the first bar at which it is there.
    symbol = "BETA" if name == "adx_filter" else "ALFA"
    return aj.load("sample", symbols=[symbol], timeframe="1d"), getattr(rules, name)(daily(symbol))


def assert_same(name: str, data: Any, expected: Any, at_least: int, **settings: Any) -> None:
    one = aj.backtest(f"{ROOT}/gallery/{name}.py:{dict(ROWS)[name]}", data, commission=0.0005, **settings)
    times = pd.Index(one.equity.index)
    fills = [
        (times.get_loc(fill.time), data.symbols.index(fill.symbol), fill.quantity)
        for fill in one.fills.itertuples(index=False)
    ]
    assert len(fills) >= at_least
    assert [fill[:2] for fill in fills] == [fill[:2] for fill in expected.fills]
    np.testing.assert_allclose([fill[2] for fill in fills], [fill[2] for fill in expected.fills], rtol=1e-9)
    np.testing.assert_allclose(one.equity.to_numpy(), expected.equity, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name, _ in ROWS if name not in ("pairs", "dual_momentum")])
def test_one_symbol_is_traded_as_an_independent_calculation_trades_it(name):
    assert_same(name, *one_symbol(name), at_least=15)


@pytest.mark.parametrize(
    ("name", "symbols", "settings"),
    [("pairs", ["ALFA", "BETA"], {}), ("dual_momentum", ["ALFA", "BETA", "GAMA"], {"rebalance": "month"})],
)
def test_several_symbols_are_traded_as_an_independent_calculation_trades_them(name, symbols, settings):
    data = aj.load("sample", symbols=symbols, timeframe="1d")
    frame = data.frame().set_index("symbol", append=True)
    opens, closes = (frame[column].unstack("symbol")[symbols] for column in ("open", "close"))
    assert_same(name, data, getattr(rules, name)(opens, closes), at_least=15, **settings)


def test_the_array_indicator_looks_back_alone():
    close = daily()["close"].to_numpy()
    whole, part = (slope.compute([values], slope.defaults) for values in (close, close[:1000]))
    np.testing.assert_allclose(part, whole[:1000], rtol=1e-9)
    assert np.isfinite(part).sum() == 1000 - 89


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_names_settings_and_a_strategy_that_are_there(command, monkeypatch):
    monkeypatch.chdir(ROOT)
    asked = parse(command)
    config = load_config(Path(asked.config), asked.set)
    if command[0] == "run":
        one = run_single(config)
        assert one.status == "ok" and one.metrics["n_trades"] > 0
    else:
        assert validate(config)["containers"] == 6


def test_the_python_of_the_page_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path / "cache")
    monkeypatch.syspath_prepend(str(ROOT))
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    space: dict[str, Any] = {}
    exec(compile(block, "docs/gallery.md", "exec"), space)
    assert space["many"].frame["status"].tolist() == ["ok"] * 3
