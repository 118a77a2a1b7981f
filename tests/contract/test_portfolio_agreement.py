"""The engine of several symbols agrees with its reference, event by event, on random cases.

Here in plain Python, which needs no compilation and comes to the same bits (test_portfolio.py); `make fuzz` plays many
more cases on compiled code.
"""

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.contract.portfolio_agreement import WAYS, strategy_of
from tests.contract.portfolio_cases import NAMES, play_reference
from tests.long import how_many, long
from tests.reference.order_portfolio_cases import SCHEDULES, portfolio_case

CASES = 40
PLAYED = how_many(20, 100)
PARTS = 2


@long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_event_agrees(part: int) -> None:
    share = PLAYED // PARTS
    command = ["-m", "tests.contract.portfolio_agreement", str(part * share), str((part + 1) * share)]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


def test_the_cases_come_to_what_section_16_is_about() -> None:
    seen: Counter[str] = Counter()
    for way in WAYS[:2]:
        for seed in range(CASES):
            drawn = portfolio_case(seed, weights=way == "weights")
            played = play_reference(drawn, strategy_of(way), seed)
            seen[f"{way} {drawn.rebalance}"] += 1
            seen[f"{len(drawn.rows)} symbols"] += 1
            seen["missing"] += any(row is None for rows in drawn.rows for row in rows)
            for bar in {event.bar for event in played.events if event.kind == "FILL"}:
                several = {event.symbol for event in played.events if event.kind == "FILL" and event.bar == bar}
                seen["fills of several symbols on a bar"] += len(several) > 1
            told = [event for event in played.events if (event.kind, event.reason) == ("FILL", "delisted")]
            seen["delisted at a price"] += any(NAMES.index(event.symbol) in drawn.delisted for event in told)
            seen["delisted at 0"] += any(event.price == 0 for event in told)
            reasons = {event.reason for event in played.events}
            for reason in ("exit_time", "max_holding", "maintenance_margin", "max_drawdown", "insufficient_cash",
                           "insufficient_margin", "max_gross_exposure", "oco", "close_at_end"):  # fmt: skip
                seen[reason] += reason in reasons
    wanted = [f"weights {schedule}" for schedule in SCHEDULES] + [f"{n} symbols" for n in (1, 2, 3, 4)]
    wanted += [
        "delisted at a price",
        "delisted at 0",
        "missing",
        "fills of several symbols on a bar",
        "exit_time",
        "max_holding",
        "maintenance_margin",
    ]
    wanted += ["max_drawdown", "insufficient_cash", "insufficient_margin", "max_gross_exposure", "oco", "close_at_end"]
    assert not [name for name in wanted if not seen[name]], seen
