"""Measures of 300 random backtests against empyrical and quantstats, to 1e-9. Run by `make oracles` alone."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".oracles" / "measures" / "bin" / "python"
N, CASH, YEAR = 300, 100_000.0, 252
Case = tuple[dict[str, Any], dict[str, float], float]


def cases() -> list[Case]:
    """What the libraries are asked, what a backtest says, and its alpha without a risk-free rate."""
    chance = random.Random(20)
    whole = aj.load("sample", symbols=["ALFA", "BETA", "GAMA"], timeframe="1d")
    spans = [whole.select(end=f"201{year}-{month:02}-28") for year, month in ((5, 6), (5, 12), (6, 12), (9, 3))]
    found = []
    while len(found) < N:
        data, rate = chance.choice(spans), chance.choice([0.0, 0.01, 0.05])
        symbol, benchmark = chance.choice(data.symbols), chance.choice([None, *data.symbols])
        one = aj.backtest(
            "sma_crossover",
            data,
            symbol=symbol,
            parameters={"fast_period": chance.randint(2, 15), "slow_period": chance.randint(16, 40)},
            position_size=chance.choice([0.1, 0.5, 1.0]),
            commission=chance.choice([0.0, 0.001]),
            bars_per_year=YEAR,
            benchmark=benchmark,
            risk_free=rate,
            ledger=False,
        )
        closes = data.frame(benchmark or symbol)["close"].to_numpy()
        first = closes[0] if benchmark else data.frame(symbol)["open"].iloc[0]
        equity = one.equity.to_numpy()
        asked = {
            "returns": (equity / np.append(CASH, equity[:-1]) - 1.0).tolist(),
            "benchmark": (closes / np.append(first, closes[:-1]) - 1.0).tolist(),
            "risk_free": rate,
            "bars_per_year": YEAR,
        }
        if len(one.trades) > 2:
            found.append((asked, one.measures(), one.measures(risk_free=0.0)["alpha"]))
    return found


def test_measures_agree_with_both_libraries() -> None:
    made = cases()
    lines = "".join(json.dumps(asked) + "\n" for asked, _, _ in made)
    runner = str(Path(__file__).with_name("runner.py"))
    done = subprocess.run([str(PYTHON), "-I", runner], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == N
    for place, ((_, ours, alpha), theirs) in enumerate(zip(made, answers, strict=True)):
        ours = {**ours, "alpha_without_rate": alpha}
        for library, measures in theirs.items():
            for name, value in measures.items():
                # r squared has lost the sign, and a mean that nearly cancels some digits.
                mine = abs(ours[name]) if name == "correlation" else ours[name]
                assert mine == pytest.approx(value, rel=1e-9, abs=1e-11, nan_ok=True), (place, library, name)
