"""Every example of every page of docs/ is run, loaded or parsed: a page that is new is among them by itself."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml

import admf_jit as aj
from admf_jit.cli.parser import parse
from admf_jit.config import has_phases, load_run, load_workflow
from admf_jit.live.bars import PRICES
from admf_jit.live.feed import BarReader
from admf_jit.results import scratch
from admf_jit.workflow import validate, validate_workflow
from tests.long import only_long
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
#: Pages whose code a test of its own runs, which says more of its results.
ELSEWHERE = {
    "data": "data/test_data_page.py",
    "orders": "cli/test_readme.py",
    "python": "test_docs_python.py",
    "statistics": "statistics/test_page.py",
}
#: What the examples of all pages take for granted.
BEFORE = """
import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit import ta

data = aj.load("bars.csv")
close = data.frame()["close"]
model_output = pd.read_parquet("model_output.parquet")


@aj.strategy
class SmaCross:
    fast_period: int = 10
    slow_period: int = 30
    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):
        return aj.LONG if self.fast > self.slow else aj.FLAT
"""
MODEL = """
import admf_jit as aj


@aj.strategy
class Model:
    threshold: float = 0.1

    def on_bar(self, bar, position):
        return bar.close > self.threshold
"""
N = 700


class Block(NamedTuple):
    """An example of a page: where it begins, in which language, and its text."""

    page: str
    line: int
    language: str
    text: str


def blocks() -> list[Block]:
    found = []
    for page, text in PAGES.items():
        for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE):
            line = text[: match.start()].count("\n") + 1
            found.append(Block(page, line, match[2], textwrap.dedent(match[3])))
    return found


BLOCKS = blocks()


def of(language: str) -> list[Any]:
    return [pytest.param(one, id=f"{one.page}:{one.line}") for one in BLOCKS if one.language == language]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files that the pages name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path / "cache")
    random = np.random.default_rng(5)
    time = pd.date_range("2018-01-01", periods=N, freq="D", tz="UTC", name="time")
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, N)))
    bars = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1000.0}, index=time)
    for name in ("spy.csv", "dax.csv", "spy_1m.csv"):
        bars.to_csv(name)
    own = {"prediction": random.random(N), "funding": random.normal(0.0, 0.01, N), "Model output v2": random.random(N)}
    bars.assign(**own, buy=np.arange(N) % 9 == 0, sell=np.arange(N) % 9 == 5).to_csv("bars.csv")
    pd.DataFrame({"time": time, "feature": random.random(N)}).to_parquet("model_output.parquet")
    Path("stocks").mkdir()
    for name, length in (("ABC", N - 5), ("XYZ", N - 9), ("LONG", N)):
        bars.iloc[:length].to_csv(f"stocks/{name}.csv")
    Path("path/to").mkdir(parents=True)
    Path("path/to/file.py").write_text(MODEL)
    return tmp_path


def test_no_example_is_in_another_language() -> None:
    assert {one.language for one in BLOCKS} <= {"python", "py", "yaml", "sh", "json", "text", ""}
    assert len(BLOCKS) == sum(page.count("```") for page in PAGES.values()) // 2
    for page, test in ELSEWHERE.items():
        text = (ROOT / "tests" / test).read_text(encoding="utf-8")
        assert f"{page}.md" in text or f'"{page}.md"' in text


@pytest.mark.parametrize("block", of("yaml"))
def test_a_configuration_is_accepted(block: Block, folder: Path) -> None:
    given = yaml.safe_load(block.text)
    document: dict[str, Any] = {"data": {"source": "bars.csv"}, **given}
    optimization = dict(given.get("optimization", {}))
    if "strategies" not in document:
        document.setdefault("strategy", {"type": "sma_crossover"})
        swept = document["strategy"]["type"] == "sma_crossover"
        optimization.setdefault("parameters", {"fast_period": [5, 10], "slow_period": [20, 40]} if swept else {})
    document["optimization"] = optimization
    Path("page.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    run = load_run("page.yaml")
    if block.page in ("data", "machines"):  # extras, and machines that there are not
        return
    if has_phases(run.common) is not None:
        assert len(validate_workflow(load_workflow("page.yaml"))) == len(given["workflow"]["phases"])
    else:
        facts = validate(run if not run.is_plain else run.common)
        assert all(sweep["containers"] > 0 for sweep in facts.get("sweeps", [facts]))


@pytest.mark.parametrize("block", [*of("sh"), *of("")])
def test_a_command_parses(block: Block) -> None:
    found = re.findall(r"^(?:some_source \| )?admf_jit (.*)$", block.text, re.MULTILINE)
    for command in found:
        words = shlex.split(command, comments=True)
        assert parse(words).command == words[0]
    assert found or "admf_jit" not in block.text


@pytest.mark.parametrize("block", of("json"))
def test_a_bar_of_a_feed_is_read(block: Block) -> None:
    reader = BarReader(("SPY",), "UTC", "1m", allow_nonpositive=False)
    for line in block.text.splitlines():
        said = json.loads(line)
        assert reader.read(line.encode())[2:7] == tuple(said[name] for name in PRICES)


def run_page(page: str, folder: Path) -> ModuleType:
    """Run the examples of a page from top to bottom, in a file, as strategies are compiled from their source."""
    code = "\n\n".join(one.text for one in BLOCKS if one.page == page and one.language == "python")
    path = folder / f"page_{page.replace('-', '_')}.py"
    path.write_text(f"{BEFORE}\n{code}", encoding="utf-8")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


CODE = sorted({one.page for one in BLOCKS if one.language == "python"} - set(ELSEWHERE))


@pytest.mark.parametrize("page", [pytest.param(one, marks=only_long if one == "machines" else ()) for one in CODE])
def test_the_code_of_a_page_runs(page: str, folder: Path) -> None:
    assert page in LEAVES, f"say in LEAVES what the code of docs/{page}.md leaves"
    LEAVES[page](run_page(page, folder))


def leaves_check(page: Any) -> None:
    """A function of the bars may know them all: up to each place it has to say the same of fewer of them."""
    assert aj.check(page.make, page.data, cuts=2).findings == ()


def leaves_periods(page: Any) -> None:
    assert page.blocks.growth.shape == (8, 11) and page.blocks.bars.sum() == N
    np.testing.assert_allclose(page.blocks.growth.prod(axis=0) - 1.0, page.many.frame.total_return, rtol=1e-9)
    assert page.many.months.names[0] == "2018-01"


def leaves_columns(page: Any) -> None:
    bars = pd.read_csv("bars.csv")
    one = aj.backtest(page.Follow(threshold=0.7), aj.load("bars.csv", extra=["prediction", "funding"]))
    # Of daily bars: what is known an hour after the close is seen at the next close.
    average = bars["funding"].shift(1).rolling(8).mean()
    long = (bars["prediction"] > 0.7) & (average < 0.01)
    signals = np.flatnonzero(long & ~long.shift(1, fill_value=False))
    assert one.trades["entry_bar"].tolist() == (signals + 1)[signals + 1 < N].tolist()


def leaves_ledger(page: Any) -> None:
    counted = [(one.selection["trials"], one.selection["earlier_trials"]) for one in (page.first, page.second)]
    assert counted == [(6, 0), (8, 2)]


def leaves_indicators(page: Any) -> None:
    bars = pd.read_csv("bars.csv")
    values = aj.backtest(page.Smooth(), aj.load("bars.csv")).indicators()
    bands = bars["close"].rolling(20).mean() + 2 * bars["close"].rolling(20).std(ddof=0)
    top = bands.rolling(3).max()
    np.testing.assert_allclose(values["top"].to_numpy()[21:], top.to_numpy()[21:], rtol=1e-9)
    straight = aj.backtest(page.Efficient(), aj.load("bars.csv")).indicators()["straight"]
    way = bars["close"].diff().abs().rolling(20).sum()
    np.testing.assert_allclose(straight.to_numpy(), bars["close"].diff(20).abs() / way, rtol=1e-9)
    own = aj.backtest(page.AboveTypical(period=5), aj.load("bars.csv")).indicators()
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    mean, last = 0.0, 0.0
    for seen, x in enumerate(typical, 1):
        mean, last = mean + (x - mean) / min(seen, 5), mean
    assert own["line"].iloc[-1] == pytest.approx(2 * mean - last, rel=1e-12)


def leaves_rules(page: Any) -> None:
    """Trades of the crosses, by pandas; Wilder's averages begin as the means of the first 14 moves."""
    rows = page.many.frame.set_index(["fast", "upper"])["n_trades"]
    close = pd.read_csv("bars.csv")["close"]
    smoothed = []
    for moves in (close.diff().clip(lower=0), -close.diff().clip(upper=0)):
        begun = np.r_[[np.nan] * 14, moves[1:15].mean(), moves[15:]]
        smoothed.append(pd.Series(begun).ewm(alpha=1 / 14, adjust=False).mean())
    rsi = 100 - 100 / (1 + smoothed[0] / smoothed[1])
    for (fast, upper), n_trades in rows.items():
        short, long = close.rolling(fast).mean(), close.rolling(30).mean()
        held, closed = False, 0
        for bar in range(30, N - 1):
            if short[bar] > long[bar] and short[bar - 1] <= long[bar - 1] and rsi[bar] < upper:
                held = True
            elif short[bar] < long[bar] and short[bar - 1] >= long[bar - 1] and held:
                held, closed = False, closed + 1
        assert n_trades == closed
    assert len(rows) == 9 and rows.nunique() > 3


