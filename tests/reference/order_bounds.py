"""`intrabar: bounds`: one container under two conventions (docs/trading-model.md section 12)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.reference.bars import Bars
from tests.reference.order_engine import Decide, run
from tests.reference.order_records import Outcome
from tests.reference.order_settings import OrderSettings


def run_bounds(bars: Bars, settings: OrderSettings, decide: Callable[[], Decide], **options: Any) -> Outcome:
    """Run under both conventions; the outcome of `stop_first`, with the columns of the spread in its metrics.

    `decide` makes a strategy in its first state, as each run needs one of its own.
    """
    stop_first = run(bars, replace(settings, intrabar="stop_first"), decide(), **options)
    target_first = run(bars, replace(settings, intrabar="target_first"), decide(), **options)
    spread = {}
    for name in ("final_equity", "total_return"):
        both = [outcome.metrics[name] for outcome in (stop_first, target_first) if outcome.metrics]
        if len(both) == 2:
            spread |= {f"{name}_low": min(both), f"{name}_high": max(both)}
    return replace(stop_first, metrics={**stop_first.metrics, **spread})
