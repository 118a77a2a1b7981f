"""The whole configuration as one immutable object."""

import math
import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from admf_jit.config.account import AccountConfig
from admf_jit.config.containers import DEFAULT_TIME_LIMIT, ContainersConfig
from admf_jit.config.execution import ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.infrastructure import InfrastructureConfig, is_watched
from admf_jit.config.moments import Moment, refuse_reversed
from admf_jit.config.optimization import OptimizationConfig, ScalarValue
from admf_jit.config.presets import preset_refusal
from admf_jit.config.reading import ReadingOptions, known_zone
from admf_jit.config.risk import RiskConfig
from admf_jit.config.section import Section, Texts, refusal
from admf_jit.config.sizing import RiskSizing
from admf_jit.config.statistics import StatisticsConfig
from admf_jit.config.walk_forward import WalkForwardConfig
from admf_jit.config.workflow import WorkflowConfig
from admf_jit.errors import closest

_TIMEFRAME = re.compile(r"[1-9][0-9]{0,8}(s|m|h|d|w|mo)")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _one_or_several(value: object) -> object:
    if isinstance(value, dict) and value and all(map(_is_text, [*value, *value.values()])):
        return value
    if isinstance(value, list | tuple) and value and all(map(_is_text, value)):
        return tuple(value)
    if _is_text(value):
        return value
    raise refusal("expected a text, a list of texts, or a mapping of symbols (texts: quote numbers) to texts")


#: A name or a path; several of them; or one for each symbol.
Source = Annotated[str | tuple[str, ...] | dict[str, str], BeforeValidator(_one_or_several)]


def _history(value: object) -> object:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value not in ("all", "none") and not is_count:
        raise refusal("expected all, none or a whole number >= 0 (bars before start that warm indicators up)")
    return value


#: How many bars before the start warm indicators up.
History = Annotated[Literal["all", "none"] | int, BeforeValidator(_history)]


def _prices(value: object) -> object:
    if value is None:
        return value
    if not isinstance(value, dict) or not all(map(_is_text, value)):
        raise refusal("expected a mapping of symbols that end to prices, such as {ABC: 12.5, XYZ: 0}")
    for symbol, price in value.items():
        is_number = isinstance(price, int | float) and not isinstance(price, bool)
        if not is_number or not 0 <= price < math.inf:
            raise refusal(f"the price of {symbol} is {price!r:.80}; expected a number >= 0 (0: worthless)")
    return {symbol: float(price) for symbol, price in value.items()}


#: What symbols were worth when they were delisted.
DelistingPrices = Annotated[dict[str, float], BeforeValidator(_prices)]


class DataConfig(Section):
    """Which bars are run: their source, and the symbols and the span of time taken from it."""

    added = ("bars_per_year", "calendar", "delisted", "format", "features")
    source: Source = Field(
        description="sample, a file, folder or pattern, a stored data set, or several: a list, or symbols with one each"
    )
    symbols: Texts | None = Field(default=None, description="a list of symbols, each a text (quote numbers)")
    start: Moment | None = Field(default=None, description="a date such as 2024-01-31")
    end: Moment | None = Field(default=None, description="a date such as 2024-01-31")
    history: History = Field(
        default="all", description="all, none or a whole number >= 0: bars before start that warm indicators up"
    )
    timeframe: str | None = Field(default=None, description="a timeframe such as 1m, 5m, 1h, 1d, 1mo")
    timezone: str | None = Field(default=None, description="an IANA time zone such as America/New_York")
    calendar: str | None = Field(
        default=None, min_length=1, description="the calendar of an exchange, such as XNYS, NYSE, CMES or 24/7"
    )
    bars_per_year: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="a number above 0 of bars that make a year"
    )
    delisted: DelistingPrices | None = Field(default=None, description="a mapping of symbols that end to prices")
    format: ReadingOptions = Field(default=ReadingOptions(), description="a mapping of reading options")
    features: str | None = Field(
        default=None, min_length=1, description="a file of columns of one's own, joined as of each bar's opening"
    )

    @field_validator("symbols")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and (not value or "" in value or len(set(value)) < len(value)):
            raise refusal("expected at least one symbol, each named once")
        return value

    @field_validator("timeframe")
    @classmethod
    def _known_timeframe(cls, value: str | None) -> str | None:
        if value is not None and not _TIMEFRAME.fullmatch(value):
            raise refusal("expected a timeframe such as 1m, 5m, 1h, 1d, 1mo")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @model_validator(mode="after")
    def _start_before_end(self) -> Self:
        refuse_reversed(self.start, self.end)
        return self


class EvaluationConfig(Section):
    """From which bar on strategies are evaluated: section 1 of the trading model."""

    start: Literal["own", "common"] = Field(
        default="own", description="own (each container at its own warm-up) or common (all at the latest of the grid)"
    )


#: The types of strategy that take their signals from columns of the data, and from rules that the configuration has.
SIGNALS, RULES = "signals", "rules"


SIGNAL_KEYS = ("entries", "exits", "short_entries", "short_exits")
RULE_KEYS = ("entry", "exit", "short_entry", "short_exit")
_A_RULE = "a condition such as crosses_above(close, sma(20))"


