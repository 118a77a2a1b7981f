"""The blocks whose settings can be swept: what is in them by dotted path, and copies with other values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from pydantic import ValidationError

from admf_jit.config import (
    AccountConfig,
    Config,
    ExecutionConfig,
    ExitsConfig,
    RiskConfig,
    preset_refusal,
    why_order_engine,
)
from admf_jit.config.costs import NoCommission, NoSlippage
from admf_jit.config.execution import PHASES
from admf_jit.config.problems import blocks_among, problems_of, tag_of
from admf_jit.config.section import Scalar, Section

BLOCKS = ("account", "execution", "exits", "risk")
_NO_SETTINGS = tuple(f"execution.{phase}" for phase in PHASES)
Paths = dict[str, Scalar | None]


class RefusedValueError(Exception):
    """A value that a name cannot take; the text says what is expected."""


@dataclass(frozen=True)
class Blocks:
    """The settings of one container, as checked blocks of the configuration."""

    account: AccountConfig
    execution: ExecutionConfig
    exits: ExitsConfig
    risk: RiskConfig

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return the blocks of a configuration, before anything is swept."""
        return cls(config.account, config.execution, config.exits, config.risk)

    @property
    def why_order_engine(self) -> str | None:
        """The setting that needs the order engine, or None."""
        return why_order_engine(self.account, self.execution, self.exits, self.risk)

    @property
    def preset_refusal(self) -> str:
        """Why the preset of `execution` refuses these settings, or an empty text."""
        return preset_refusal(self.account, self.execution, self.exits, self.risk)

    def paths(self) -> Paths:
        """Return every setting by dotted path, with its value."""
        paths: Paths = {}
        for name in BLOCKS:
            _collect(name, getattr(self, name), paths)
        return {path: value for path, value in paths.items() if not path.startswith(_NO_SETTINGS)}

    def value(self, path: str) -> Any:
        """Return the setting at a dotted path."""
        node: Any = self
        for part in path.split("."):
            node = node[int(part)] if isinstance(node, tuple) else getattr(node, part)
        return node

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """Return the blocks with the settings at some dotted paths replaced, and checked again.

        Raises pydantic's ValidationError; `first_problem` says what it is about.
        """
        fields: dict[str, dict[str, Any]] = {}
        for path, value in changes.items():
            name, *parents, last = path.split(".")
            node: Any = fields.setdefault(name, getattr(self, name).model_dump())
            for parent in parents:
                node = node[int(parent)] if isinstance(node, tuple) else node[parent]
            node[last] = value
        checked: dict[str, Any] = {name: type(getattr(self, name)).model_validate(fields[name]) for name in fields}
        return replace(self, **checked)

    def completed(self, swept: Mapping[str, tuple[Scalar, ...]], refused: dict[str, str]) -> Blocks:
        """Return the blocks with what is null, but brought into being by a swept name, at its first value.

        A swept name below a block that is absent creates the block if only one type of it asks for that key. Why one
        cannot be created is added to `refused`, by swept name.
        """
        blocks = self
        for name, values in swept.items():
            change = blocks._creation(name, next((value for value in values if value is not None), None))
            if change:
                try:
                    blocks = blocks.replaced(change)
                except ValidationError as error:
                    if name not in change:
                        refused[name] = first_problem(error, type(blocks.value(name.split(".")[0])))[1]
        return blocks

    def _creation(self, name: str, value: Scalar | None) -> dict[str, Any]:
        """Return the change that gives a swept name its place, or nothing if it has one or can have none."""
        if value is None:
            return {}
        block, _, below = name.partition(".")
        field, _, key = below.partition(".")
        fields = type(getattr(self, block)).model_fields if block in BLOCKS else {}
        if field not in fields:
            return {}
        now = self.value(f"{block}.{field}")
        if isinstance(now, NoCommission | NoSlippage) and not key:
            return {name: value}
        if now is not None:
            return {}
        if not key:
            return {name: value}
        options = blocks_among(fields[field].annotation)
        owners = [option for option in options if key in option.model_fields and option.model_fields[key].is_required()]
        owners += [option for option in options if key in getattr(option, "opened_by", ())]
        if len(owners) != 1:
            return {}
        tag = {"type": tag_of(owners[0])} if "type" in owners[0].model_fields else {}
        return {f"{block}.{field}": {**tag, key: value}}


def first_problem(error: ValidationError, model: type[Section]) -> tuple[str, str]:
    """Return the dotted path inside the block and the text of the first problem of an error."""
    problem = problems_of(error, model)[0]
    return ".".join(str(part) for part in problem.path), problem.text


def _collect(prefix: str, value: Any, paths: Paths) -> None:
    if isinstance(value, Section):
        for key in type(value).model_fields:
            _collect(f"{prefix}.{key}", getattr(value, key), paths)
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            _collect(f"{prefix}.{position}", item, paths)
    else:
        paths[prefix] = value
