"""Commission, slippage and what cash pays for, computed by hand, and by a property for any account."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from admf_kernels import arithmetic
from admf_kernels import costs as kernels
from admf_kernels.constants import CommissionKind, SlippageKind
from admf_kernels.costs import Costs, Fees
from admf_kernels.settings import SETTINGS_DTYPE
from tests.kernels.plain import callable_from_python

fill_price = callable_from_python(kernels.fill_price)
commission = callable_from_python(kernels.commission)
fees_of = callable_from_python(kernels.fees_of)
grid_of = callable_from_python(arithmetic.grid_of)
_affordable_quantity = callable_from_python(kernels.affordable_quantity)


def affordable_quantity(fees: Fees, quantity: float, price: float, cash: float, lot: float) -> float:
    return float(_affordable_quantity(fees, quantity, price, cash, grid_of(lot)))


@dataclass(frozen=True)
class Model:
    """A cost model of which a test names the parts that matter."""

    commission: CommissionKind = CommissionKind.NONE
    rate: float = 0.0
    amount: float = 0.0
    minimum: float = 0.0
    slippage: SlippageKind = SlippageKind.NONE
    slippage_rate: float = 0.0
    slippage_amount: float = 0.0

    def costs(self) -> Costs:
        settings = np.zeros(1, SETTINGS_DTYPE)[0]
        settings["commission_kind"] = self.commission
        settings["commission_rate"] = self.rate
        settings["commission_amount"] = self.amount
        settings["commission_minimum"] = self.minimum
        settings["commission_maximum"] = math.inf
        settings["slippage_kind"] = self.slippage
        settings["slippage_rate"] = self.slippage_rate
        settings["slippage_amount"] = self.slippage_amount
        settings["slippage_exponent"] = 1.0
        return Costs(settings, True, False)

    def fees(self) -> Fees:
        return Fees(*fees_of(self.costs(), False, 0.0))


@pytest.mark.parametrize(
    ("model", "quantity", "expected"),
    [
        (Model(), 10.0, 50.0),
        (Model(slippage=SlippageKind.PERCENT, slippage_rate=0.01), 10.0, 50.5),
        (Model(slippage=SlippageKind.PERCENT, slippage_rate=0.01), -10.0, 49.5),
        (Model(slippage=SlippageKind.FIXED, slippage_amount=0.25), 10.0, 50.25),
        (Model(slippage=SlippageKind.FIXED, slippage_amount=0.25), -10.0, 49.75),
        (Model(slippage_rate=0.01, slippage_amount=0.25), 10.0, 50.0),
    ],
)
def test_slippage_always_hurts(model: Model, quantity: float, expected: float) -> None:
    assert fill_price(model.costs(), 50.0, quantity, 0.0, 0.0) == expected


@pytest.mark.parametrize(
    ("model", "quantity", "expected"),
    [
        (Model(rate=1.0, amount=5.0, minimum=9.0), 100.0, 0.0),
        (Model(CommissionKind.PERCENT, rate=0.001, amount=5.0), 100.0, 7.0),
        (Model(CommissionKind.PERCENT, rate=0.001), -100.0, 2.0),
        (Model(CommissionKind.FIXED, rate=0.001, amount=5.0), -100.0, 5.0),
        (Model(CommissionKind.PER_SHARE, rate=0.005, minimum=1.0), 100.0, 1.0),
        (Model(CommissionKind.PER_SHARE, rate=0.005, minimum=1.0), -1000.0, 5.0),
    ],
)
def test_commission_of_either_side(model: Model, quantity: float, expected: float) -> None:
    assert commission(model.fees(), quantity, 20.0) == expected


@pytest.mark.parametrize(
    ("model", "quantity", "cash", "lot", "expected"),
    [
        (Model(), 10.0, 1000.0, 0.0, 10.0),
        (Model(), 10.0, 200.0, 0.0, 10.0),
        (Model(), 10.0, 150.0, 0.0, 7.5),
        (Model(), 10.0, 150.0, 1.0, 7.0),
        (Model(CommissionKind.FIXED, amount=10.0), 10.0, 150.0, 0.0, 7.0),
        (Model(CommissionKind.FIXED, amount=10.0), 10.0, 150.0, 2.0, 6.0),
        (Model(CommissionKind.PER_SHARE, rate=5.0, minimum=1.0), 10.0, 100.0, 0.0, 4.0),
        (Model(CommissionKind.PER_SHARE, rate=0.5, minimum=30.0), 10.0, 150.0, 0.0, 6.0),
        (Model(CommissionKind.PERCENT, rate=0.25), 10.0, 100.0, 0.0, 4.0),
    ],
)
def test_a_purchase_is_cut_to_what_cash_pays_for(
    model: Model, quantity: float, cash: float, lot: float, expected: float
) -> None:
    assert affordable_quantity(model.fees(), quantity, 20.0, cash, lot) == expected


@pytest.mark.parametrize(
    "model", [Model(CommissionKind.FIXED, amount=10.0), Model(CommissionKind.PER_SHARE, minimum=10.0)]
)
def test_cash_below_the_commission_pays_for_nothing(model: Model) -> None:
    assert affordable_quantity(model.fees(), 5.0, 20.0, 9.0, 0.0) <= 0.0
    assert affordable_quantity(model.fees(), 5.0, 20.0, 9.0, 1.0) <= 0.0


models = st.one_of(
    st.builds(Model),
    st.builds(Model, st.just(CommissionKind.PERCENT), rate=st.floats(0.0, 0.1)),
    st.builds(Model, st.just(CommissionKind.FIXED), amount=st.floats(0.0, 50.0)),
    st.builds(Model, st.just(CommissionKind.PER_SHARE), rate=st.floats(0.0, 1.0), minimum=st.floats(0.0, 20.0)),
)


@settings(max_examples=400)
@example(model=Model(CommissionKind.FIXED, amount=0.8), price=0.001, cash=1.0, wanted=1.0, lot=1.0)
@given(
    models,
    st.floats(1e-3, 1e5),
    st.floats(1.0, 1e7),
    st.floats(0.01, 3.0),
    st.sampled_from([0.0, 0.0, 1.0, 10.0]),
)
def test_the_cut_quantity_is_paid_for_and_no_larger_one_would_be(
    model: Model, price: float, cash: float, wanted: float, lot: float
) -> None:
    quantity = wanted * cash / price
    if lot:
        quantity = math.floor(quantity / lot) * lot
    assume(quantity > 0.0)
    fees = model.fees()

    def cost(size: float) -> float:
        return size * price + float(commission(fees, size, price))

    cut = affordable_quantity(fees, quantity, price, cash, lot)
    money = cash * (1.0 + 2.0**-44) if lot else cash
    if cost(quantity) <= money:
        assert cut == quantity
        return
    assert cut < quantity
    if cut > 0.0:
        assert cost(cut) <= money
    if lot:
        assert cut == np.floor(cut / lot) * lot or cut <= 0.0
        assert cost(max(cut, 0.0) + lot) > money
    else:
        # Rounding of the division and of the cost may leave a few units in the last place on the table.
        above = max(cut, 0.0) + 8 * math.ulp(quantity) + 8 * math.ulp(cash) / price
        assert cost(above) > cash
