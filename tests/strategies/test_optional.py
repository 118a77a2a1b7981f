"""Parameters that may be None: declared, tested and swept."""

import inspect
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.testing import generate_test_data
from tests.strategies.optional import Guarded


@pytest.fixture(scope="module")
def data() -> Any:
    return generate_test_data(40, seed=4)


def exposed(result: Any) -> float:
    return float(result.metrics["exposure"])


def test_none_and_numbers_do_what_the_code_says(data: Any) -> None:
    # Sent at the close of bar 0, filled at bar 1's open: 39 of 40 bars, or those up to the fill at `most` + 1.
    assert exposed(aj.backtest(Guarded, data)) == 39 / 40
    assert exposed(aj.backtest(Guarded(most=10), data)) == 10 / 40  # type: ignore[call-arg]
    high = float(data.close.max()) + 1.0
    assert exposed(aj.backtest(Guarded(floor=high), data)) == 0.0  # type: ignore[call-arg]
    assert exposed(aj.backtest(Guarded(floor=0.0, most=None), data)) == 39 / 40  # type: ignore[call-arg]


def test_a_value_that_is_none_is_an_error_of_the_strategy(data: Any) -> None:
    with pytest.raises(
        aj.BacktestError, match="TypeError: parameter floor is None here: ask `if self.floor is not None`"
    ):
        aj.backtest(Guarded(careless=True), data)  # type: ignore[call-arg]
    failed = aj.backtest(Guarded(careless=True), data, raise_errors=False)  # type: ignore[call-arg]
    assert failed.error is not None and "optional.py:" in failed.error and "(bar 0, " in failed.error


@pytest.mark.parametrize("isolation", ["auto", "full"])
def test_none_is_swept(data: Any, tmp_path: Path, isolation: str) -> None:
    swept = {"most": [None, 5, 10], "floor": [None, 0.0]}
    many = aj.grid(Guarded, data, swept, constraints="most is None or most < 10", isolation=isolation, n_jobs=1,
                   out=tmp_path / "run")  # fmt: skip
    assert many.frame["status"].tolist() == ["ok"] * 4
    assert many.frame["most"].isna().tolist() == [True, True, False, False]
    for index, values in enumerate([(None, None), (None, 0.0), (5, None), (5, 0.0)]):
        alone = aj.backtest(Guarded(most=values[0], floor=values[1]), data)  # type: ignore[call-arg]
        assert many.frame["result_hash"][index] == alone.result_hash
    again = aj.open_run(many.directory)
    assert again.container(0).result_hash == many.frame["result_hash"][0]
    assert again.container(0).parameters == {"floor": None, "most": None, "careless": False}
    assert np.isnan(again.frame["most"][0])


def test_it_shows_what_it_takes() -> None:
    assert str(inspect.signature(Guarded)) == (
        "(*, floor: float | None = None, most: int | None = None, careless: bool = False)"
    )
    assert "most: int | None = None (from 1)" in (Guarded.__init__.__doc__ or "")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"most": 0}, "parameter most: 0: expected a whole number >= 1, or None"),
        ({"most": 2.5}, "parameter most: 2.5: expected a whole number >= 1, or None"),
        ({"careless": None}, "parameter careless: None: expected true or false"),
    ],
)
def test_other_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(aj.StrategyError, match=message):
        Guarded(**values)


@pytest.mark.parametrize("annotation", [Optional[int], int | None, "Optional[int]", "None | int", "int|None"])  # noqa: UP045
def test_every_way_to_write_the_annotation(annotation: Any) -> None:
    def on_bar(self: Any, bar: Any, position: Any) -> Any:
        return aj.KEEP

    made = aj.strategy(type("Made", (), {"__annotations__": {"most": annotation}, "most": None, "on_bar": on_bar}))
    assert made(most=3).parameters == {"most": 3} and made().parameters == {"most": None}  # type: ignore[attr-defined, call-arg]


@pytest.mark.parametrize(
    ("annotation", "message"), [(bool | None, "annotated int, float or bool"), (int, "has no default")]
)
def test_what_cannot_be_none_says_so(annotation: Any, message: str) -> None:
    body = {"__annotations__": {"most": annotation}, "most": None, "on_bar": lambda self, bar, position: 0}
    with pytest.raises(aj.StrategyError, match=message):
        aj.strategy(type("Made", (), body))


def test_no_indicator_is_computed_with_none() -> None:
    body = {
        "__annotations__": {"period": int | None},
        "period": 5,
        "average": aj.ta.sma("period"),
        "on_bar": lambda self, bar, position: 0,
    }
    with pytest.raises(aj.StrategyError, match="parameter period may be None, which no indicator"):
        aj.strategy(type("Made", (), body))
