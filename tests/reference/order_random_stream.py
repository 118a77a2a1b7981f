"""The random stream of a container's costs: MRG32k3a (L'Ecuyer, Operations Research 47 (1999), 159-164)."""

from collections.abc import Callable, Sequence

FIRST_MODULUS = 2**32 - 209
SECOND_MODULUS = 2**32 - 22853


def uniform_stream(words: Sequence[int]) -> Callable[[], float]:
    """Numbers in [0, 1), one a call, from six state words: three of each recurrence, the oldest first."""
    first, second = [int(word) for word in words[:3]], [int(word) for word in words[3:6]]

    def draw() -> float:
        a = (1403580 * first[1] - 810728 * first[0]) % FIRST_MODULUS
        b = (527612 * second[2] - 1370589 * second[0]) % SECOND_MODULUS
        first[:] = [first[1], first[2], a]
        second[:] = [second[1], second[2], b]
        return ((a - b) % FIRST_MODULUS) / (FIRST_MODULUS + 1)

    return draw
