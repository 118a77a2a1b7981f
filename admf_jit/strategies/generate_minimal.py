"""The module that isolation ``minimal`` runs containers with: the same for every strategy, so compiled once."""

from __future__ import annotations

import hashlib

from admf_jit.strategies.generate import GeneratedModule

_MARKET_ORDERS = '''"""Market orders of isolation minimal; made anew whenever the kernels change."""
from admf_kernels.compilation import entry
from admf_kernels.minimal.market_orders import run_containers
from admf_kernels.minimal.signatures import MARKET_SIGNATURE


@entry(MARKET_SIGNATURE)
def run_market_orders(open_, close, lows, highs, answers, acting, settings, metrics, outcomes):
    run_containers(open_, close, lows, highs, answers, acting, settings, metrics, outcomes)
'''


def market_orders_module() -> GeneratedModule:
    """The module whose ``run_market_orders`` runs containers that only send market orders."""
    digest = hashlib.sha256(_MARKET_ORDERS.encode()).hexdigest()
    return GeneratedModule("market_orders", _MARKET_ORDERS, digest, "", {}, uses_random=False)
