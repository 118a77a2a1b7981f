"""Ranges that a search draws from: whole numbers or fractions between two ends, evenly or by their logarithm."""

from dataclasses import dataclass
from typing import Any

from admf_jit.config.problems import show
from admf_jit.config.section import check_scalar, refusal
from admf_jit.errors import closest

_KEYS = ("start", "stop", "log")


@dataclass(frozen=True)
class Range:
    """All numbers from ``start`` to ``stop``, both included; with ``log`` as many below their geometric mean as above.

    Whether they are whole numbers is decided by the parameter or setting that they are for.
    """

    start: int | float
    stop: int | float
    log: bool = False

    @property
    def ends(self) -> tuple[int | float, ...]:
        """Its first and last number, which are one where it has no other."""
        return (self.start, self.stop) if self.start != self.stop else (self.start,)

    def as_written(self) -> dict[str, Any]:
        """The mapping that stands for it in a configuration."""
        return {"start": self.start, "stop": self.stop, **({"log": True} if self.log else {})}


def is_range(value: object) -> bool:
    """Whether what is written for a swept name is a range to draw from: one without a step."""
    return isinstance(value, Range) or (isinstance(value, dict) and "step" not in value)


def range_of(value: Any) -> Range:
    """Return the range that a mapping of start, stop and log stands for."""
    if isinstance(value, Range):
        return value
    for key in value:
        if key not in _KEYS:
            hint = closest(str(key), (*_KEYS, "step"))
            raise refusal(
                f"unknown key {key!r} of a range"
                + (f"; did you mean {hint!r}?" if hint else "; expected start, stop, step or log")
            )
    for key in ("start", "stop"):
        number = value.get(key)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise refusal(f"expected a range {{start, stop, step}} of numbers, but {key} is {show(number)}")
        check_scalar(number)
    log = value.get("log", False)
    if not isinstance(log, bool):
        raise refusal(f"expected a range whose log is true or false, not {show(log)}")
    if value["start"] > value["stop"]:
        raise refusal("expected a range with start <= stop")
    if log and value["start"] <= 0:
        raise refusal(f"expected a range with start > 0, since log is true: start is {show(value['start'])}")
    return Range(value["start"], value["stop"], log)
