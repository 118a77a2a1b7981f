"""What is checked: a configuration, its bars, and what makes the strategy of some bars."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.data import MarketData
from admf_jit.data.features import with_features
from admf_jit.strategies.declaration import Definition, definition_of
from admf_jit.strategies.resolve import BUILT_IN, named_object, resolve_strategy
from admf_jit.strategies.source import collect_source
from admf_jit.workflow.configured import configured_strategy, has_no_name


@dataclass(frozen=True)
class Subject:
    """A configuration with its data, and ``make``, which gives the strategy's definition for these or other bars.

    ``rebuilt`` says whether the constants of its module are made anew for other bars. Where they are not, they know
    all bars whatever they are run on, and nothing shows it.
    """

    config: Config
    data: MarketData
    make: Callable[[MarketData], Definition]
    rebuilt: bool
    #: What computes columns of one's own for some bars, as ``features`` of ``aj.load``; ``data`` do not have them.
    features: Callable[[MarketData], Any] | None = None
    definition: Definition = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "definition", self.make(self.data))

    def with_columns(self, bars: MarketData) -> MarketData:
        """Return bars with the columns that are computed for them."""
        return bars if self.features is None else with_features(bars, self.features(bars))


def subject_of(
    config: Config,
    data: MarketData,
    strategy: Any = None,
    features: Callable[[MarketData], Any] | None = None,
) -> Subject:
    """Return what is checked for a configuration and its bars.

    ``strategy`` may be given instead of the one that the configuration names: a class, an instance, or a function that
    returns one for MarketData. A function of a file ("path.py:function") is called likewise. The file of a class is
    executed again for other bars, if it reads those of the run by ``aj.load``. ``features`` computes columns of some
    bars, which ``data`` lack.
    """
    if config.optimization.proposes:  # any points of its space will do
        optimization = config.optimization.model_copy(update={"method": "random"})
        config = config.model_copy(update={"optimization": optimization})
    return replace(_subject_of(config, data, strategy), features=features)


def _subject_of(config: Config, data: MarketData, strategy: Any) -> Subject:
    named = config.strategy.type
    found = strategy if strategy is not None and not isinstance(strategy, str) else None
    if found is None and has_no_name(config):
        definition = configured_strategy(config)
        return Subject(config, data, lambda bars: definition, rebuilt=True)
    if found is None and named not in BUILT_IN:
        found = named_object(named)
    if found is not None and not isinstance(found, type) and callable(found):
        return Subject(config, data, lambda bars: _made(found, bars), rebuilt=True)
    if found is None or (strategy is not None and not isinstance(strategy, str)):
        definition = resolve_strategy(named if found is None else found)
        return Subject(config, data, lambda bars: definition, rebuilt=not _arrays(definition))
    if not named.rpartition(":")[0].endswith(".py"):
        definition = definition_of(found)
        return Subject(config, data, lambda bars: definition, rebuilt=not _arrays(definition))
    return _of_file(config, data, named)


def constants(definition: Definition) -> dict[str, NDArray[Any]]:
    """Return the arrays of a strategy's module that it reads, by name."""
    return {name: array.values for name, array in collect_source(definition).arrays.items()}


def _arrays(definition: Definition) -> bool:
    return bool(collect_source(definition).arrays)


def _made(function: Callable[[MarketData], Any], bars: MarketData) -> Definition:
    return resolve_strategy(function(bars))


def _of_file(config: Config, data: MarketData, named: str) -> Subject:
    """The class of a file, which is executed again for other bars."""
    calls: list[bool] = []

    def make(bars: MarketData) -> Definition:
        with _loading(data, bars, calls):
            return resolve_strategy(named)

    definition = make(data)
    return Subject(config, data, make, rebuilt=bool(calls) or not _arrays(definition))


@contextmanager
def _loading(data: MarketData, bars: MarketData, calls: list[bool]) -> Iterator[None]:
    """Within it ``aj.load`` returns ``bars`` to a caller who asks for ``data``; that is noted in ``calls``."""
    package = importlib.import_module("admf_jit")
    load = package.load

    def load_other(*arguments: Any, **named: Any) -> MarketData:
        found: MarketData = load(*arguments, **named)
        if not _are_bars_of(found, data):
            return found
        calls.append(True)
        return _of_axis(bars, found, data)

    package.load = load_other  # type: ignore[attr-defined]
    try:
        yield
    finally:
        package.load = load  # type: ignore[attr-defined]


def _are_bars_of(found: MarketData, data: MarketData) -> bool:
    """Whether a file's bars are those of the run: all, or with the history, of the same symbols."""
    if found.symbols != data.symbols:
        return False
    return any(
        found.n_bars == one.n_bars and np.array_equal(found.time, one.time) and _same_closes(found, one)
        for one in (data, data.with_history)
    )


def _same_closes(found: MarketData, data: MarketData) -> bool:
    return bool(np.array_equal(found.close, data.close, equal_nan=True))


def _of_axis(bars: MarketData, found: MarketData, data: MarketData) -> MarketData:
    """Return other bars as the file has asked for them: with the history among them, or without."""
    if found.n_bars == data.n_bars and data.n_history:
        return bars
    return bars.with_history
