"""Whatever stands in a configuration, the answer is a Config or a ConfigError."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from admf_jit.config import Config, load_config
from admf_jit.errors import ConfigError

COMPLETE = {
    "name": "x",
    "data": {"source": "sample", "symbols": ["A"], "start": "2024-01-01", "timezone": "UTC"},
    "strategy": {"type": "sma_crossover", "parameters": {"a": 1}},
    "account": {
        "cash": 1,
        "sizing": {"type": "weight", "weight": 0.5, "band": 0.1},
        "margin": {"leverage": 2, "maintenance": 0.1},
        "pyramiding": 1,
        "commission": {"type": "percent", "rate": 0.1},
        "slippage": {"type": "fixed", "amount": 0.1},
    },
    "exits": {"stop_loss": 0.1, "trailing_stop": {"type": "atr", "multiple": 2}, "exit_at": "15:55"},
    "risk": {"max_drawdown": 0.1, "max_orders_per_day": 2, "on_breach": "flatten"},
    "execution": {
        "fill": "next_open",
        "preset": None,
        "max_volume_share": 0.5,
        "optimization_phase": {"containers": 1, "isolation": "full"},
    },
    "workflow": {"reproducibility": {"master_seed": 1, "deterministic_ordering": True}},
    "optimization": {
        "parameters": {"b": [1, 2], "c": {"start": 1, "stop": 2, "step": 1}},
        "constraints": ["a < b"],
    },
    "containers": {"defaults": {"resources": {"memory_limit": "1MB", "cpu_limit": 1}}},
}
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["percent", "tiered", "kelly", "atr"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["type", "rate", "tiers", "defaults", "start", "x.y", ""]), inner, max_size=3),
    ),
    max_leaves=5,
)


def places(node, path=()):
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


PLACES = [path for path in places(COMPLETE) if path]


@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=3))
def test_junk_at_any_place_is_accepted_or_refused_with_its_path(changes):
    config = copy.deepcopy(COMPLETE)
    for path, junk in changes:
        node = config
        for key in path[:-1]:
            node = node[key] if isinstance(node, dict | list) and _holds(node, key) else None
        if isinstance(node, dict | list) and _holds(node, path[-1]):
            node[path[-1]] = copy.deepcopy(junk)
    try:
        assert isinstance(load_config(config), Config)
    except ConfigError as error:
        known = tuple(COMPLETE)
        assert all(line.startswith(known) for line in str(error).splitlines()), str(error)


def _holds(node, key):
    return key in node if isinstance(node, dict) else isinstance(key, int) and key < len(node)
