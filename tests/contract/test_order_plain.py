"""A bare configuration comes to the same bits on the order engine as on the plain one."""

import random
from collections import Counter
from typing import Any

import numpy as np

from admf_jit.strategies.compiled import CompiledStrategy, compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE
from admf_jit.workers.batch import NO_RING, run_inputs
from tests.contract.markets import SHAPES, Market
from tests.contract.order_cases import Case
from tests.contract.samples import Scripted
from tests.contract.test_order_agreement import prepared, result_of
from tests.reference.order_settings import OrderSettings

CASES = 300
# A dropped order is cancelled by the order engine and forgotten by the plain one, so sequence numbers may differ.
COLUMNS = ["kind", "bar", "price", "quantity", "value", "fee"]
COMMISSIONS = [
    None,
    {"type": "percent", "rate": 0.001},
    {"type": "percent", "rate": 0.001, "amount": 0.5, "minimum": 1.0, "maximum": 20.0},
    {"type": "percent", "rate": 0.01, "maximum": 3.0},
    {"type": "fixed", "amount": 50.0},
    {"type": "per_share", "rate": 0.01, "minimum": 1.0, "maximum": 5.0},
    {"type": "tiered", "tiers": [{"up_to": 2000, "rate": 0.01}, {"up_to": 30_000, "rate": 0.005}, {"rate": 0.001}]},
    {"type": "maker_taker", "maker": 0.0001, "taker": 0.003},
]
SLIPPAGES = [
    None,
    {"type": "percent", "rate": 0.02},
    {"type": "fixed", "amount": 0.01},
    {"type": "spread", "spread": 0.003},
]
KINDS = ["FILL", "POSITION_OPEN", "POSITION_CLOSE", "PORTFOLIO_UPDATE"]


def case_of(seed: int) -> Case:
    generator = random.Random(seed)
    level = generator.choice([0.37, 123.45])
    market = Market(generator.choice(SHAPES), seed, 120, level, generator.choice([0.01, 0.05]), "1h")
    frame = market.frame()
    frame["volume"] = [float(generator.choice([0, 0, 0, 1, 2, 3])) for _ in range(len(frame))]
    settings = OrderSettings(
        cash=generator.choice([1_000.0, 12_345.67]),
        position_size=generator.choice([0.3, 1.0]),
        lot_size=generator.choice([0.0, 0.01, 10.0]),
        tick_size=generator.choice([0.0, 0.0, 0.01, 0.05]),
        commission=generator.choice(COMMISSIONS),
        slippage=generator.choice(SLIPPAGES),
        close_at_end=generator.random() < 0.5,
    )
    return Case(frame, settings, Scripted)


def metrics_of(compiled: CompiledStrategy, case: Case) -> Any:
    one = prepared(compiled, case)
    metrics, _ = run_inputs(compiled.module, one.data, one.inputs, NO_RING, trap=True)
    return metrics


def test_both_engines_come_to_the_same_bits() -> None:
    order = compile_strategy(definition_of(Scripted), ORDER_ENGINE)
    plain = compile_strategy(definition_of(Scripted), PLAIN_ENGINE)
    seen: Counter[str] = Counter()
    for seed in range(CASES):
        case = case_of(seed)
        a, b = result_of(order, case), result_of(plain, case)
        ours, theirs = (result.events[result.events["kind"].isin(KINDS)][COLUMNS] for result in (a, b))
        assert ours["kind"].tolist() == theirs["kind"].tolist(), seed
        for name in COLUMNS[1:]:
            assert np.array_equal(ours[name].to_numpy(), theirs[name].to_numpy()), (seed, name)
        assert a.status == b.status
        assert np.array_equal(metrics_of(order, case), metrics_of(plain, case), equal_nan=True), seed
        seen.update(theirs["kind"])
        seen[b.status] += 1
    assert all(seen[name] > 0 for name in (*KINDS, "ok", "failed")), seen
