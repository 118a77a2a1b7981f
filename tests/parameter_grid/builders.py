"""A configuration and a grid for tests, with a small strategy's parameters."""

from admf_jit.config import load_config
from admf_jit.parameter_grid import build_grid

DEFAULTS = {"fast_period": 10, "slow_period": 30, "signal_threshold": 0.0, "allow_short": False}


def make_config(parameters=None, constraints=(), **blocks):
    return load_config(
        {
            "data": {"source": "sample"},
            "strategy": {"type": "sma_crossover"},
            "optimization": {"parameters": {} if parameters is None else parameters, "constraints": list(constraints)},
            **blocks,
        }
    )


def make_grid(parameters=None, constraints=(), *, defaults=DEFAULTS, symbols=("SPY",), conditions=(), **blocks):
    return build_grid(
        make_config(parameters, constraints, **blocks),
        parameter_defaults=defaults,
        strategy_digest="strategy-digest",
        data_digest="data-digest",
        symbols=tuple(symbols),
        conditions=conditions,
    )