def leaves_signals(page: Any) -> None:
    above = page.fast > page.slow
    entries = np.flatnonzero(above & ~above.shift(1, fill_value=False))
    assert page.many.container(0).trades["entry_bar"].tolist() == (entries + 1)[entries + 1 < N].tolist()


def leaves_walk_forward(page: Any) -> None:
    assert len(page.walk.windows) == 2 and len(page.walk.search(0)) == 8


def leaves_workflow(page: Any) -> None:
    assert len(page.many) == 2 * 2 + 2 * 2 and page.many.failed == 0


def leaves_gallery(page: Any) -> None:
    """Which trades it makes is calculated in tests/gallery."""
    rows = page.many.frame
    assert len(rows) == 3 and page.many.failed == 0 and (rows["n_trades"] > 0).all()
    assert rows["final_equity"].is_unique


def leaves_start(page: Any) -> None:
    assert len(page.many) == 11 * 9 and page.page.stat().st_size > 100_000
    row = page.many.frame.query("fast_period == 8 and slow_period == 30")
    assert row["total_return"].item() == page.one.metrics["total_return"]


def leaves_strategy(page: Any) -> None:
    """Each rule again, by pandas."""
    bars = pd.read_csv("bars.csv")
    assert len(page.many) == 9 and page.many.failed == 0 and page.one.metrics["evaluated_bars"] > 0
    top, left, signals = bars["high"].rolling(20).max().shift(1), 0, []
    for bar in range(20, N):
        if left == 0:
            signals.append((bar, bars["close"][bar] > top[bar]))
        left = 3 if left == 0 else left - 1
    entries = [
        bar + 1 for (_, before), (bar, now) in zip([(0, False), *signals], signals, strict=False) if now > before
    ]
    assert page.patient.trades["entry_bar"].tolist() == [bar for bar in entries if bar < N]
    assert page.rotation.status == "ok" and set(page.rotation.fills["symbol"]) == {"ABC"}  # they rise alike