class StrategyConfig(Section):
    """Which strategy is run, and the values of the parameters that are not swept."""

    type: str = Field(
        min_length=1,
        description="the name of a built-in strategy, package.module:ClassName, or path/to/file.py:ClassName",
    )
    parameters: dict[str, ScalarValue] = Field(default={}, description="a mapping of names to values")
    entries: str | None = Field(default=None, min_length=1, description="of type signals: a column of the data")
    exits: str | None = Field(default=None, min_length=1, description="of type signals: a column of the data")
    short_entries: str | None = Field(default=None, min_length=1, description="of type signals: a column of the data")
    short_exits: str | None = Field(default=None, min_length=1, description="of type signals: a column of the data")
    entry: str | None = Field(default=None, min_length=1, description=f"of type rules: {_A_RULE}")
    exit: str | None = Field(default=None, min_length=1, description=f"of type rules: {_A_RULE}")
    short_entry: str | None = Field(default=None, min_length=1, description=f"of type rules: {_A_RULE}")
    short_exit: str | None = Field(default=None, min_length=1, description=f"of type rules: {_A_RULE}")

    added = (*SIGNAL_KEYS, *RULE_KEYS)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of signals that are named, by their kinds."""
        return self._given(SIGNAL_KEYS)

    @property
    def rules(self) -> dict[str, str]:
        """The rules that are given, by their keys."""
        return self._given(RULE_KEYS)

    def _given(self, keys: tuple[str, ...]) -> dict[str, str]:
        named = {key: getattr(self, key) for key in keys}
        return {key: text for key, text in named.items() if text is not None}

    @model_validator(mode="after")
    def _keys_of_the_type(self) -> Self:
        for kind, given, entries, expected in (
            (SIGNALS, self.columns, ("entries", "short_entries"), "the name of a column of the data"),
            (RULES, self.rules, ("entry", "short_entry"), _A_RULE),
        ):
            if self.type == kind and not set(given) & set(entries):
                raise refusal(f"type {kind} needs {' or '.join(entries)}: {expected}")
            if self.type != kind and given:
                raise refusal(f"{next(iter(given))} is for type {kind} alone; this one decides by itself")
        return self


class Config(Section):
    """A run's configuration; `model_dump(mode="json")` is the resolved form that a run's manifest keeps."""

    added = ("exits", "risk", "evaluation", "infrastructure", "walk_forward", "statistics")
    name: str = Field(
        default="run",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="a name of letters, digits, dots, dashes and underscores",
    )
    data: DataConfig
    strategy: StrategyConfig
    account: AccountConfig = AccountConfig()
    execution: ExecutionConfig = ExecutionConfig()
    exits: ExitsConfig = ExitsConfig()
    risk: RiskConfig = RiskConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    workflow: WorkflowConfig = WorkflowConfig()
    optimization: OptimizationConfig = OptimizationConfig()
    walk_forward: WalkForwardConfig | None = None
    containers: ContainersConfig = ContainersConfig()
    infrastructure: InfrastructureConfig = InfrastructureConfig()
    statistics: StatisticsConfig = StatisticsConfig()

    @model_validator(mode="after")
    def _risk_has_a_stop(self) -> Self:
        # A swept name brings its setting into being, in every container.
        swept = self.optimization.parameters
        by_risk = isinstance(self.account.sizing, RiskSizing) or (
            self.account.sizing is None and "account.sizing.risk" in swept
        )
        stopped = self.exits.stop_loss is not None or self.exits.trailing_stop is not None
        if by_risk and not stopped:
            if not any(name == "exits.stop_loss" or name.startswith("exits.trailing_stop") for name in swept):
                raise refusal(
                    "account.sizing of type risk without a stop; expected exits.stop_loss or exits.trailing_stop"
                )
        return self

    @model_validator(mode="after")
    def _preset_has_the_settings(self) -> Self:
        text = preset_refusal(self.account, self.execution, self.exits, self.risk)
        if text:
            raise refusal(text)
        return self

    @model_validator(mode="after")
    def _limits_have_an_executor_that_keeps_them(self) -> Self:
        backend = self.infrastructure.backend
        text = None if is_watched(backend) else self.refuse_limits(f"infrastructure.backend {backend}")
        if text is not None:
            raise refusal(text)
        return self

    def refuse_limits(self, executor: str) -> str | None:
        """Why an executor that keeps no limits cannot run this, or None where no limit is set."""
        resources = self.containers.resources_for(self.strategy.type)
        limits = {
            "execution.optimization_phase.isolation process": self.execution.optimization_phase.isolation == "process",
            "containers.resources.memory_limit": resources.memory_limit is not None,
            "containers.resources.cpu_limit": resources.cpu_limit is not None,
            "containers.resources.time_limit": resources.time_limit != DEFAULT_TIME_LIMIT,
        }
        for key, is_set in limits.items():
            if is_set:
                return (
                    f"{executor} with {key}: nobody can end a process there for one of its containers; expected "
                    "backend processes, forks or loky, or no such limit"
                )
        return None

    @model_validator(mode="after")
    def _limits_name_the_strategy(self) -> Self:
        # Limits for other strategies may stand in a shared file, but a near miss would silently lift the
        # limit.
        names = {self.strategy.type, self.strategy.type.rpartition(":")[2]}
        if not names & set(self.containers.root):
            for name in self.containers.root:
                hint = "" if name == "defaults" else closest(name, sorted(names))
                if hint:
                    raise refusal(
                        f"containers.{name} is not the strategy of this configuration; did you mean {hint!r}?"
                    )
        return self

    @property
    def unused_limits(self) -> tuple[str, ...]:
        """A sentence for each entry of `containers` that limits nothing here, as it has another strategy's name."""
        kind = self.strategy.type
        used = {"defaults", kind, kind.rpartition(":")[2]}
        return tuple(
            f"containers.{name} limits nothing here: the strategy is {kind}; expected containers."
            f"{kind.rpartition(':')[2]} or containers.defaults for limits of this one"
            for name in self.containers.root
            if name not in used
        )

    @property
    def containers_in_flight(self) -> int | None:
        """The cap on containers in flight: the smallest of the three keys that can give one, or None."""
        given = (
            self.optimization.parallel_containers,
            self.optimization.containers,
            self.execution.optimization_phase.containers,
        )
        return min((cap for cap in given if cap is not None), default=None)
