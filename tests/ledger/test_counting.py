"""Counting trials, against sets and dictionaries of Python."""

import math
import random
import statistics

import numpy as np
import pytest

from admf_jit.ledger import count, trials_of
from admf_jit.ledger.counting import distinct, merged, new_among, nothing, without


def drawn(chance: random.Random, n: int) -> list[tuple[int, int, float]]:
    """Containers with streams and Sharpe ratios, many of them twice; the ratio of some is missing at times."""
    rows = []
    for _ in range(n):
        container = chance.choice([chance.randrange(12), 2**64 - 1 - chance.randrange(12)])
        missing = container % 3 == 0 and chance.random() < 0.5
        rows.append((container, container % 5, math.nan if missing else float(np.float32(container % 7 / 8))))
    return rows


def as_trials(rows: list[tuple[int, int, float]]) -> np.ndarray:
    containers, streams, sharpes = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return trials_of(np.array(containers, np.uint64), np.array(streams, np.uint64), np.array(sharpes, np.float64))


def plain(*parts: list[tuple[int, int, float]]) -> dict[int, tuple[int, float]]:
    found: dict[int, tuple[int, float]] = {}
    for container, stream, sharpe in (row for part in parts for row in part):
        if container not in found or (math.isnan(found[container][1]) and not math.isnan(sharpe)):
            found[container] = stream, sharpe
    return dict(sorted(found.items()))


def as_dict(trials: np.ndarray) -> dict[int, tuple[int, float]]:
    return {int(one["container"]): (int(one["stream"]), float(one["sharpe"])) for one in trials}


def same(one: dict[int, tuple[int, float]], other: dict[int, tuple[int, float]]) -> bool:
    return repr(one) == repr(other) and list(one) == list(other)


@pytest.mark.parametrize("seed", range(40))
def test_counting_is_that_of_sets(seed: int) -> None:
    chance = random.Random(seed)
    first, second = drawn(chance, chance.randrange(30)), drawn(chance, chance.randrange(30))
    known, more = distinct(as_trials(first)), as_trials(second)
    assert same(as_dict(known), plain(first))
    whole = merged(known, new_among(more, known))
    assert same(as_dict(whole), plain(first, second))
    assert set(as_dict(without(whole, known))) == set(plain(second)) - set(plain(first))
    counted = count(whole)
    judged = [(stream, sharpe) for stream, sharpe in plain(first, second).values() if not math.isnan(sharpe)]
    assert (counted.containers, counted.trials) == (len(plain(first, second)), len(judged))
    assert counted.streams == len({stream for stream, _ in judged})
    if judged:
        assert counted.mean == pytest.approx(statistics.fmean(sharpe for _, sharpe in judged), rel=1e-12)
        assert counted.variance == pytest.approx(statistics.pvariance([sharpe for _, sharpe in judged]), abs=1e-15)


def test_nothing_counts_as_nothing() -> None:
    counted = count(nothing())
    assert (counted.containers, counted.trials, counted.streams, counted.mean, counted.variance) == (0, 0, 0, 0.0, 0.0)


def test_ids_are_texts_or_numbers() -> None:
    texts = ["00000000000000ff", "ffffffffffffffff"]
    zeros = np.zeros(2)
    found = trials_of(texts, zeros.astype(np.uint64), zeros)
    assert found["container"].tolist() == [255, 2**64 - 1]
    assert math.isnan(trials_of(["0" * 16], np.zeros(1, np.uint64), np.array([1e300]))["sharpe"][0])