def leaves_determinism(page: Any) -> None:
    by_id = [many.frame.set_index("container_id")["result_hash"].sort_index() for many in (page.first, page.second)]
    pd.testing.assert_series_equal(*by_id)
    assert page.alone.metrics["final_equity"] == page.first.frame["final_equity"][2]


def leaves_coming_from(page: Any) -> None:
    """What the other engines make of it is compared in tests/oracles."""
    assert page.one.metrics["n_trades"] == page.sized.metrics["n_trades"] == page.many.frame["n_trades"][0] > 5


def leaves_machines(page: ModuleType) -> None:
    """It starts processes that import its file, and so runs in one of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "kernels")])}
    command = [sys.executable, str(page.__file__)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "slow_period" in done.stdout, done.stderr


#: What the code of each page leaves, by pandas or by hand.
LEAVES = {
    "check": leaves_check,
    "coming-from": leaves_coming_from,
    "columns": leaves_columns,
    "determinism": leaves_determinism,
    "gallery": leaves_gallery,
    "ledger": leaves_ledger,
    "indicators": leaves_indicators,
    "machines": leaves_machines,
    "rules": leaves_rules,
    "periods": leaves_periods,
    "signals": leaves_signals,
    "start": leaves_start,
    "strategy": leaves_strategy,
    "walk-forward": leaves_walk_forward,
    "workflow": leaves_workflow,
}
