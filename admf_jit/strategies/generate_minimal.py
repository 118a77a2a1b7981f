"""The modules that isolation ``minimal`` runs containers with: the same for every strategy, so compiled once."""

from __future__ import annotations

import hashlib
import importlib

from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, GeneratedModule

#: Name of the function in each of them.
RUN = "run_group"

_KERNELS = {PLAIN_ENGINE: "market_orders", ORDER_ENGINE: "all_orders"}
#: Engines that there is such a module for.
MINIMAL_ENGINES = tuple(_KERNELS)
_RECORDS = {PLAIN_ENGINE: ("market_call", "MarketCall"), ORDER_ENGINE: ("all_orders", "OrdersCall")}
_SIGNATURES = {PLAIN_ENGINE: "MARKET_SIGNATURE", ORDER_ENGINE: "ORDERS_SIGNATURE"}

_MODULE = '''"""Isolation minimal, {kernel}; made anew whenever the kernels change."""
from admf_kernels.compilation import entry
from admf_kernels.minimal.{kernel} import run_containers
from admf_kernels.minimal.signatures import {signature}
from admf_kernels.minimal.{home} import {record}


@entry({signature})
def run_group({arguments}):
    run_containers({record}({arguments}))
'''


def minimal_module(engine: str) -> GeneratedModule:
    """The module for containers that only send market orders, or for those that need the order engine."""
    kernel = _KERNELS[engine]
    home, record = _RECORDS[engine]
    fields = getattr(importlib.import_module(f"admf_kernels.minimal.{home}"), record)._fields
    text = _MODULE.format(
        kernel=kernel,
        signature=_SIGNATURES[engine],
        home=home,
        record=record,
        arguments=", ".join(fields),
    )
    return GeneratedModule(f"minimal_{kernel}", text, hashlib.sha256(text.encode()).hexdigest(), "", {}, False)
