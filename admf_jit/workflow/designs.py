"""Points spread over a unit cube before anything is run: at random, along a Sobol sequence, or as a latin hypercube.

Each is a function of the seed, the number of dimensions and the number of trials, and yields blocks of points, float64
(n, dimensions). What does not depend on the number of trials begins with the same points for any of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import registry
from admf_jit.config import Config
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.identity import container_seed

if TYPE_CHECKING:
    from admf_jit.parameter_grid.drawing import Design

#: Points that are made at a time: a power of two, which a Sobol sequence is balanced over.
_BLOCK = 1024


def random_points(seed: int, dimensions: int, n_trials: int) -> Iterator[NDArray[np.float64]]:
    """Independent points, evenly distributed."""
    generator = np.random.default_rng(seed)
    while True:
        yield generator.random((_BLOCK, dimensions))


def sobol_points(seed: int, dimensions: int, n_trials: int) -> Iterator[NDArray[np.float64]]:
    """A Sobol sequence, scrambled by ``seed``: each block of 2^k points fills the cube more evenly than chance."""
    sequence = _qmc("sobol").Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    while sequence.num_generated + _BLOCK <= sequence.maxn:
        yield sequence.random(_BLOCK)


def latin_hypercube_points(seed: int, dimensions: int, n_trials: int) -> Iterator[NDArray[np.float64]]:
    """``n_trials`` points with one in each of as many equal slices of every dimension, and no more."""
    yield _qmc("latin_hypercube").LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(n_trials)


def _qmc(method: str) -> Any:
    try:
        from scipy.stats import qmc
    except ImportError:
        raise ConfigError(
            f"optimization.method: {method} needs the package scipy: pip install 'admf_jit[search]', or choose random"
        ) from None
    return qmc


def search_seed(config: Config) -> int:
    """The seed of all that a search draws."""
    return container_seed(config.workflow.reproducibility.master_seed, "search")


def load_design(config: Config) -> Design | None:
    """The design that `optimization.method` names, seeded; None where that is no design."""
    entry = registry.DESIGNS.get(config.optimization.method)
    return None if entry is None else functools.partial(registry.load(entry.factory), search_seed(config))


def design_facts(config: Config) -> dict[str, Any]:
    """What the points of the design hang on besides the seed and the space, for the manifest."""
    optimization = config.optimization
    entry = registry.DESIGNS[optimization.method]
    size = {"n_trials": optimization.n_trials} if entry.fixed_size else {}
    keys = ("reduction", "rungs", "objective", "direction") if optimization.method == "halving" else ()
    decide = {key: getattr(optimization, key) for key in keys}
    return {"method": optimization.method, **size, **decide, "versions": {entry.package: version(entry.package)}}
