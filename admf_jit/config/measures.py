"""The names of measures: metrics of a container that come of its whole history, and are columns where asked for."""

from __future__ import annotations

from collections.abc import Iterable

from admf_jit.errors import closest
from admf_kernels.constants import METRIC_NAMES

RELATIVE = (
    "excess_sharpe_ratio",
    "alpha",
    "beta",
    "correlation",
    "tracking_error",
    "information_ratio",
    "benchmark_return",
    "excess_return",
    "up_capture",
    "down_capture",
)
TAILS = ("value_at_risk", "expected_shortfall", "tail_ratio", "ulcer_index", "recovery_factor")
OF_TRADES = ("longest_losing_streak", "sqn", "kelly_fraction", "fees_to_gross_profit")
#: All names, in the order in which they are shown.
MEASURES = (*RELATIVE, *TAILS, *OF_TRADES)
#: Groups of metrics: what every table has, and that with all measures.
BASIC, ALL = "basic", "all"


def measures_among(names: Iterable[str]) -> tuple[str, ...]:
    """The measures that groups, metrics and measures stand for, in their order; ``basic`` has none."""
    wanted = set(names)
    return tuple(name for name in MEASURES if ALL in wanted or name in wanted)


def unknown_metric(name: str) -> str | None:
    """Why a name is neither a group nor a metric, with the nearest one; None where it is."""
    known = (BASIC, ALL, *MEASURES, *METRIC_NAMES)
    if name in known:
        return None
    hint = closest(name, known)
    expected = f"did you mean {hint!r}?" if hint else f"expected {BASIC}, {ALL}, or measures: {', '.join(MEASURES)}"
    return f"no metric {name!r:.80}; {expected}"
