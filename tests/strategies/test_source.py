# ruff: noqa: E501
"""What a strategy's code may use, what its identity depends on, and the message, with its line, for what is refused."""

import linecache
import sys
from pathlib import Path
from types import ModuleType

import pytest

import admf_jit as aj
from admf_jit.strategies.declaration import Definition, definition_of
from admf_jit.strategies.generate import generate
from admf_jit.strategies.resolve import resolve_strategy
from admf_kernels.constants import TimeInForce
from tests.strategies.declare import class_with, declared, line_of, module_from, on_bar

FIELDS = "period: int = 3\naverage = ta.sma('period')\nbands = ta.bollinger(5)\ncount = 0\nready = False"


def digest(definition: Definition) -> str:
    return generate(definition).strategy_digest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x = self.perid  # here", "strategy Mine has no attribute 'perid'; did you mean self.period?"),
        ("x = self.zzz  # here", "strategy Mine has no attribute 'zzz'"),
        (
            "x = self.bands  # here",
            "self.bands (bollinger) has several outputs: use self.bands.upper, self.bands.middle, self.bands.lower",
        ),
        ("x = self.bands.uper  # here", "self.bands (bollinger) has no output 'uper': upper?"),
        ("self.bands.upper = 1.0  # here", "self.bands.upper cannot be assigned"),
        ("self.period = 4  # here", "self.period is a parameter and cannot be assigned"),
        ("self.average += 1.0  # here", "self.average is an indicator and cannot be assigned"),
        ("self.cuont = 4  # here", "strategy Mine has no state field 'cuont'; did you mean self.count?"),
        (
            "self.other = 4.0  # here",
            "strategy Mine has no state field 'other'; declare it in the class body: other = 0.0",
        ),
        ("self.count: int = 1  # here", "assign a state field with =: self.count = "),
        ("for self.count in range(3): pass  # here", "assign a state field with =: self.count = "),
        ("bar.close = 1.0  # here", "bar.close cannot be assigned: only a method can assign, and only state fields"),
        ("import math as m  # here", "an import belongs at the top of the file"),
        ("global LIMIT  # here", "LIMIT cannot be changed from a strategy: keep what changes in a state field"),
        ("x = LIMTI  # here", "name 'LIMTI' is not defined; did you mean 'LIMIT'?"),
        ("x = math.sqroot(4.0)  # here", "module math has no 'sqroot'"),
        ("x = aj.LNOG  # here", "module admf_jit has no 'LNOG'; did you mean 'LONG'?"),
        (
            "x = len(TABLE)  # here",
            "TABLE is a dict: on_bar can use numbers, bools, strings, tuples of them, NumPy arrays of numbers",
        ),
        ("x = HUGE[0]  # here", "HUGE is a ndarray: on_bar can use numbers"),
        ("x = self.random.gauss()  # here", "self.random has no 'gauss'; expected uniform or normal"),
        ("x = self.random.uniforme()  # here", "self.random has no 'uniforme'; did you mean 'uniform'?"),
        (
            "x = np.random.rand()  # here",
            "numpy.random.rand would give other results each time: use self.random.uniform()",
        ),
        ("x = random.random()  # here", "random.random would give other results each time: use self.random.uniform()"),
        ("x = changing(self)  # here", "s.count cannot be assigned: only a method can assign"),
    ],
)
def test_a_refusal_names_the_line_and_what_was_expected(tmp_path: Path, line: str, message: str) -> None:
    above = (
        "import random\n\nLIMIT = 4.0\nTABLE = {}\nHUGE = (np.zeros(10_001),)\n\ndef changing(s):\n    s.count = 3\n\n"
    )
    definition = declared(tmp_path, on_bar(f"y = 1\n{line}\nreturn aj.LONG", above, FIELDS))
    with pytest.raises(aj.StrategyError) as refused:
        generate(definition)
    place = line_of(definition, "s.count = 3" if "changing" in line else "# here")
    assert str(refused.value).startswith(f"{place}: ")
    assert message in str(refused.value)


def test_a_method_without_self_is_refused(tmp_path: Path) -> None:
    body = "def helper():\n    return 1\n\ndef on_bar(self, bar, position):\n    return aj.LONG"
    with pytest.raises(aj.StrategyError, match="method helper takes no self: make it a @staticmethod"):
        generate(declared(tmp_path, class_with(body)))


