"""The code of other engines on docs/coming-from.md, run by them: `make oracles` installs each on its own."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.patience import PATIENCE
from tests.test_docs_examples import BLOCKS, PAGES, run_page

ROOT = Path(__file__).resolve().parents[3]
#: Heading of the page -> environment of the engine, and what our code under it leaves.
ENGINES = {"backtesting.py": "backtesting_py", "vectorbt": "vectorbt", "backtrader": "backtrader"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bars on which averages cross often."""
    folder = tmp_path_factory.mktemp("coming_from")
    random = np.random.default_rng(11)
    time = pd.date_range("2018-01-01", periods=900, freq="D", tz="UTC", name="time")
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, len(time))))
    opening = close * np.exp(random.normal(0.0, 0.005, len(time)))
    high, low = np.maximum(opening, close) * 1.004, np.minimum(opening, close) * 0.996
    bars = {"open": opening, "high": high, "low": low, "close": close, "volume": 1000.0}
    pd.DataFrame(bars, index=time).round(4).to_csv(folder / "bars.csv")
    return folder


@pytest.fixture(scope="module")
def ours(folder: Path) -> dict[str, tuple[float, float]]:
    """Closed trades and final equity of our code under each heading."""
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        pd.DataFrame({"time": []}).to_parquet("model_output.parquet")
        page: Any = run_page("coming-from", folder)
    assert Path.cwd() == before
    row = page.many.frame.iloc[0]
    found = {"backtesting.py": page.one.metrics, "vectorbt": row, "backtrader": page.sized.metrics}
    return {name: (said["n_trades"], said["final_equity"]) for name, said in found.items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_both_sides_of_the_page_come_to_the_same(engine: str, ours: dict[str, Any], folder: Path) -> None:
    heading = PAGES["coming-from"].split(f"\n## {engine}\n", 1)[0].count("\n") + 2
    code = next(one.text for one in BLOCKS if (one.page, one.language) == ("coming-from", "py") and one.line > heading)
    python = ROOT / ".oracles" / ENGINES[engine] / "bin" / "python"
    command = [str(python), str(Path(__file__).with_name("runner.py")), str(folder / "bars.csv")]
    done = subprocess.run(command, input=code, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    trades, equity = done.stdout.split()[-2:]
    assert ours[engine] == (float(trades), pytest.approx(float(equity), rel=1e-12))
    assert float(trades) > 5
