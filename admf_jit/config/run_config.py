"""A run of several strategies, or over several sets of data: one configuration for each of its sweeps.

A strategy of `strategies` is the common configuration with its own keys laid over it, a set of `data` a `data` block
with a name. Each pair of them is a sweep with a `Config` of its own, checked as if it stood alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from admf_jit.config.combinations import expand_combinations
from admf_jit.config.model import RULE_KEYS, Config
from admf_jit.config.problems import Path, Problem, problems_of, show, unknown
from admf_jit.config.rules import expand_choices
from admf_jit.errors import closest
from admf_jit.registry import PROPOSERS

#: Blocks of which a strategy may have keys of its own.
OWN_BLOCKS = ("account", "execution", "exits", "risk", "evaluation")
#: Keys of `strategy` that one of several has, too.
OF_STRATEGY = ("type", "parameters", *RULE_KEYS)
_OWN_KEYS = (*OF_STRATEGY, "optimization", *OWN_BLOCKS)
_OWN_OPTIMIZATION = ("parameters", "combinations", "constraints")
_SWEPT: Path = ("optimization", "parameters")
_DEFAULTS = "defaults"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_EXPECTED_NAME = "expected a name of letters, digits, dots, dashes and underscores"


@dataclass(frozen=True)
class SweepConfig:
    """One sweep of a run: the names of its strategy and its data, None where there is but one, without a name."""

    config: Config
    strategy: str | None = None
    data_set: str | None = None


@dataclass(frozen=True)
class RunConfig:
    """The sweeps of a run: of every strategy over every set of data, a strategy's next to each other."""

    sweeps: tuple[SweepConfig, ...]

    @classmethod
    def of(cls, config: Config) -> RunConfig:
        """The run of one sweep."""
        return cls((SweepConfig(config),))

    @property
    def common(self) -> Config:
        """The configuration of the first sweep: what is no strategy's own is the same in all."""
        return self.sweeps[0].config

    @property
    def is_plain(self) -> bool:
        """Whether this is one sweep, of a strategy and data without names."""
        return self.sweeps[0].strategy is None and self.sweeps[0].data_set is None

    @property
    def strategies(self) -> tuple[str, ...]:
        """The names of the strategies, none where there is `strategy` alone."""
        return tuple(dict.fromkeys(one.strategy for one in self.sweeps if one.strategy is not None))

    @property
    def data_sets(self) -> tuple[str, ...]:
        """The names of the sets of data, none where there is one without a name."""
        return tuple(dict.fromkeys(one.data_set for one in self.sweeps if one.data_set is not None))

    def with_configs(self, configs: Sequence[Config]) -> RunConfig:
        """The same run with other configurations of its sweeps."""
        pairs = zip(self.sweeps, configs, strict=True)
        return RunConfig(tuple(replace(sweep, config=config) for sweep, config in pairs))

    def resolved(self) -> dict[str, Any]:
        """The configuration as a manifest keeps it, which `load_run` reads again as the same sweeps."""
        fields = self.common.model_dump(mode="json")
        if self.data_sets:
            sets = {one.data_set: one.config.data.model_dump(mode="json") for one in self.sweeps}
            fields["data"] = [{"name": name, **data} for name, data in sets.items()]
        if self.strategies:
            for key in ("strategy", "containers", *OWN_BLOCKS):
                fields.pop(key, None)
            own = {one.strategy: one.config for one in self.sweeps}
            fields["optimization"] = {**fields["optimization"], "parameters": {}, "constraints": []}
            fields["optimization"].pop("combinations", None)
            fields["strategies"] = {name: _own_fields(config) for name, config in own.items()}
            fields["containers"] = {
                name: {"resources": config.containers.resources_for(config.strategy.type).model_dump(mode="json")}
                for name, config in own.items()
            }
        return fields


def _own_fields(config: Config) -> dict[str, Any]:
    fields = config.model_dump(mode="json")
    swept = {key: fields["optimization"][key] for key in _OWN_OPTIMIZATION if key in fields["optimization"]}
    return {**fields["strategy"], "optimization": swept, **{key: fields[key] for key in OWN_BLOCKS if key in fields}}


