"""Grids of prices and sizes, what is rounding, and when a limit is broken (docs/trading-model.md, first section)."""

import math
from fractions import Fraction

NEAR = Fraction(1, 2**44)
ROUNDING = Fraction(1, 2**40)


def decimal_of(step: float) -> tuple[float, int]:
    """The step as a numerator and a power of ten."""
    for digits in range(16):
        power = 10**digits
        numerator = round(step * power)
        if numerator / power == step:
            return numerator, power
    return step, 1


def point(step: float, number: float) -> float:
    """Grid point of this number."""
    numerator, power = decimal_of(step)
    return number * numerator / power if isinstance(numerator, float) else float(number * numerator) / power


def _near(x: float, place: float) -> bool:
    return abs(Fraction(x) - Fraction(place)) <= NEAR * abs(Fraction(x))


def _on_grid(x: float, step: float) -> tuple[float, int] | None:
    """(value, number) where x is a grid point, or nearly one."""
    number = round(x / step)
    if number * step == x:
        return x, number
    place = point(step, number)
    return (place, number) if _near(x, place) else None


def down(x: float, step: float) -> float:
    """Round down to the grid; a step of 0 is no grid."""
    if step <= 0 or not math.isfinite(x) or abs(x / step) >= 2**44:
        return x
    found = _on_grid(x, step)
    return found[0] if found else point(step, math.floor(x / step))


def up(x: float, step: float) -> float:
    """Round up to the grid."""
    if step <= 0 or not math.isfinite(x) or abs(x / step) >= 2**44:
        return x
    found = _on_grid(x, step)
    return found[0] if found else point(step, math.ceil(x / step))


def number_below(x: float, step: float) -> int:
    """Number of the grid point that x is rounded down to."""
    found = _on_grid(x, step)
    return found[1] if found else math.floor(x / step)


def is_rounding(rest: float, of: float, lot: float) -> bool:
    """Whether a rest is nothing but rounding of a quantity."""
    if not (math.isfinite(rest) and math.isfinite(of)):
        return False
    if lot > 0:
        return abs(rest) < lot / 2
    return abs(Fraction(rest)) <= ROUNDING * abs(Fraction(of))


def is_rounding_of_sums(rest: float, of: float, largest: float, lot: float) -> bool:
    """Whether a rest is nothing but rounding of a quantity, or of sums whose largest operand or result is given."""
    if is_rounding(rest, of, lot):
        return True
    return lot <= 0 and math.isfinite(rest) and abs(Fraction(rest)) <= NEAR * Fraction(largest)


def breaks_upper(value: float, limit: float) -> bool:
    """Whether a value breaks an upper limit."""
    return value > limit + 2.0**-44 * abs(limit)


def breaks_lower(value: float, limit: float) -> bool:
    """Whether a value breaks a lower limit."""
    return value < limit - 2.0**-44 * abs(limit)
