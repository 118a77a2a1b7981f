"""What an editor, a notebook and a type checker are told of the public names."""

import inspect
import pydoc
import subprocess
import sys
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.strategies import arguments
from admf_jit.strategies.builtin.sma_crossover import SmaCrossover
from admf_kernels import strategy_view
from admf_kernels.order_engine.order_api import OrderApi

TYPES = ("Bar", "Position", "Market", "Orders", "MarketData", "GridResult", "BacktestResult")


def test_dir_is_the_public_api_and_nothing_else() -> None:
    shown = [name for name in dir(aj) if not name.startswith("__")]
    assert shown == sorted(aj.__all__)
    assert set(TYPES) <= set(shown)
    for name in shown:
        assert getattr(aj, name) is not None


def test_help_shows_every_public_name() -> None:
    text = pydoc.plain(pydoc.render_doc(aj))
    for name in aj.__all__:
        assert name in text, name
    assert "import_module" not in text and "TYPE_CHECKING" not in text


def test_a_typo_is_answered() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'backtset'; did you mean 'backtest'"):
        _ = aj.backtset  # type: ignore[attr-defined]


def test_dir_loads_nothing() -> None:
    script = (
        "import sys, admf_jit; dir(admf_jit); print(*[n for n in ('numba', 'pandas', 'numpy') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []


@pytest.mark.parametrize("name", ["Bar", "Position", "Market"])
def test_arguments_have_the_fields_that_compiled_code_has(name: str) -> None:
    declared, real = getattr(arguments, name), getattr(strategy_view, name)
    assert declared._fields == real._fields


def test_orders_have_the_methods_that_compiled_code_has() -> None:
    real: Any = getattr(OrderApi, "class_type", None)
    methods = dict(real.jit_methods) if real is not None else {}
    if not methods:  # plain Python
        methods = {name: value for name, value in vars(OrderApi).items() if inspect.isfunction(value)}
    public = {
        name: list(inspect.signature(getattr(method, "py_func", method)).parameters.values())
        for name, method in methods.items()
        if not name.startswith("_") and name != "begin"
    }
    declared = {name: value for name, value in vars(arguments.Orders).items() if not name.startswith("_")}
    assert set(declared) == set(public)
    for name, method in declared.items():
        ours = list(inspect.signature(method).parameters.values())
        assert [one.name for one in ours] == [one.name for one in public[name]], name
        assert [repr(one.default) for one in ours] == [repr(one.default) for one in public[name]], name


@pytest.mark.parametrize("name", TYPES)
def test_each_type_says_what_it_is(name: str) -> None:
    assert len((getattr(aj, name).__doc__ or "").split()) > 5


def test_a_position_is_true_where_something_is_held() -> None:
    assert not aj.Position() and aj.Position(quantity=-1.0)
    assert aj.Bar(0, 0, 1.0, 2.0, 0.5, 1.5, 10.0).symbol == 0


def test_a_strategy_shows_its_parameters() -> None:
    class Bounded:
        """Trades."""

        period: int = aj.parameter(14, minimum=2, maximum=50)
        rate: float = 0.5
        long: bool = True

        def on_bar(self, bar: aj.Bar, position: aj.Position, orders: aj.Orders) -> int:
            return aj.KEEP

    declared: Any = aj.strategy(Bounded)
    assert str(inspect.signature(declared)) == "(*, period: int = 14, rate: float = 0.5, long: bool = True)"
    assert declared.__init__.__doc__ == (
        "Parameters, each of which can be swept:\n    period: int = 14 (from 2 up to 50)\n    rate: float = 0.5\n"
        "    long: bool = True"
    )
    assert declared.__doc__ == "Trades." and repr(declared(period=3)) == "Bounded(period=3, rate=0.5, long=True)"
    text = pydoc.plain(pydoc.render_doc(declared))
    assert "(*, period: int = 14" in text and "from 2 up to 50" in text


def test_annotations_do_not_enter_the_strategy() -> None:
    def digest(cls: Any) -> str:
        from admf_jit.strategies.declaration import definition_of
        from admf_jit.strategies.generate import strategy_digest
        from admf_jit.strategies.source import collect_source

        definition = definition_of(cls)
        return strategy_digest(definition, collect_source(definition))

    assert digest(Plain) == digest(annotated())
    assert list(inspect.signature(SmaCrossover).parameters)[:2] == ["fast_period", "slow_period"]


@aj.strategy
class Plain:
    """Holds."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        limit = 0.5
        seen = bar
        return aj.LONG if seen.close > limit else aj.FLAT


def annotated() -> Any:
    """The same with annotations everywhere."""

    @aj.strategy
    class Plain:
        """Holds."""

        def on_bar(self, bar: aj.Bar, position: "aj.Position") -> int:
            limit: float = 0.5
            seen: aj.Bar = bar
            return aj.LONG if seen.close > limit else aj.FLAT

    return Plain