def check_run(document: Mapping[str, Any]) -> tuple[RunConfig | None, list[Problem]]:
    """Return the run of a configuration whose paths are absolute, and everything that is wrong with it."""
    problems = [*_wrong_strategies(document), *_wrong_sets(document)]
    if problems:
        return None, problems
    sweeps = []
    for strategy in document.get("strategies", (None,)):
        for number in range(len(document["data"])) if _has_sets(document) else (None,):
            place = _Place(document, strategy, number)
            fields = place.fields()
            found = expand_combinations(fields["optimization"]) if isinstance(fields.get("optimization"), dict) else []
            found += expand_choices(fields)
            try:
                config = Config.model_validate(fields)
                sweeps.append(SweepConfig(config, strategy, place.data_set))
            except ValidationError as error:
                found = problems_of(error, Config) + found
            problems += [replace(problem, path=place.path(problem.path)) for problem in found]
    problems += _wrong_limits(document)
    if not problems:
        problems += _wrong_across(sweeps)
    return (None if problems else RunConfig(tuple(sweeps))), list(dict.fromkeys(problems))


def _has_sets(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("data"), list)


def _wrong_strategies(document: Mapping[str, Any]) -> Iterator[Problem]:
    if "strategies" not in document:
        return
    given = document["strategies"]
    if "strategy" in document:
        yield Problem(("strategies",), "is given beside strategy; expected one of them")
    if not isinstance(given, dict) or not given:
        yield Problem(("strategies",), f"is {show(given)}; expected a mapping of names to strategies")
        return
    for name, entry in given.items():
        path: Path = ("strategies", name)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == _DEFAULTS:
            yield Problem(("strategies",), f"has the name {show(name)}; {_EXPECTED_NAME}, and not {_DEFAULTS}")
        elif not isinstance(entry, dict):
            yield Problem(path, f"is {show(entry)}; expected a mapping with a type")
        else:
            yield from _unknown_keys(entry, _OWN_KEYS, path)
            swept = entry.get("optimization", {})
            if isinstance(swept, dict):
                yield from _unknown_keys(swept, _OWN_OPTIMIZATION, (*path, "optimization"))
                yield from _wrong_lists(document.get("optimization"), swept, (*path, *_SWEPT))


