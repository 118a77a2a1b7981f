"""The `contract` block of an account: what a price of 1 is worth."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from admf_jit.config.section import Section, refusal
from admf_jit.errors import ConfigError, closest
from admf_kernels.settings import MAX_CONTRACTS

_EXPECTED = "a number > 0, or a mapping of symbols to such numbers, such as {ES: 50, CL: 1000}"


def _is_factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _factors(value: object) -> object:
    """A mapping as pairs, which can be told apart by their hash; a number as it is."""
    if isinstance(value, dict) and value and all(isinstance(name, str) and name for name in value):
        if not all(map(_is_factor, value.values())):
            raise refusal(f"expected {_EXPECTED}")
        return tuple((name, float(factor)) for name, factor in sorted(value.items()))
    if not _is_factor(value):
        raise refusal(f"expected {_EXPECTED}")
    return float(value)  # type: ignore[arg-type]


def _as_written(value: Any) -> Any:
    return dict(value) if isinstance(value, tuple) else value


Factor = Annotated[float | tuple[tuple[str, float], ...], BeforeValidator(_factors), PlainSerializer(_as_written)]


class ContractConfig(Section):
    """What a price of 1 is worth for each unit, in account currency, of all symbols or by symbol: section 13."""

    added = ("tick_value",)
    multiplier: Factor | None = Field(default=None, description=_EXPECTED)
    tick_value: float | None = Field(default=None, gt=0, description="a number > 0: what tick_size is worth")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.multiplier is None) == (self.tick_value is None):
            raise refusal("expected one of multiplier and tick_value")
        return self

    def factor(self, symbol: str, tick_size: float) -> float:
        """The multiplier of a symbol. Raises ConfigError where a mapping does not name it."""
        if self.tick_value is not None:
            return self.tick_value / tick_size
        if not isinstance(self.multiplier, tuple):
            assert self.multiplier is not None
            return self.multiplier
        known = dict(self.multiplier)
        if symbol not in known:
            hint = closest(symbol, known)
            means = f"; is {hint!r} meant for it?" if hint else ""
            raise ConfigError(f"account.contract.multiplier: {symbol!r} is in the data and not in the mapping{means}")
        return known[symbol]

    def factors(self, symbols: Sequence[str], tick_size: float) -> tuple[float, ...]:
        """The multipliers of symbols that share an account. Raises ConfigError where these are too many."""
        found = tuple(self.factor(symbol, tick_size) for symbol in symbols)
        if len(found) > MAX_CONTRACTS and len(set(found)) > 1:
            raise ConfigError(
                f"account.contract.multiplier: {len(found)} symbols share an account, and have several multipliers; "
                f"expected at most {MAX_CONTRACTS} symbols, or one multiplier"
            )
        return found
