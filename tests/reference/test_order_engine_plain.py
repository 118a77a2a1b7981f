"""Where no rule of the order engine applies, its reference and the plain one come to the same bits."""

import math
import random
from collections import Counter

from tests.reference import engine, order_engine
from tests.reference.bars import Bars
from tests.reference.costs import Settings
from tests.reference.order_settings import OrderSettings

HOUR = 3_600_000_000_000
CASES = 300
COMMISSIONS = (
    None,
    {"type": "percent", "rate": 0.002},
    {"type": "fixed", "amount": 30.0},
    {"type": "per_share", "rate": 0.05, "minimum": 5.0},
)
SLIPPAGES = (None, {"type": "percent", "rate": 0.01}, {"type": "fixed", "amount": 0.3})


def random_bars(generator: random.Random, n: int) -> Bars:
    rows, price, wildness = [], 20.0, generator.choice([0.02, 0.05, 0.3])
    for _ in range(n):
        open_ = price * (1 + generator.gauss(0, 0.03))
        close = max(0.5, open_ * (1 + generator.gauss(0, wildness)))
        rows.append((open_, max(open_, close) * 1.01, min(open_, close) * 0.99, close))
        price = close
    open_s, highs, lows, closes = ([row[k] for row in rows] for k in range(4))
    return Bars([t * HOUR for t in range(n)], [t // 24 for t in range(n)], open_s, highs, lows, closes, [100.0] * n)


def test_plain_containers_come_to_the_same_bits() -> None:
    seen: Counter[str] = Counter()
    for seed in range(CASES):
        generator = random.Random(seed)
        bars = random_bars(generator, 60)
        script = [generator.choice([1, 0, -1, None, None]) for _ in range(60)]
        common = {
            "cash": generator.choice([1000.0, 100_000.0]),
            "commission": generator.choice(COMMISSIONS),
            "slippage": generator.choice(SLIPPAGES),
            "position_size": generator.choice([0.3, 1.0]),
            "lot_size": generator.choice([0.0, 1.0, 7.0]),
            "fill": generator.choice(["next_open", "same_close"]),
            "close_at_end": generator.random() < 0.5,
        }
        plain = engine.run(bars, engine.Strategy(3, lambda t, position, script=script: script[t]), Settings(**common))
        full = order_engine.run(
            bars, OrderSettings(**common), lambda bar, position, orders, script=script: script[bar.index], warmup=3
        )
        # The order of the last bar is dropped without an event by the plain engine.
        told = [event for event in full.events if event.kind not in ("CANCEL", "RISK_BREACH")]
        wanted = [
            (e.kind, e.bar, e.price or 0.0, e.quantity or 0.0, e.value or 0.0, e.fee or 0.0) for e in plain.events
        ]
        got = [(e.kind, e.bar, e.price, e.quantity, e.value, e.fee) for e in told]
        for a, b in zip(got, wanted, strict=True):
            assert a == b if b[0] not in ("REJECT", "FEATURES") else a[:2] == b[:2], (seed, a, b)
        assert full.equity == plain.equity, seed
        assert full.trades == plain.trades, seed
        assert (full.status == "equity_exhausted") == plain.bankrupt, seed
        for name, value in plain.metrics.items():
            assert full.metrics[name] == value or math.isnan(value), (seed, name)
        seen.update(event.kind for event in plain.events)
        seen["bankrupt"] += plain.bankrupt
    assert min(seen[kind] for kind in ("FILL", "REJECT", "POSITION_CLOSE", "bankrupt")) > 0, seen