def _wrong_lists(common: Any, own: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Refuse a list of combinations beside other values for the same strategy: which would be left out?"""
    swept = common.get("parameters") if isinstance(common, dict) else None
    mine = own.get("parameters")
    if swept and mine and (isinstance(swept, list) or isinstance(mine, list)):
        text = "is given beside optimization.parameters, and one of them is a list of combinations; expected all in one"
        yield Problem(path, text)


def _unknown_keys(given: Mapping[Any, Any], known: Sequence[str], path: Path) -> Iterator[Problem]:
    for key in given:
        if key not in known:
            yield Problem((*path, str(key)), unknown("key", str(key), known))


def _wrong_sets(document: Mapping[str, Any]) -> Iterator[Problem]:
    if not _has_sets(document):
        return
    if not document["data"]:
        yield Problem(("data",), "is an empty list; expected a mapping, or a list of sets of data with names")
    names: list[str] = []
    for number, entry in enumerate(document["data"]):
        if not isinstance(entry, dict):
            yield Problem(("data", number), f"is {show(entry)}; expected a mapping with a name and a source")
            continue
        name = entry.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            found = f"is {show(name)}" if "name" in entry else "missing"
            yield Problem(("data", number, "name"), f"{found}; {_EXPECTED_NAME}")
        elif name in names:
            yield Problem(("data", number, "name"), f"is {show(name)}, as that of [{names.index(name)}]")
        names.append(str(name))


def _wrong_limits(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Limits for strategies of other files may stand here; a near miss would silently lift a limit."""
    strategies, limits = document.get("strategies"), document.get("containers")
    if not isinstance(strategies, dict) or not isinstance(limits, dict):
        return
    types = [str(entry.get("type", "")) for entry in strategies.values()]
    known = {_DEFAULTS, *strategies, *types, *(name.rpartition(":")[2] for name in types)}
    for name in limits:
        hint = "" if name in known else closest(str(name), sorted(known))
        if hint:
            text = f"is not a strategy of this configuration; did you mean {hint!r}?"
            yield Problem(("containers", str(name)), text)


def _wrong_across(sweeps: Sequence[SweepConfig]) -> Iterator[Problem]:
    optimization = sweeps[0].config.optimization
    if sweeps[0].data_set is not None and optimization.method in PROPOSERS:
        text = "learns from rows, and would take other values over each set of data; expected a method that does not"
        yield Problem(("optimization", "method"), f"is {optimization.method!r}, which {text}")
    if sweeps[0].data_set is None and "across_data" in optimization.model_fields_set:
        text = "judges several sets of data together, and data is one; expected a list of sets, or no such key"
        yield Problem(("optimization", "across_data"), text)


@dataclass(frozen=True)
class _Place:
    """Where the configuration of one sweep comes from in a document."""

    document: Mapping[str, Any]
    strategy: str | None
    number: int | None

    @property
    def data_set(self) -> str | None:
        return None if self.number is None else self.document["data"][self.number]["name"]

    @property
    def entry(self) -> Mapping[str, Any]:
        return {} if self.strategy is None else self.document["strategies"][self.strategy]

    def fields(self) -> dict[str, Any]:
        """The configuration of the sweep, unchecked."""
        fields = {key: value for key, value in self.document.items() if key != "strategies"}
        if isinstance(fields.get("optimization"), dict):
            fields["optimization"] = dict(fields["optimization"])
        if self.number is not None:
            fields["data"] = {key: value for key, value in fields["data"][self.number].items() if key != "name"}
        if self.strategy is None:
            return fields
        fields["strategy"] = {key: value for key, value in self.entry.items() if key in OF_STRATEGY}
        for block in OWN_BLOCKS:
            if block in self.entry:
                fields[block] = _laid_over(fields.get(block), self.entry[block])
        if "optimization" in self.entry:
            fields["optimization"] = self._optimization(fields.get("optimization"))
        if isinstance(fields.get("containers"), dict):
            fields["containers"] = self._limits(fields["containers"])
        return fields

    def _optimization(self, common: Any) -> Any:
        """What all strategies sweep and what this one does; a list of combinations stands for all of it."""
        own = self.entry["optimization"]
        if not isinstance(own, dict) or not (common is None or isinstance(common, dict)):
            return own
        common = dict(common or {})
        swept, mine = common.get("parameters") or {}, own.get("parameters") or {}
        conditions = [*_as_list(common.get("constraints")), *_as_list(own.get("constraints"))]
        common.update(own)
        # Of a list and a mapping one is empty, or they are refused.
        both = isinstance(swept, dict) and isinstance(mine, dict)
        common["parameters"] = {**swept, **mine} if both else mine or swept
        return {**common, "constraints": conditions}

    def _limits(self, limits: Mapping[str, Any]) -> dict[str, Any]:
        """The limits that are this strategy's, under its type, by which a sweep finds them."""
        named = self.entry.get("type")
        if not isinstance(named, str):
            return {}
        chosen = {key: limits[key] for key in (_DEFAULTS, named.rpartition(":")[2], named) if key in limits}
        if self.strategy is not None and self.strategy in limits:
            chosen[named] = _laid_over(chosen.get(named), limits[self.strategy])
        return chosen

    def path(self, path: Path) -> Path:
        """Where a path of the sweep's configuration is in the document."""
        if path[:1] == ("data",) and self.number is not None:
            return ("data", self.number, *path[1:])
        if self.strategy is None or not path:
            return path
        own: Path = ("strategies", self.strategy)
        if path[0] == "strategy":
            return (*own, *path[1:])
        if path[0] == "containers" and path[1:2] == (self.entry.get("type"),):
            if self.strategy in self.document.get("containers", {}):
                return ("containers", self.strategy, *path[2:])
        if path[0] in self.entry and (len(path) == 1 or _has(self.entry, path[: 3 if "parameters" in path else 2])):
            return (*own, *path)
        return path


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _has(value: Any, path: Path) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return isinstance(value, list) and isinstance(key, int)
        value = value[key]
    return True


def _laid_over(common: Any, own: Any) -> Any:
    """A block with the keys of another laid over it; one of another type is replaced as a whole."""
    if not isinstance(common, dict) or not isinstance(own, dict) or common.get("type") != own.get("type"):
        return own
    return {**common, **{key: _laid_over(common.get(key), value) for key, value in own.items()}}