def test_source_that_cannot_be_read_is_refused() -> None:
    module: dict[str, object] = {}
    exec(
        "import admf_jit as aj\n@aj.strategy\nclass Mine:\n    def on_bar(self, bar, position):\n        return 1\n",
        module,
    )
    with pytest.raises(aj.StrategyError, match="strategy Mine: the source of on_bar cannot be read"):
        generate(definition_of(module["Mine"]))


BASE = on_bar(
    "# answers\nreturn aj.LONG if scaled(bar.close) > LIMIT else aj.FLAT",
    "LIMIT = 4.0\n\ndef inner(x):\n    return x * 2.0\n\ndef scaled(x):\n    return inner(x) + 1.0\n",
    "period: int = 3\naverage = ta.sma('period')\ncount = 0",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LIMIT = 4.0", "LIMIT = 5.0"),
        ("x * 2.0", "x * 3.0"),
        ("+ 1.0", "- 1.0"),
        ("else aj.FLAT", "else aj.SHORT"),
        ("count = 0", "count = 1"),
        ("count = 0", "count = 0.0"),
        ("count = 0", "count = False"),
        ("ta.sma('period')", "ta.ema('period')"),
        ("ta.sma('period')", "ta.sma('period', lag=1)"),
        ("ta.sma('period')", "ta.sma('period', source='open')"),
        ("ta.sma('period')", "ta.sma(3)"),
        ("period: int", "width: float = 1.0\n    period: int"),
    ],
)
def test_a_change_of_meaning_is_another_strategy(tmp_path: Path, before: str, after: str) -> None:
    assert BASE.count(before) == 1
    changed = declared(tmp_path, BASE.replace(before, after))
    assert digest(changed) != digest(declared(tmp_path, BASE))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# answers", "# answers\n        # something else"),
        ("LIMIT = 4.0", "UNUSED = 7\n\n\n\nLIMIT = 4.0"),
        ("def scaled(x):", "def scaled(x: float) -> float:\n    '''Say what it does.'''"),
        ("@aj.strategy\n", "def unused(x):\n    return x\n\n\n@aj.strategy\n"),
        ("inner(x) + 1.0", "(inner(x)) + 1.0"),
    ],
)
def test_moving_or_commenting_is_the_same_strategy(tmp_path: Path, before: str, after: str) -> None:
    assert BASE.count(before) == 1
    same = declared(tmp_path, BASE.replace(before, after))
    assert digest(same) == digest(declared(tmp_path, BASE))
    assert generate(same).digest == generate(declared(tmp_path, BASE)).digest


def test_the_default_of_a_parameter_is_not_part_of_the_code(tmp_path: Path) -> None:
    other = declared(tmp_path, BASE.replace("period: int = 3", "period: int = 4"))
    assert digest(other) == digest(declared(tmp_path, BASE)), "its value stands in each container's parameters"


def with_module(tmp_path: Path, how: str, use: str) -> Definition:
    module_from(tmp_path / "settings_of_mine.py", "settings_of_mine")
    return declared(tmp_path, on_bar(f"return aj.LONG if {use} > bar.close else aj.FLAT", f"{how}\n"))


@pytest.mark.parametrize(
    ("how", "use"),
    [
        ("from settings_of_mine import LIMIT", "LIMIT"),
        ("import settings_of_mine as s", "s.LIMIT"),
        ("from settings_of_mine import scaled", "scaled(1.0)"),
        ("import settings_of_mine", "settings_of_mine.scaled(1.0)"),
        ("import settings_of_mine", "settings_of_mine.fast(1.0)"),
        ("import settings_of_mine", "settings_of_mine.Side.UP"),
    ],
)
def test_what_comes_from_another_module_counts(tmp_path: Path, how: str, use: str) -> None:
    text = (
        "from enum import IntEnum\nfrom numba import njit\nLIMIT = {value}\n\nclass Side(IntEnum):\n    UP = {value}\n\n"
        "def scaled(x):\n    return x * LIMIT\n\n@njit\ndef fast(x):\n    return scaled(x) + 1.0\n"
    )
    digests = set()
    for value in (4, 51, 4):
        (tmp_path / "settings_of_mine.py").write_text(text.format(value=value))
        linecache.checkcache()
        definition = with_module(tmp_path, how, use)
        digests.add(digest(definition))
        assert "settings_of_mine" not in generate(definition).text.split("\n", 1)[1].replace("settings_of_mine_", "")
    assert len(digests) == 2


