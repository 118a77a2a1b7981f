"""The engines of containers that are left at one bar and gone on with at the next, and how much each keeps."""

from __future__ import annotations

from dataclasses import replace

from admf_jit.strategies.compiled import CompiledModule, compile_engine
from admf_jit.strategies.generate import KEPT_ENGINES, PLAIN_ENGINE, PORTFOLIO_ENGINE
from admf_kernels.kept_account import bytes_of_account
from admf_kernels.order_engine.kept_state import bytes_of_orders
from admf_kernels.order_engine.kept_symbols import bytes_of_symbols
from admf_presets import backtesting_py_kept, vectorbt_kept


def on_kept_engine(module: CompiledModule, engine: str) -> CompiledModule:
    """The module on the engine that keeps what ``engine`` runs: another one for presets, compiled when it is needed."""
    if engine not in KEPT_ENGINES:
        return module
    return replace(module, engine=compile_engine(KEPT_ENGINES[engine])[0])


def bytes_of_kept(engine: str, n_bytes: int, order_capacity: int, n_symbols: int) -> int:
    """Bytes of all that is kept of a container, whose strategy keeps ``n_bytes`` for each of ``n_symbols``."""
    if engine == PLAIN_ENGINE:
        return bytes_of_account(n_bytes)
    if engine == PORTFOLIO_ENGINE:
        return bytes_of_symbols(n_bytes, order_capacity, n_symbols)
    if engine == "vectorbt":
        return vectorbt_kept.bytes_of_container(n_bytes)
    if engine == "backtesting.py":
        return backtesting_py_kept.bytes_of_container(n_bytes, order_capacity)
    return bytes_of_orders(n_bytes, order_capacity, 1)
