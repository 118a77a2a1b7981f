"""Signals and orders that a run was given go on from a feed: bit for bit the events of giving them for all bars."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.errors import ConfigError
from admf_jit.live.container import LiveContainer
from admf_jit.live.history import BACKTEST, LOG, history_of
from admf_jit.live.setup import from_row, open_session
from admf_jit.results.run_directory import RunDirectory
from admf_jit.workflow.replay import prepare_again
from tests.contract.markets import Market
from tests.live.test_session import Written, feed

FRAME = Market("walk", seed=5, bars=200, level=100.0, volatility=0.01, step="1h").frame()
FIRST = 90
NAMES = ("entries", "exits", "short_entries", "short_exits")
DRAWN = np.random.default_rng(6).random((4, len(FRAME)))
SIGNALS = {name: pd.Series(row < 0.2, FRAME.index) for name, row in zip(NAMES, DRAWN, strict=True)}
QUANTITY = pd.Series(np.where(DRAWN[0] < 0.2, np.round(20 * DRAWN[1] - 10), np.nan), FRAME.index)
#: What a signal to leave does where an entry still works shows which of the two is answered.
PARTLY: dict[str, Any] = {"max_volume_share": 0.01, "exit_rules": {"stop_loss": 0.03}, "cash": 10_000.0}


def played(names: tuple[str, ...], bars: Any, part: slice, **how: Any) -> Any:
    """The run that is given signals, or quantities, for a part of the bars."""
    if names == ("quantity",):
        return aj.from_orders(bars, QUANTITY[part], **how)
    return aj.from_signals(bars, **{name: SIGNALS[name][part] for name in names}, **how)


def line_of(names: tuple[str, ...], t: int) -> bytes:
    row = FRAME.iloc[t]
    given = {name: bool(SIGNALS[name].iloc[t]) for name in names if name in SIGNALS}
    if "quantity" in names:
        given["quantity"] = None if np.isnan(QUANTITY.iloc[t]) else float(QUANTITY.iloc[t])
    moment = FRAME.index[t].tz_convert("UTC").isoformat()
    return json.dumps({"time": moment, **row.astype(float).to_dict(), **given}).encode() + b"\n"


@pytest.mark.parametrize(
    ("names", "how"), [(NAMES[:2], PARTLY), (NAMES[:2], {}), (NAMES, PARTLY), (("quantity",), PARTLY)]
)
def test_given(names: tuple[str, ...], how: dict[str, Any], tmp_path: Path) -> None:
    played(names, FRAME[:FIRST], slice(FIRST), out=tmp_path / "run", **how)
    whole = aj.load(FRAME).select(start=str(FRAME.index[FIRST]), history="all")
    expected = played(names, whole, slice(FIRST, None), **how).container(0).records
    session = open_session(from_row(tmp_path / "run", "0", []), Written(), tmp_path / "live", snapshot_every=10)
    session.begin(resume=False)
    feed(session, *(line_of(names, t) for t in range(FIRST, 150)))
    session.close()
    resumed = open_session(from_row(tmp_path / "run", "0", []), Written(), tmp_path / "live", resume=True)
    resumed.begin(resume=True)
    feed(resumed, *(line_of(names, t) for t in range(150, len(FRAME))))
    resumed.close()
    log, again = (history_of(tmp_path / "live", name) for name in (LOG, BACKTEST))
    assert log.records.tobytes() == again.records.tobytes() == expected.tobytes()
    assert np.count_nonzero(expected["kind"] == 4) > 10


def test_a_configuration_of_given_signals_is_told_of_rows(tmp_path: Path) -> None:
    played(NAMES[:2], FRAME[:FIRST], slice(FIRST), out=tmp_path / "run")
    run = prepare_again(RunDirectory.open(tmp_path / "run"))
    prepared, spec = run.container(0)
    with pytest.raises(ConfigError, match="RUN --row INDEX of the run that they were given to"):
        LiveContainer(prepared, spec)