def test_a_closure_counts(tmp_path: Path) -> None:
    text = (
        "def made(limit):\n    @aj.strategy\n    class Inner:\n        def on_bar(self, bar, position):\n"
        "            return aj.LONG if bar.close > limit else aj.FLAT\n    return Inner\n\nMine = made({value})\nAgain = made({value})\n"
    )
    first = declared(tmp_path, text.format(value=4.0))
    second = declared(tmp_path, text.format(value=4.5))
    again = declared(tmp_path, text.format(value=4.0), "Again")
    assert digest(first) != digest(second)
    assert digest(first) == digest(again)


@pytest.mark.parametrize(
    "value",
    [
        "float('nan')",
        "float('-inf')",
        "-0.0",
        "0.1",
        "(1, 2.5, (True, 'a'))",
        "np.float32(0.1)",
        "(1.5, np.array([[0.1, -0.0], [np.nan, 3.0]]))",
        "(np.arange(3),)",
    ],
)
def test_a_constant_is_written_to_the_bit(tmp_path: Path, value: str) -> None:
    definition = declared(tmp_path, on_bar("return aj.LONG if CONSTANT is None else aj.FLAT", f"CONSTANT = {value}\n"))
    (line,) = [line for line in generate(definition).text.split("\n") if line.startswith("CONSTANT = ")]
    import numpy as np

    space: dict[str, object] = {"np": np}
    exec(line, space)
    expected = sys.modules[definition.cls.__module__].CONSTANT
    expected = expected.item() if isinstance(expected, np.generic) else expected
    assert repr(space["CONSTANT"]) == repr(expected)


@pytest.mark.parametrize(
    "name", ["kernel", "on_bar", "Strategy", "Sma", "update_sma", "user_function", "run_batch", "Any"]
)
def test_a_users_name_may_be_one_of_the_generated_modules_own(tmp_path: Path, name: str) -> None:
    text = on_bar(
        f"return aj.LONG if {name}(bar.close) > self.average else aj.FLAT",
        f"def {name}(x):\n    return x + 1.0\n",
        "average = ta.sma(3)",
    )
    generated = generate(declared(tmp_path, text)).text
    assert f"def {name}_2(x):" in generated
    assert f"{name}_2(bar.close)" in generated


def test_helpers_of_one_name_from_two_modules_are_told_apart(tmp_path: Path) -> None:
    for number in (1, 2):
        path = tmp_path / f"helpers_{number}.py"
        path.write_text(f"FACTOR = {number}.0\n\ndef scaled(x):\n    return x * FACTOR\n")
        module_from(path, f"helpers_{number}")
    text = on_bar(
        "return aj.LONG if one(bar.close) > two(bar.open) else aj.FLAT",
        "from helpers_1 import scaled as one\nfrom helpers_2 import scaled as two\n",
    )
    generated = generate(declared(tmp_path, text)).text
    assert "FACTOR = 1.0" in generated and "FACTOR_2 = 2.0" in generated
    assert "x * FACTOR_2" in generated


def test_a_notebook_cell_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython runs a cell in ``__main__`` and puts its text into linecache; the class is redefined by running it again."""
    digests = []
    for number, limit in enumerate((100.0, 120.0)):
        cell = f"import admf_jit as aj\n\nLIMIT = {limit}\n\n@aj.strategy\nclass Mine:\n    def on_bar(self, bar, position):\n        return aj.LONG if bar.close > LIMIT else aj.FLAT\n"
        file = f"<ipython-input-{number}-abcdef>"
        monkeypatch.setitem(linecache.cache, file, (len(cell), None, cell.splitlines(keepends=True), file))
        main = ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", main)
        exec(compile(cell, file, "exec"), main.__dict__)
        digests.append(digest(definition_of(main.Mine)))
    assert digests[0] != digests[1]


def test_every_built_in_generates() -> None:
    from admf_jit.strategies.resolve import BUILT_IN

    assert len({digest(resolve_strategy(name)) for name in BUILT_IN}) == len(BUILT_IN)


@pytest.mark.parametrize("name", ["GTC", "DAY", "GTD", "IOC", "FOK"])
def test_times_in_force_have_names_that_a_strategy_may_use(tmp_path: Path, name: str) -> None:
    body = f"def on_bar(self, bar, position, orders):\n    orders.limit(1, bar.low, tif=aj.{name})\n    return aj.KEEP"
    generate(declared(tmp_path, class_with(body)))
    assert getattr(aj, name) == TimeInForce[name]
