"""Random slippage to the cent: the draws of a container's stream, computed here again, and the money of each fill.

The stream is MRG32k3a. Its six state words come from the container's seed alone: words 7 to 12 of the SHA-256 of
"admf_jit random stream <seed>", hashed on as long as words are needed, eight bytes a word, each brought into
1 .. modulus - 1. (Words 1 to 6 are the strategy's own stream.)
"""

import hashlib
import math

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted
from tests.reference.order_random_stream import FIRST_MODULUS, SECOND_MODULUS, uniform_stream

CALM = (100, 101, 99, 100)
RATE = 0.02
SLIPPAGE = {"type": "random", "rate": RATE}


def draws_of(seed: int, n: int) -> list[float]:
    """The first numbers of the costs of a container."""
    first = hashlib.sha256(f"admf_jit random stream {seed}".encode()).digest()
    second = hashlib.sha256(first).digest()
    third = hashlib.sha256(first + second).digest()
    digest = first + second + third
    words = [int.from_bytes(digest[8 * i : 8 * i + 8], "big") for i in range(12)]
    moduli = 2 * ([FIRST_MODULUS] * 3 + [SECOND_MODULUS] * 3)
    state = [1 + word % (modulus - 1) for word, modulus in zip(words, moduli, strict=True)]
    draw = uniform_stream(state[6:])
    return [draw() for _ in range(n)]


def test_the_stream_is_that_of_the_paper() -> None:
    # L'Ecuyer's own implementation, all words 12345, begins with these numbers.
    draw = uniform_stream([12345] * 6)
    assert [draw() for _ in range(3)] == pytest.approx(
        [0.1270111220465773, 0.3185275653967945, 0.3091860155832701], rel=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_each_taker_pays_a_draw_of_its_own(engine: str) -> None:
    calls = [Call(0, "market", 10), Call(1, "market", -4), Call(2, "market", -6)]
    commission = {"type": "percent", "rate": 0.001}
    case = scripted(frame_of(*[CALM] * 4), *calls, cash=2_000.0, slippage=SLIPPAGE, commission=commission)
    played = play(engine, case, seed=11)
    u1, u2, u3 = draws_of(played.seed, 3)
    # A purchase at 100 * (1 + 0.02 u), sales at 100 * (1 - 0.02 u).
    p1, p2, p3 = 100 * (1 + RATE * u1), 100 * (1 - RATE * u2), 100 * (1 - RATE * u3)
    assert played.fills == [(1, p1, 10.0), (2, p2, -4.0), (3, p3, -6.0)]
    assert played.fees == [10 * p1 * 0.001, 4 * p2 * 0.001, 6 * p3 * 0.001]
    paid = [10 * (p1 - 100), 4 * (100 - p2), 6 * (100 - p3)]
    assert [event.value for event in played.events if event.kind == "FILL"] == pytest.approx(paid, rel=1e-12)
    cash = 2_000 - 10 * p1 + 4 * p2 + 6 * p3 - sum(played.fees)
    assert played.equity[-1] == pytest.approx(cash, rel=1e-15)
    assert played.metrics["slippage_paid"] == pytest.approx(sum(paid), rel=1e-12)
    assert 0.0 <= min(u1, u2, u3) and max(u1, u2, u3) < 1.0 and len({u1, u2, u3}) == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_makers_and_orders_without_volume_draw_nothing_and_those_refused_for_cash_do(engine: str) -> None:
    calm = (100, 101, 99, 100, 40)
    frame = frame_of(calm, (100, 101, 97, 98, 0), (100, 101, 97, 98, 40), calm, calm)
    calls = [
        Call(0, "market", 5),  # no volume at bar 1 and no draw; at bar 2 draw 1
        Call(1, "limit", 5, 98),  # made inside bar 2: no draw, no slippage
        Call(2, "market", 50),  # cut to 20 by the volume of bar 3: draw 2; cut again by cash, and done
        Call(3, "market", 50),  # draw 3, and refused
        Call(3, "market", -5),  # draw 4
    ]
    case = scripted(frame, *calls, cash=1_000.0, slippage=SLIPPAGE, max_volume_share=0.5)
    played = play(engine, case, seed=3)
    u1, u2, _, u4 = draws_of(played.seed, 4)
    p1, p2, p4 = 100 * (1 + RATE * u1), 100 * (1 + RATE * u2), 100 * (1 - RATE * u4)
    rest = (1_000 - 5 * p1 - 5 * 98.0) / p2
    assert played.fills == [(2, p1, 5.0), (2, 98.0, 5.0), (3, p2, pytest.approx(rest, rel=1e-12)), (4, p4, -5.0)]
    assert played.told("REJECT") == [(4, "insufficient_cash", 4)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_draw_is_rounded_to_the_tick_against_the_taker(engine: str) -> None:
    calls = [Call(0, "market", 2), Call(1, "market", -2)]
    case = scripted(frame_of(*[CALM] * 3), *calls, cash=1_000.0, slippage=SLIPPAGE, tick_size=0.25)
    played = play(engine, case, seed=5)
    u1, u2 = draws_of(played.seed, 2)
    bought = math.ceil(100 * (1 + RATE * u1) / 0.25) * 0.25
    sold = math.floor(100 * (1 - RATE * u2) / 0.25) * 0.25
    assert played.fills == [(1, bought, 2.0), (2, sold, -2.0)]
