"""A stand-in for the engine: the commands are tested for what they print and the status they leave."""

import sys
from types import SimpleNamespace

import pandas as pd
import pytest

import admf_jit
from admf_jit.data.annualisation import Annualisation
from admf_jit.results.identity import Identity

CONFIG = """\
name: made-up
data: {source: sample}
strategy: {type: buy_and_hold}
"""


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def workflow(monkeypatch):
    """Stands where `admf_jit.workflow` is; a test sets the functions that its command calls."""
    stand_in = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "admf_jit.workflow", stand_in)
    # Where a container that its process did not survive came to its end: none of these is one.
    located = SimpleNamespace(LOCATED=(), locate_failure=None)
    monkeypatch.setitem(sys.modules, "admf_jit.workflow.locate_failure", located)
    monkeypatch.setattr(admf_jit, "workflow", stand_in, raising=False)
    return stand_in


@pytest.fixture
def backtest():
    """One trade and the events that led to it, as a replay gives them."""
    events = pd.DataFrame(
        {
            "sequence": range(6),
            "cause": [-1, 0, 1, 2, -1, 3],
            "kind": ["BAR", "FEATURES", "SIGNAL", "ORDER", "BAR", "FILL"],
            "bar": [0, 0, 0, 0, 1, 1],
        }
    )
    return SimpleNamespace(
        error=None,
        status="ok",
        identity=Identity("a run", "a container", "what began it", "a phase"),
        data=SimpleNamespace(notes=("a note",), annualisation=Annualisation(252.0, "made up")),
        metrics={"total_return": 0.25, "sharpe_ratio": float("nan"), "n_trades": 1.0},
        trades=pd.DataFrame(
            {
                "direction": [1],
                "entry_time": pd.to_datetime(["2024-01-02T14:30Z"]),
                "exit_time": pd.to_datetime(["2024-01-05T14:30Z"]),
                "entry_price": [100.0],
                "exit_price": [112.5],
                "profit": [12.5],
                "return": [0.125],
            }
        ),
        trade_rows=[
            {
                "direction": 1,
                "entry_time": "2024-01-02 14:30:00+00:00",
                "exit_time": "2024-01-05 14:30:00+00:00",
                "entry_price": 100.0,
                "exit_price": 112.5,
                "profit": 12.5,
                "return": 0.125,
            }
        ],
        equity=pd.Series([100.0, 125.0], index=pd.RangeIndex(2, name="bar"), name="equity"),
        events=events,
    )
