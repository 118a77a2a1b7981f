"""A strategy with parameters that may be None."""

import admf_jit as aj


@aj.strategy
class Guarded:
    """Long from bar 2 on; leaves below a floor, and after some bars, where there are such."""

    floor: float | None = None
    most: int | None = aj.parameter(None, minimum=1)
    careless: bool = False

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.careless and bar.close < self.floor:
            return aj.FLAT
        if self.floor is not None and bar.close < self.floor:
            return aj.FLAT
        if self.most is None or bar.index < self.most:
            return aj.LONG
        return aj.FLAT
