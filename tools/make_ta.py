"""Write `admf_jit/ta.py`, a function for every indicator, from the files of the indicators: `python -m tools.make_ta`.

The functions are written out so that editors and type checkers see them; a test holds them to the files.
"""

from pathlib import Path

from admf_jit.strategies.indicators import KINDS, TRADINGVIEW, Argument, IndicatorKind

FILE = Path(__file__).parents[1] / "admf_jit" / "ta.py"
_WIDTH = 120
_HEAD = '''"""Indicators to declare in a strategy class.

An argument is a number, the name of one of the strategy's parameters, or arithmetic of them: ``ta.sma(2 * period)`` and
``ta.sma("2 * period")`` follow ``period`` in a sweep (+ - * / // %, abs, float, int, max, min, round). ``source`` is
the column an indicator reads ("close" unless said otherwise), or one of your own: "x.prediction", or what `aj.column`
gave. It may be another indicator, one of its outputs, or arithmetic of all of these, and may stand first:
``ta.sma(ta.rsi(14), 5)`` is ``ta.sma(5, source=ta.rsi(14))``.
``lag=1`` gives the value of the bar before, as ``self.fast[1]`` does. ``timeframe="1h"`` computes the
indicator on longer bars made of the data's own, and gives the value of the newest one that is complete: never of one
that is still being made. ``symbol="SPY"`` computes it on the bars of another symbol of the data, and gives the value of
the newest of these that has closed. Formulas and warm-up of each are in ``docs/trading-model.md`` section 7; where an
indicator has several outputs, they are read as ``self.bands.upper``.

The functions are written by ``python -m tools.make_ta`` from the indicators' files in ``admf_kernels/indicators``.
"""

from typing import Literal

from admf_jit.strategies.expressions import Expression, Output, source_first
from admf_jit.strategies.indicators import {}
'''
_TYPES = """
Whole = int | str
Number = int | float | str
Source = str | Indicator | Output | Expression
Column = Literal["open", "high", "low", "close", "volume"]
"""
#: Editors and type checkers see the functions as they are written.
_END = """

for _name in __all__:
    globals()[_name] = source_first(globals()[_name])
"""


def written() -> str:
    """The text of the module."""
    own = [name for name in KINDS if not name.endswith(TRADINGVIEW)]
    names = "".join(f'    "{name}",\n' for name in own)
    functions = "".join(f"\n\n{_function(KINDS[name])}" for name in own)
    used = [name for name in ("choice", "kind_against", "kind_seeded") if f"{name}(" in functions]
    head = _HEAD.format(", ".join(["KINDS", "Indicator", *used, "named_bars"]))
    return f"{head}\n__all__ = [\n{names}]\n{_TYPES}{functions}{_END}"


def _function(kind: IndicatorKind) -> str:
    taken = [_taken(argument) for argument in kind.arguments]
    chosen = [argument for argument in kind.arguments if argument.choices]
    named = [text for text, argument in zip(taken, kind.arguments, strict=True) if argument not in chosen]
    words = [text for text, argument in zip(taken, kind.arguments, strict=True) if argument in chosen]
    if kind.name + TRADINGVIEW in KINDS:
        words.insert(0, 'seed: Literal["talib", "tradingview"] = "talib"')
    if "source" in kind.inputs:
        words.insert(0, 'source: Source = "close"')
    if "against" in kind.inputs:
        words.insert(1, 'against: Column = "volume"')
    words += ["lag: int = 0", "timeframe: str | None = None", "symbol: str | None = None"]
    signature = f"def {kind.name}({', '.join([*named, '*', *words])}) -> Indicator:"
    if len(signature) > _WIDTH:
        together = f"    {', '.join([*named, '*', *words])}"
        apart = "".join(f"    {each},\n" for each in [*named, "*", *words])
        inside = f"{together}\n" if len(together) <= _WIDTH else apart
        signature = f"def {kind.name}(\n{inside}) -> Indicator:"
    source = "source" if "source" in kind.inputs else '"close"'
    of = f'KINDS["{kind.name}"]' if "against" not in kind.inputs else f'kind_against(KINDS["{kind.name}"], against)'
    if kind.name + TRADINGVIEW in KINDS:
        of = f'kind_seeded("{kind.name}", seed)'
    values = [
        f'choice(KINDS["{kind.name}"], {place}, {a.name})' if a.choices else a.name
        for place, a in enumerate(kind.arguments)
    ]
    given = f"({', '.join(values)}{',' * (len(values) == 1)})"
    parts = [of, given, source, "lag", "named_bars(timeframe, symbol)"]
    made = f"    return Indicator({', '.join(parts)})"
    if len(made) > _WIDTH:
        inside = f"        {', '.join(parts)}"
        inside = inside if len(inside) <= _WIDTH else ",\n".join(f"        {part}" for part in parts) + ","
        made = f"    return Indicator(\n{inside}\n    )"
    return f'{signature}\n    """{kind.title}"""\n{made}\n'


def _taken(argument: Argument) -> str:
    """An argument as a function takes it."""
    kind = "Whole" if argument.whole else "Number"
    if argument.choices:
        kind = f"Literal[{', '.join(repr(each) for each in argument.choices)}]".replace("'", '"')
    default = "" if argument.default is None else f" = {argument.default!r}".replace("'", '"')
    return f"{argument.name}: {kind}{default}"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
