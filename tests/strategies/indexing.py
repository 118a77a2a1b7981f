"""Strategies that index in every way there is; each form goes wrong at its own line, marked with its number."""

import numpy as np

import admf_jit as aj
from admf_jit import ta

#: As many predictions as `WRONG_AT`: bar 20 has none.
PREDICTIONS = np.linspace(1.0, 2.0, 20)
TABLE = np.arange(40.0).reshape(20, 2)
NOTHING = np.zeros(0)
WRONG_AT = 20
FORMS = 27


def predicted(index: int) -> float:
    return float(PREDICTIONS[index])  # form 2


@aj.strategy
class Forms:
    """Right up to bar 19, and outside of what it indexes at bar 20, by the form that it is told."""

    form: int = 0

    def on_bar(self, bar, position):
        i = bar.index
        seen = np.zeros(20)
        small = (1.0, 2.0, 3.0)
        few = i - 17 if i >= 17 else 0
        before = -1 - i
        if self.form == 0:
            return PREDICTIONS[i] > 0.0  # form 0
        if self.form == 1:
            return PREDICTIONS[before] > 0.0  # form 1
        if self.form == 2:
            return predicted(i) > 0.0
        if self.form == 3:
            seen[i] = 1.0  # form 3
            return seen[0] > 0.0
        if self.form == 4:
            seen[i] += 1.0  # form 4
        if self.form == 5:
            return TABLE[i, 1] > 0.0  # form 5
        if self.form == 6:
            return TABLE[i][0] > 0.0  # form 6
        if self.form == 7:
            return TABLE[0, i // 10] > 0.0  # form 7
        if self.form == 8:
            return TABLE[i, :].sum() > 0.0  # form 8
        if self.form == 9:
            return TABLE[..., i // 10][0] > 0.0  # form 9
        if self.form == 10:
            at = (i, 0)
            return TABLE[at] > 0.0  # form 10
        if self.form == 11:
            return PREDICTIONS[np.array([0, i])].sum() > 0.0  # form 11
        if self.form == 12:
            mask = np.ones(20 if i < 20 else 21) > 0.0
            return PREDICTIONS[mask].sum() > 0.0  # form 12
        if self.form == 13:
            return small[few] > 0.0  # form 13
        if self.form == 14:
            return [1.0, 2.0, 3.0][few] > 0.0  # form 14
        if self.form == 15:
            return (PREDICTIONS if i < 20 else NOTHING)[0] > 0.0  # form 15
        if self.form == 16:
            part = PREDICTIONS[: 20 - i]
            return part[0] > 0.0  # form 16
        if self.form == 17:
            return sum([PREDICTIONS[k] for k in range(i + 1)]) > 0.0  # form 17
        if self.form == 18:
            total = 0.0
            for k in range(i + 1):
                total += PREDICTIONS[k]  # form 18
            return total > 0.0
        if self.form == 19:
            return np.cumsum(PREDICTIONS)[i] > 0.0  # form 19
        if self.form == 20:
            a, b = PREDICTIONS[i - 1], PREDICTIONS[i]  # form 20
            return a < b
        if self.form == 21:
            return PREDICTIONS[-i - 1 :][0] + PREDICTIONS[i + (1 << 40) * (i >= 20)] > 0.0  # form 21
        if self.form == 22:
            return 1.0 / (PREDICTIONS[i - 1] - (2.0 if i == 20 else 0.0)) > 0.0  # form 22
        if self.form == 23:
            return i % (20 - i) >= 0  # form 23
        if self.form == 25:
            return PREDICTIONS.flat[i] > 0.0  # form 25
        if self.form == 26:
            own = np.zeros(20)
            own += PREDICTIONS if i < 20 else TABLE[0]  # form 26
            return own[0] > 0.0
        if self.form == 24:
            i //= 20 - i  # form 24
        return aj.LONG


@aj.strategy
class Caught:
    """Catches what it does wrong, as it may, and goes on."""

    form: int = 0

    def on_bar(self, bar, position):
        value = 0.0
        try:
            if self.form == 0:
                value = PREDICTIONS[bar.index]
            if self.form == 1:
                value = predicted(bar.index)
            if self.form == 2:
                value = 1.0 / (20 - bar.index)
        except Exception:
            return aj.FLAT
        return aj.LONG if value > 0.0 else aj.KEEP


@aj.strategy
class Ordering:
    """The same from an engine of its own, with state and orders."""

    count = 0
    form: int = 0

    def on_bar(self, bar, position, orders):
        if self.form == 0 and PREDICTIONS[self.count] > 3.0:  # ordered 0
            orders.market(1.0)
        if self.form == 1 and 1.0 / (20 - self.count) > 3.0:  # ordered 1
            orders.market(1.0)
        self.count += 1
        return aj.KEEP


@aj.strategy
class Weighing:
    """Writes beyond the symbols that there are."""

    form: int = 0
    average = ta.sma(2)

    def target_weights(self, market, weights):
        slot = 0 if market.index < 20 else len(weights)
        if self.form == 0:
            weights[slot] = 0.5  # weighed 0
        if self.form == 1:
            weights[0] = 0.5 if self.average[slot] > 0.0 else 0.0  # weighed 1
        if self.form == 2:
            weights[0] += 0.5 if market.close[slot] > 0.0 else 0.0  # weighed 2


@aj.strategy
class Within:
    """Indexes that are right, negative ones as in Python: long while the values below are what Python says."""

    def on_bar(self, bar, position):
        first = PREDICTIONS[-20] == 1.0 and PREDICTIONS[-1] == 2.0 and TABLE[-1, -2] == 38.0
        sliced = len(PREDICTIONS[5:99]) == 15 and len(PREDICTIONS[99:]) == 0 and TABLE[-2:, 1].sum() == 76.0
        turned = PREDICTIONS[::-1][0] == 2.0 and (1, 2.5, True)[1] == 2.5 and "abc"[-1] == "c"
        own = np.zeros((2, 3))
        own[-1, -1] = 2.0
        own[0, :] = 1.0
        own[1, 0] += 4.0
        sliced = sliced and PREDICTIONS.flat[-1] == 2.0
        return first and sliced and turned and own.sum() == 9.0 and own[:, -1][1] == 2.0
