"""Cases for the statistics, each a call with its arguments as plain lists and numbers, made from a seed."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tests.oracles.statistics.ar1 import ar1

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One call: its name, which of the functions of runner.py and of ours.py answers it, and their arguments."""

    name: str
    call: str
    arguments: Numbers

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def digest(self) -> str:
        """Tell whether the generator of cases has changed, instead of a function."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:16]


def all_cases() -> list[Case]:
    makers = (sharpes, deflated, p_values, block_lengths, drawn, superiority, folds)
    cases = []
    for maker in makers:
        for place, arguments in enumerate(maker(np.random.default_rng([19, len(maker.__name__)]))):
            rounded = {name: _rounded(value) for name, value in arguments.items()}
            cases.append(Case(f"{maker.__name__} {place}", maker.__name__, rounded))
    return cases


def _rounded(value: Any) -> Any:
    """Return numbers of twelve decimals: the last bits of random ones may differ between platforms."""
    return np.round(value, 12).tolist() if isinstance(value, float | np.ndarray) else value


def sharpes(rng: np.random.Generator) -> Iterator[Numbers]:
    for _ in range(200):
        skewness = float(rng.normal(0.0, 1.5))
        yield {
            "sharpe": float(rng.normal(0.1, 0.3)),
            "benchmark": float(rng.choice([0.0, rng.normal(0.0, 0.1)])),
            "n": int(rng.integers(200, 5000)),
            "skewness": skewness,
            "kurtosis": 1.0 + skewness**2 + float(rng.gamma(2.0, 2.0)) + 0.1,
            "autocorrelation": float(rng.choice([0.0, rng.uniform(-0.3, 0.3)])),
            "confidence": float(rng.uniform(0.6, 0.999)),
            "trials": int(10 ** rng.uniform(0.4, 6)),
            "trials_variance": float(rng.gamma(1.0, 0.01)),
        }


def deflated(rng: np.random.Generator) -> Iterator[Numbers]:
    for _ in range(20):
        returns = 0.01 * rng.standard_t(4, size=int(rng.integers(60, 300))) + rng.uniform(0.0, 0.003)
        trials = 0.06 * rng.standard_normal(int(rng.integers(2, 200)))
        yield {"returns": returns, "trials": trials}


def p_values(rng: np.random.Generator) -> Iterator[Numbers]:
    yield {"p_values": [0.005, 0.009, 0.0128, 0.0135, 0.045, 0.06]}
    for _ in range(30):
        size = int(rng.integers(1, 60))
        drawn = rng.uniform(size=size) ** rng.integers(1, 6)
        if rng.uniform() < 0.5:
            drawn = np.round(drawn, 2)  # with ties, zeros and ones
        yield {"p_values": drawn}


def block_lengths(rng: np.random.Generator) -> Iterator[Numbers]:
    yield {"series": ar1(np.random.RandomState(0).standard_normal(10_100), 0.3)[100:]}
    for _ in range(30):
        size = int(rng.integers(20, 600))
        yield {"series": ar1(rng.standard_normal(size), float(rng.uniform(-0.8, 0.9)))}


def drawn(rng: np.random.Generator) -> Iterator[Numbers]:
    for seed in range(10):
        yield {"n": int(rng.integers(8, 80)), "block_length": float(rng.integers(1, 12)), "histories": 3, "seed": seed}


def superiority(rng: np.random.Generator) -> Iterator[Numbers]:
    for seed in range(24):
        n, k = int(rng.integers(60, 250)), int(rng.integers(1, 30))
        common = rng.standard_normal((n, 1))
        leads = rng.normal(-0.05, 0.08, size=k) + (rng.uniform(size=k) < 0.15) * rng.uniform(0.0, 0.3)
        scale = rng.uniform(0.5, 3.0, size=k)
        returns = 0.01 * scale * (leads + 0.6 * common + 0.8 * ar1(rng.standard_normal((n, k)), 0.2))
        yield {
            "returns": returns,
            "benchmark": (0.01 * (0.5 * common[:, 0] + 0.5 * rng.standard_normal(n))),
            "block_length": int(rng.integers(1, 15)),
            "histories": 200,
            "seed": seed,
        }


def folds(rng: np.random.Generator) -> Iterator[Numbers]:
    yield {"n": 60, "n_folds": 6, "n_test_folds": 2, "purge": 0, "embargo": 0}
    yield {"n": 103, "n_folds": 10, "n_test_folds": 2, "purge": 2, "embargo": 3}
    for _ in range(20):
        n_folds = int(rng.integers(3, 8))
        size = int(rng.integers(9, 14))
        yield {
            "n": n_folds * size + int(rng.integers(n_folds)),
            "n_folds": n_folds,
            "n_test_folds": int(rng.integers(2, n_folds)),
            "purge": int(rng.integers(4)),
            "embargo": int(rng.integers(4)),
        }
