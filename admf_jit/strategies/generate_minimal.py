"""The modules that isolation ``minimal`` runs containers with: the same for every strategy, so compiled once."""

from __future__ import annotations

import hashlib

from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, GeneratedModule

#: Name of the function in each of them.
RUN = "run_group"

_ARGUMENTS = {
    PLAIN_ENGINE: (
        "open_, close, dependence, guarded, bars, functions, columns, parameters, warmups, ends, settings, signals, "
        "acting, accounts, equities, lanes, waiting, blocks, orders, positions, metrics, outcomes"
    ),
    ORDER_ENGINE: (
        "time, session, clock, open_, high, low, close, volume, all_high, all_low, all_close, symbol, dependence, "
        "functions, arguments, signals, acting, settings, words, positions, metrics, outcomes"
    ),
}
_KERNELS = {PLAIN_ENGINE: "market_orders", ORDER_ENGINE: "all_orders"}
#: Engines that there is such a module for.
MINIMAL_ENGINES = tuple(_KERNELS)
_SIGNATURES = {PLAIN_ENGINE: "MARKET_SIGNATURE", ORDER_ENGINE: "ORDERS_SIGNATURE"}

_MODULE = '''"""Isolation minimal, {kernel}; made anew whenever the kernels change."""
from admf_kernels.compilation import entry
from admf_kernels.minimal.{kernel} import run_containers
from admf_kernels.minimal.signatures import {signature}


@entry({signature})
def run_group({arguments}):
    run_containers({arguments})
'''


def minimal_module(engine: str) -> GeneratedModule:
    """The module for containers that only send market orders, or for those that need the order engine."""
    kernel = _KERNELS[engine]
    text = _MODULE.format(kernel=kernel, signature=_SIGNATURES[engine], arguments=_ARGUMENTS[engine])
    return GeneratedModule(f"minimal_{kernel}", text, hashlib.sha256(text.encode()).hexdigest(), "", {}, False)
