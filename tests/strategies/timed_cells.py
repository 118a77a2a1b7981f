"""A session of IPython with cells that a magic runs, as a script."""

from IPython.core.interactiveshell import InteractiveShell

HELPER = """%%time
LIMIT = 100.0


def above(price):
    return price > LIMIT
"""
CELL = """%%time
@aj.strategy
class Timed:
    fails: bool = False

    def on_bar(self, bar, position):
        level = 1.0
        if self.fails and bar.index == 3:
            raise ValueError("three")
        return aj.ANSWER if above(bar.close * level) else aj.FLAT

    @staticmethod
    def unused(x):
        return x


first = aj.backtest(Timed, data)
"""
NESTED = """%%capture
%%time

@aj.strategy
class Nested:
    def on_bar(self, bar, position):
        return aj.LONG
"""


def side(name: str) -> str:
    """The cell that prints what a strategy opened."""
    return f"print('{name}', aj.backtest({name}, data).events.query(\"kind == 'FILL'\").quantity.iloc[0] > 0)"


if __name__ == "__main__":
    shell = InteractiveShell.instance()
    for cell in (
        "import admf_jit as aj\nfrom admf_jit.testing import generate_test_data\ndata = generate_test_data(60, seed=4)",
        HELPER,
        CELL.replace("ANSWER", "LONG"),
        "Kept = Timed",
        side("Timed"),
        CELL.replace("ANSWER", "SHORT"),
        side("Timed"),
        side("Kept"),
        "print(aj.backtest(Timed(fails=True), data, raise_errors=False).error)",
        NESTED,
        side("Nested"),
    ):
        shell.run_cell(cell, store_history=True).raise_error()
