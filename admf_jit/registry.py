"""What other packages can add: the executors that run batches, what decides which containers are run, and brokers.

A member is named by the module and the attribute that make it, as in "package.module:name", so that nothing is loaded
before it is used; a test or a notebook may put the callable itself there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Factory = str | Callable[..., Any]


@dataclass(frozen=True)
class ExecutorEntry:
    """What makes an executor for a number of jobs, and whether that keeps the limits of `containers.resources`.

    One that runs batches on other machines is made for those as well: ``cluster`` is what joins or starts them.
    """

    factory: Factory
    watched: bool = True
    cluster: Factory | None = None


@dataclass(frozen=True)
class DesignEntry:
    """What yields the points of a design for a seed, dimensions and trials, and the package whose version they hang on.

    Points of one of a ``fixed_size`` depend on the number of trials; others begin with the same points for any number.
    """

    factory: Factory
    package: str
    fixed_size: bool = False


#: Executors by the names that `infrastructure.backend` gives them.
EXECUTORS: dict[str, ExecutorEntry] = {
    "forks": ExecutorEntry("admf_jit.workers.executors.forks:ForkExecutor"),
    "loky": ExecutorEntry("admf_jit.workers.executors.loky:LokyExecutor"),
    "threads": ExecutorEntry("admf_jit.workers.executors.threads:ThreadExecutor", watched=False),
    "inline": ExecutorEntry("admf_jit.workers.executors.inline:InlineExecutor", watched=False),
    "dask": ExecutorEntry(
        "admf_jit.workers.executors.dask_executor:DaskExecutor",
        cluster="admf_jit.workers.executors.dask_cluster:connect",
    ),
}

#: Searches of the combinations of a grid, by the names that `optimization.method` gives them.
SEARCHES: dict[str, Factory] = {"grid": "admf_jit.workflow.search:GridSearch"}

#: What spreads points over a space before anything is run, by names that `optimization.method` may have as well.
DESIGNS: dict[str, DesignEntry] = {
    "random": DesignEntry("admf_jit.workflow.designs:random_points", "numpy"),
    "sobol": DesignEntry("admf_jit.workflow.designs:sobol_points", "scipy"),
    "latin_hypercube": DesignEntry("admf_jit.workflow.designs:latin_hypercube_points", "scipy", fixed_size=True),
    # Of its points few are left for the whole data: workflow.halving.
    "halving": DesignEntry("admf_jit.workflow.designs:random_points", "numpy", fixed_size=True),
}

#: Searches that make points of a space out of the rows so far, by names that `optimization.method` may have as well.
PROPOSERS: dict[str, Factory] = {"optuna": "admf_jit.workflow.optuna_search:OptunaSearch"}

#: Samplers of Optuna, by the names that `optimization.sampler` gives them.
SAMPLERS = ("tpe", "cmaes", "nsga2", "gp")

#: Brokers of `admf_jit live` by the names that `--broker` gives them.
BROKERS: dict[str, Factory] = {"paper": "admf_jit.live.broker:PaperBroker"}


def names_of(members: Mapping[str, object], *others: str) -> str:
    """The names that a key may have, as an error lists them."""
    *names, last = [*others, *members]
    return f"{', '.join(names)} or {last}" if names else last


def load(factory: Factory) -> Callable[..., Any]:
    """The callable that a member is named by."""
    if not isinstance(factory, str):
        return factory
    module, _, name = factory.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
