"""Constants and a helper that a strategy of another module uses."""

TOP = 0.75
OFFSET = 1.0
_FACTOR = 1.1


def scaled(x):  # type: ignore[no-untyped-def]
    return x * _FACTOR
