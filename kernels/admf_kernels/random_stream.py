"""A container's own random numbers.

MRG32k3a (L'Ecuyer 1999, "Good parameters and implementations for combined multiple recursive random number
generators"): its integers stay below 2 ** 53, so that 64-bit integers and Python's own give the same numbers.
"""

import math
from typing import Any

from numba import float64, int64

from .arithmetic import divide, natural_logarithm
from .compilation import jitclass

_M1 = 4294967087
_M2 = 4294944443
_NORM = 1.0 / 4294967088.0

#: Moduli of the six state words; words 0-2 and words 3-5 must not all be zero.
STATE_MODULI = (_M1, _M1, _M1, _M2, _M2, _M2)


@jitclass
class RandomStream:
    """Uniform and normal numbers from six state words; each container has one, seeded from its seed alone."""

    a0: int64
    a1: int64
    a2: int64
    b0: int64
    b1: int64
    b2: int64
    spare: float64
    has_spare: int64

    def __init__(self, a0, a1, a2, b0, b1, b2):
        self.a0 = a0
        self.a1 = a1
        self.a2 = a2
        self.b0 = b0
        self.b1 = b1
        self.b2 = b2
        self.spare = 0.0
        self.has_spare = 0

    def uniform(self):
        """Next number in (0, 1)."""
        a = (1403580 * self.a1 - 810728 * self.a0) % _M1
        self.a0 = self.a1
        self.a1 = self.a2
        self.a2 = a
        b = (527612 * self.b2 - 1370589 * self.b0) % _M2
        self.b0 = self.b1
        self.b1 = self.b2
        self.b2 = b
        difference = a - b
        if difference <= 0:
            difference += _M1
        return difference * _NORM

    def normal(self):
        """Next standard normal number, by Marsaglia's polar method."""
        if self.has_spare == 1:
            self.has_spare = 0
            return self.spare
        square = 2.0
        u = 0.0
        v = 0.0
        while square >= 1.0 or square == 0.0:
            u = 2.0 * self.uniform() - 1.0
            v = 2.0 * self.uniform() - 1.0
            square = u * u + v * v
        scale = math.sqrt(divide(-2.0 * natural_logarithm(square), square))
        self.spare = v * scale
        self.has_spare = 1
        return u * scale


def instance_type(cls: Any) -> Any:
    """The Numba type of a jitclass's instances, to declare a field with; any type when compilation is off."""
    compiled = getattr(cls, "class_type", None)
    return int64 if compiled is None else compiled.instance_type
