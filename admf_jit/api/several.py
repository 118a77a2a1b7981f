"""What a call says of one strategy or several, over one set of data or several, as fields of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admf_jit.api.fields import as_data, fields_of, limits_of
from admf_jit.api.parameters import Parameters, split_constraints, swept_names, written
from admf_jit.config.problems import Problem, refuse, unknown
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workflow.prepared_run import AtHand
from admf_jit.workflow.run_data import stored_as


@dataclass(frozen=True)
class Asked:
    """The strategies and the sets of data of a call, by name: None where there is one without a name."""

    strategies: Mapping[str | None, Any]
    definitions: Mapping[str | None, Definition]
    data: Mapping[str | None, MarketData]

    @classmethod
    def of(cls, strategy: Any, data: Any, bars_per_year: float | None, delisted: Mapping[str, float] | None) -> Asked:
        """Take a strategy, a list of them or a mapping of names; bars, or a mapping of names to `MarketData`."""
        strategies = _strategies(strategy)
        definitions = {name: resolve_strategy(one) for name, one in strategies.items()}
        if None not in definitions and not isinstance(strategy, Mapping):
            strategies, definitions = _by_own_names(list(strategies.values()), list(definitions.values()))
        sets = {name: as_data(one, bars_per_year, delisted) for name, one in _sets(data).items()}
        return cls(strategies, definitions, sets)

    @property
    def name(self) -> str:
        """What the run is called where nobody says."""
        names = [name or self.definitions[name].name for name in self.definitions]
        return "-".join(names)[:100]

    def fields(
        self,
        settings: Mapping[str, Any],
        parameters: Any,
        constraints: Any,
        limits: Mapping[str, Any],
    ) -> tuple[dict[str, Any], AtHand]:
        """The fields of a configuration that these decide, and what need not be looked up by its name."""
        first, bars = next(iter(self.definitions)), next(iter(self.data.values()))
        own = self._own(parameters)
        fields = fields_of(self.definitions[first], self.strategies[first], bars, settings, parameters=own[first][0])
        conditions: dict[str | None, Any] = {}
        entries: dict[str | None, dict[str, Any]] = {}
        for name, definition in self.definitions.items():
            texts, conditions[name] = split_constraints(self._of_one(constraints, name, "constraints"))
            entry = fields_of(definition, self.strategies[name], bars, {}, parameters=own[name][0])["strategy"]
            entries[name] = {**entry, "optimization": {"parameters": own[name][1], "constraints": texts}}
        if None in self.definitions:
            fields["optimization"] = entries[None]["optimization"]
        else:
            del fields["strategy"]
            fields |= {"strategies": entries, "optimization": {}}
        if None not in self.data:
            fields["data"] = [{"name": name, **stored_as(one)} for name, one in self.data.items()]
        fields |= self._limits(limits)
        return fields, AtHand(self.definitions, self.data, conditions)

    def _own(self, parameters: Any) -> dict[str | None, tuple[dict[str, Any], Any]]:
        """The fixed and the swept values of each strategy: its own, and those for all."""
        found: dict[str | None, tuple[dict[str, Any], Any]] = {}
        for name, strategy in self.strategies.items():
            swept = written(self._swept(parameters, name))
            names = swept_names(swept)
            fixed = {key: value for key, value in getattr(strategy, "parameters", {}).items() if key not in names}
            found[name] = fixed, swept
        return found

    def _swept(self, parameters: Any, name: str | None) -> Parameters:
        if name is None or not isinstance(parameters, Mapping):
            found: Parameters = parameters
            return found
        common = {key: values for key, values in parameters.items() if key not in self.strategies}
        mine = parameters.get(name, {})
        if isinstance(mine, Mapping):
            return {**common, **mine}
        if common:
            raise ConfigError(
                f"parameters: {name} has a list of combinations beside {next(iter(common))} for all strategies; "
                "expected it in each combination"
            )
        return mine  # type: ignore[no-any-return]

    def _of_one(self, value: Any, name: str | None, key: str) -> Any:
        """What one strategy has of something that is given for all, or by strategies' names."""
        if name is None or not isinstance(value, Mapping):
            return value
        for other in value:
            if other not in self.strategies:
                raise refuse([Problem((key, str(other)), unknown("strategy", str(other), map(str, self.strategies)))])
        return value.get(name)

    def _limits(self, limits: Mapping[str, Any]) -> dict[str, Any]:
        if None in self.strategies:
            return limits_of(**limits)
        blocks = {}
        for name in self.strategies:
            mine = limits_of(**{key: self._of_one(value, name, key) for key, value in limits.items()})
            if mine:
                blocks[name] = mine["containers"]["defaults"]
        return {"containers": blocks} if blocks else {}


def _strategies(strategy: Any) -> dict[str | None, Any]:
    if isinstance(strategy, Mapping):
        return dict(strategy)
    if isinstance(strategy, list | tuple):
        if not strategy:
            raise ConfigError("strategy: is an empty list; expected a strategy, or several")
        return {str(number): one for number, one in enumerate(strategy)}
    return {None: strategy}


def _by_own_names(
    strategies: list[Any], definitions: list[Definition]
) -> tuple[dict[str | None, Any], dict[str | None, Definition]]:
    names = [definition.name for definition in definitions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(
            f"strategy: {twice} is in the list twice; expected a mapping of names, such as "
            f"{{'first': {twice}, 'second': {twice}}}"
        )
    return dict(zip(names, strategies, strict=True)), dict(zip(names, definitions, strict=True))


def _sets(data: Any) -> dict[str | None, Any]:
    """Bars with a name each; a mapping of anything else but `MarketData` is symbols with their sources."""
    if isinstance(data, Mapping) and data and all(isinstance(one, MarketData) for one in data.values()):
        return dict(data)
    return {None: data}
