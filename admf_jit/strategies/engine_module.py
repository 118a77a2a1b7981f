"""The modules of engines that are compiled once for all strategies, whose ``evaluate`` they call by its address."""

from __future__ import annotations

import hashlib

from admf_jit.strategies.generate import ENGINES, KEPT_ENGINES, GeneratedModule

#: Name of the function in each of them.
RUN_BATCH = "run_batch"

_TEXT = '''"""Engine {name}; made anew whenever the kernels change."""
from admf_kernels.batch import Columns, Rows, Strategy
from admf_kernels.compilation import entry
from admf_kernels.history import IndicatorBars
from admf_kernels.signatures import ENGINE_SIGNATURE
from {kernel} import run_containers


@entry(ENGINE_SIGNATURE)
def run_batch(
    function, record, n_bytes, n_fields, sends_orders, weighs, kept, time, session, clock, open_, high, low, close,
    volume, all_session, all_open, all_high, all_low, all_close, all_volume, higher, completed, delisted, actions,
    symbol, parameters, settings, random_state, ring, trap, metrics, outcomes,
):
    source = IndicatorBars(all_session, all_open, all_high, all_low, all_close, all_volume)
    run_containers(
        Strategy(function, record, n_bytes, n_fields, sends_orders, weighs, kept),
        Columns(time, session, clock, open_, high, low, close, volume, source, higher, completed, delisted, actions),
        Rows(symbol, parameters, settings, random_state, metrics, outcomes),
        ring,
        trap,
    )
'''


def engine_module(engine: str) -> GeneratedModule:
    """The module of one of the engines that are compiled once."""
    kernel = f"admf_presets.{engine}" if engine in KEPT_ENGINES.values() else ENGINES[engine]
    text = _TEXT.format(name=engine, kernel=kernel)
    return GeneratedModule(f"engine_{engine}", text, hashlib.sha256(text.encode()).hexdigest(), "", {}, False)
