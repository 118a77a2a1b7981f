"""One small run with a failure in it, and its page, for all tests of pages."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.report import best, write_run_report
from admf_jit.results import RunDirectory
from admf_jit.workflow.replay import reopen

STRATEGY = '''
import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Crossing:
    """Long while the price is above its average; of length 5 it divides by zero."""

    period: int = 3
    threshold: float = 0.0
    average = ta.sma("period")

    def on_bar(self, bar, position):
        if self.period == 5 and bar.close / (self.period - 5) > 0.0:
            return aj.FLAT
        return aj.LONG if bar.close > self.average * (1.0 + self.threshold) else aj.FLAT
'''
CONFIG = """
name: crossing
data: {{source: {bars}}}
strategy: {{type: "{strategy}:Crossing"}}
account: {{cash: 10000, position_size: 0.5, commission: {{type: percent, rate: 0.001}}}}
exits: {{stop_loss: 0.03, take_profit: 0.05}}
workflow: {{reproducibility: {{master_seed: 3}}}}
optimization:
  objective: sharpe_ratio
  parameters: {{period: [2, 3, 4, 5], threshold: [0.0, 0.01, 0.02]}}
"""


def bars(n=90):
    random = np.random.default_rng(5)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0005, 0.02, n)))
    open_ = np.append(100.0, close[:-1])
    time = pd.date_range("2023-11-15", periods=n, freq="D", tz="UTC")
    columns = {"high": np.maximum(open_, close) * 1.01, "low": np.minimum(open_, close) * 0.99, "close": close}
    return pd.DataFrame({"time": time, "symbol": "<b>&'X", "open": open_, **columns, "volume": 1000.0})


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The directory of a finished run of twelve containers, of which three failed."""
    from admf_jit import workflow
    from admf_jit.config import load_config

    folder = tmp_path_factory.mktemp("report")
    bars().to_csv(folder / "bars.csv", index=False)
    (folder / "crossing.py").write_text(STRATEGY)
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(bars=folder / "bars.csv", strategy=folder / "crossing.py"))
    workflow.run_grid(load_config(path), out=folder / "run", n_jobs=1)
    return RunDirectory.open(folder / "run")


@pytest.fixture(scope="session")
def page(run):
    # No configuration is called that, but a manifest may have been written by anybody.
    manifest = {**run.manifest, "name": '</script><script>alert(1)</script> & "co"'}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best, "SECONDS", 600.0)
        written = write_run_report(run.stored(), manifest, run.path, lambda: reopen(run))
    assert written.path == run.path / "report.html"
    return written.path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def many(run):
    return aj.open_run(run.path)
