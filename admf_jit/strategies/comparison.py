"""Comparisons that take what rounding makes for nothing: ``docs/trading-model.md`` section 8."""

#: Four units in the last place of 1.
NOISE = 2.0**-50


def above(a: float, b: float, scale: float = 0.0) -> bool:
    """Whether ``a`` is larger than ``b`` by more than a few units in the last place.

    ``scale`` is the size of the numbers whose rounding went into ``a`` and ``b``, where these are differences: the
    price for a MACD line, 1 for a rate of change. False where either is NaN.
    """
    size_a = abs(a)
    size_b = abs(b)
    size = size_a if size_a < size_b else size_b
    return a - b > NOISE * (size if size > scale else scale)


def below(a: float, b: float, scale: float = 0.0) -> bool:
    """Whether ``a`` is smaller than ``b`` by more than a few units in the last place; as ``above``, the other way."""
    return above(b, a, scale)


def near(a: float, b: float, scale: float = 0.0) -> bool:
    """Whether ``a`` and ``b`` differ by no more than a few units in the last place, as ``above`` and ``below`` say."""
    return a == a and b == b and not above(a, b, scale) and not above(b, a, scale)
