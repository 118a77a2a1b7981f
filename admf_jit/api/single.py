"""One backtest with its whole history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit import interrupts
from admf_jit.api.fields import as_data, fields_of, limits_of
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.errors import BacktestError, warn
from admf_jit.results import BacktestResult
from admf_jit.results.reference import Reference, prices_of
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.replay import run_container
from admf_jit.workflow.trials import record_backtest

if TYPE_CHECKING:
    import pandas as pd


@interrupts.taken()
def backtest(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame,
    *,
    parameters: Mapping[str, Any] | None = None,
    symbol: str | None = None,
    master_seed: int = 0,
    raise_errors: bool = True,
    bars_per_year: float | None = None,
    delisted: Mapping[str, float] | None = None,
    time_limit: float | None = None,
    memory_limit: int | str | None = None,
    ledger: bool = True,
    benchmark: Any = None,
    risk_free: Any = 0.0,
    **settings: Any,
) -> BacktestResult:
    """Run one backtest and keep its whole history.

    It runs in a process of its own, forked for it, so that an endless loop can be interrupted and times out, and a
    crash is an error. Where the system has no fork (Windows) it runs in this process, without limits.

    Parameters
    ----------
    strategy
        A decorated class, an instance of one (its parameters count), a built-in's name, or "path/to/file.py:ClassName".
    data
        What ``aj.load`` returns or takes.
    symbol
        May be left out where the data has only one.
    bars_per_year
        Annualises the metrics, where it should not be counted from the data.
    delisted
        Prices of symbols whose bars end before those of the others, such as ``{"ABC": 0.5}``: a position in one is
        closed at that price, and not at the last close.
    time_limit, memory_limit
        Seconds of processor time (default: 300), and bytes or a text such as "512MB", as in sweeps. A backtest that
        takes more has status "timeout" or "memory_limit".
    benchmark, risk_free
        What the measures of the result are taken against: docs/python.md. A symbol or a column of the data, or a series
        of pandas; an annual rate, or a column or series of rates.
    ledger
        Whether it is recorded in the ledger of trials: docs/ledger.md.
    **settings
        Keys of the YAML's ``account`` and ``execution`` blocks, such as ``cash``, ``commission``, ``margin``, ``fill``
        or ``intrabar``, and the whole blocks ``exits`` and ``risk``.

    Raises
    ------
    AdmfError
        For bad input.
    BacktestError
        For what goes wrong while the container runs: an exception of the strategy, with its line and its bar, an
        account at its end, a limit. With ``raise_errors=False`` that is the result's ``error``.
    """
    definition = resolve_strategy(strategy)
    bars = as_data(data, bars_per_year, delisted)
    reference = Reference(prices_of(bars, benchmark) if symbol is not None else benchmark, risk_free)
    if symbol is not None:
        one = bars.select(symbols=[symbol])
        bars = bars if definition.symbols else as_data(one)
    given = {**getattr(strategy, "parameters", {}), **(parameters or {})}
    fields = fields_of(definition, strategy, bars, settings, parameters=given)
    fields |= limits_of(time_limit, memory_limit)
    if symbol is not None and definition.symbols:
        fields["optimization"] = {"parameters": {"symbol": [symbol]}}
    fields["workflow"] = {"reproducibility": {"master_seed": master_seed}}
    fields["infrastructure"] = {"ledger": ledger}
    prepared = prepare(load_config(fields), definition=definition, data=bars)
    traded = [prepared.data.symbols.index(symbol) if symbol in prepared.data.symbols else 0]
    reference.returns(prepared.data, traded)
    reference.rates(prepared.data, traded)  # a name that is not there is told before anything is run
    result = replace(run_container(prepared, prepared.grid.container(0)), reference=reference)
    record_backtest(prepared, result, warn)
    if raise_errors and result.error is not None:
        raise BacktestError(result.error, result)
    if result.metrics.get("evaluated_bars") == 0.0:
        n_bars = prepared.data.with_history.n_bars
        said = f"{definition.name} was never evaluated: its warm-up is longer than the data ({n_bars:,} bars)"
        warn(said)
    return result
