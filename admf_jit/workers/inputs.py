"""From containers as the grid describes them to the rows of numbers that one batch is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.errors import StrategyError
from admf_jit.parameter_grid import ALL_SYMBOLS, Containers, ContainerSpec, Environment
from admf_jit.parameter_grid.container import as_number
from admf_jit.strategies.declaration import Definition
from admf_jit.workers import faults
from admf_jit.workers.batch import BatchInputs
from admf_jit.workers.settings import settings_row, write_columns
from admf_kernels.random_stream import STATE_MODULI
from admf_kernels.settings import MAX_CONTRACTS, SETTINGS_DTYPE

#: So many rows of settings are kept for containers with the same settings.
_KEPT = 4096
_Settings = tuple[AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig, tuple[float, ...]]


def random_state(seed: int) -> NDArray[np.int64]:
    """State words of the random streams of ``seed``: int64 (12,), each in [1, modulus); the strategy's, the costs'."""
    moduli = STATE_MODULI + STATE_MODULI
    digest = hashlib.sha256(f"admf_jit random stream {seed}".encode()).digest()
    while len(digest) < 8 * len(moduli):
        digest += hashlib.sha256(digest).digest()
    words = [int.from_bytes(digest[8 * i : 8 * i + 8], "big") for i in range(len(moduli))]
    return np.array([1 + word % (m - 1) for word, m in zip(words, moduli, strict=True)], np.int64)


class InputBuilder:
    """Builds the inputs of containers that share data and strategy."""

    def __init__(
        self,
        definition: Definition,
        symbols: Sequence[str],
        bars_per_year: float,
        *,
        uses_random: bool,
        evaluation_start: int = 0,
        columns: Sequence[str] = (),
    ) -> None:
        self._definition = definition
        self._uses_random = uses_random
        self._symbols = {symbol: number for number, symbol in enumerate(symbols)} | {ALL_SYMBOLS: -1}
        self._bars_per_year = bars_per_year
        self._evaluation_start = evaluation_start
        self._columns = tuple(columns)
        self._rows: dict[_Settings, np.record] = {}
        self._known: dict[Environment, np.record] = {}
        # The parameters of each indicator: containers that differ in none of them are refused together.
        self._parameters_of = {name: indicator.told for name, indicator in definition.indicators.items()}

    def refusal(self, container: ContainerSpec) -> str | None:
        """Why the strategy's indicators cannot compute with this container's parameters, or None."""
        reasons = (self.indicator_refusal(name, container) for name in self._parameters_of)
        return next((reason for reason in reasons if reason is not None), None)

    def indicator_refusal(self, name: str, container: ContainerSpec) -> str | None:
        """Why one indicator cannot compute with this container's parameters, or None."""
        try:
            self._definition.check_indicator(name, container.parameters)
        except StrategyError as problem:
            return str(problem)
        return None

    def build(self, containers: Sequence[ContainerSpec]) -> BatchInputs:
        """Inputs of ``containers``, a row each."""
        names = tuple(self._definition.parameters)
        states = np.zeros((len(containers), 2 * len(STATE_MODULI)), np.int64)
        if self._uses_random or any(c.account.slippage.type == "random" for c in containers):
            for row, container in enumerate(containers):
                states[row] = random_state(container.seed)
        parameters = [[as_number(c.parameters[name]) for name in names] for c in containers]
        return BatchInputs(
            np.array([self._symbols[c.symbol] for c in containers], np.int64),
            np.array(parameters, np.float64).reshape(len(containers), len(names)),
            _table([self._settings(c) for c in containers]),
            states,
            np.array([c.execution.intrabar == "bounds" for c in containers], np.bool_),
            np.array([faults.planned.get(c.index, 0) for c in containers], np.int64) if faults.planned else None,
        )

    def build_many(self, containers: Containers) -> BatchInputs:
        """The same of containers that come column by column."""
        environments, environment = containers.environments, containers.environment
        states = np.zeros((len(containers), 2 * len(STATE_MODULI)), np.int64)
        if self._uses_random or any(one.settings.account.slippage.type == "random" for one in environments):
            for row, seed in enumerate(containers.seed.tolist()):
                states[row] = random_state(seed)
        bounds = [one.settings.execution.intrabar == "bounds" for one in environments]
        fault = [faults.planned.get(index, 0) for index in containers.index.tolist()] if faults.planned else None
        return BatchInputs(
            np.array([self._symbols[one.symbol] for one in environments], np.int64)[environment],
            containers.parameters,
            _table([self._settings_of(one) for one in environments])[environment],
            states,
            np.array(bounds, np.bool_)[environment],
            None if fault is None else np.array(fault, np.int64),
        )

    def indicator_parameters(self, containers: Containers) -> dict[str, NDArray[np.float64]]:
        """Parameters of each indicator for n containers, float64 (n, _): those with equal rows are refused together."""
        names = tuple(self._definition.parameters)
        return {
            name: containers.parameters[:, [names.index(parameter) for parameter in parameters]]
            for name, parameters in self._parameters_of.items()
        }

    def _settings_of(self, environment: Environment) -> np.record:
        # By the object itself: to hash what it says takes longer than all the rest of a container.
        row = self._known.get(environment)
        if row is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            settings = environment.settings
            blocks = settings.account, settings.execution, settings.exits, settings.risk
            multipliers = self._multipliers(settings.account, environment.symbol)
            row = self._known[environment] = self._row(*blocks, multipliers)
        return row

    def _settings(self, container: ContainerSpec) -> np.record:
        multipliers = self._multipliers(container.account, container.symbol)
        key = (container.account, container.execution, container.exits, container.risk, multipliers)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= _KEPT:
                self._rows.clear()
            row = self._rows[key] = self._row(*key)
        return row

    def multipliers(self, container: ContainerSpec) -> tuple[float, ...]:
        """What a price of 1 is worth to a container, by symbol of the data; nothing where that is 1.

        Raises ConfigError where it is not said.
        """
        account = container.account
        names = [name for name in self._symbols if name != ALL_SYMBOLS]
        if account.contract is None or container.symbol == ALL_SYMBOLS:
            return () if account.contract is None else account.multipliers(names)
        return account.multipliers([container.symbol]) * len(names)

    def _multipliers(self, account: AccountConfig, symbol: str) -> tuple[float, ...]:
        if account.contract is None:
            return ()
        return account.multipliers(
            [n for n in self._symbols if n != ALL_SYMBOLS] if symbol == ALL_SYMBOLS else [symbol]
        )

    def _row(
        self,
        account: AccountConfig,
        execution: ExecutionConfig,
        exits: ExitsConfig,
        risk: RiskConfig,
        multipliers: tuple[float, ...],
    ) -> np.record:
        row = settings_row(account, execution, exits, risk, self._bars_per_year)
        if multipliers:
            row["multipliers"] = multipliers[0]
            known = multipliers[:MAX_CONTRACTS]
            row["multipliers"][: len(known)] = known
        write_columns(row, account, self._columns)
        row["evaluation_start"] = self._evaluation_start
        return row


def _table(rows: Sequence[np.record]) -> NDArray[np.record]:
    # NumPy takes a list of records field by field.
    return np.fromiter(rows, SETTINGS_DTYPE, len(rows))
