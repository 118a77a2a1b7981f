"""Constraints of a grid: any text is refused, or means what Python makes of it."""

import random
import re
from types import SimpleNamespace

from admf_jit.config.problems import Problem
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.survivors import parse_constraints, surviving_positions

KNOWN = {"fast": 1, "slow": 2, "x": 0.5, "flag": True, "account.cash": 1.0, "account.margin.leverage": 1, "symbol": "A"}
AXES = (Axis("fast", "parameter", "fast", (1, -3)), Axis("x", "parameter", "x", (0.5, 0.0)))
FIXED = {"slow": 2, "flag": True, "account.cash": 1e5, "account.margin.leverage": 2, "symbol": "A"}
ROWS = ({"fast": 1, "x": 0.5}, {"fast": 1, "x": 0.0}, {"fast": -3, "x": 0.5}, {"fast": -3, "x": 0.0})
SEEDS = [
    text.encode()
    for text in (
        "fast < slow",
        "flag",
        "not flag or x",
        "fast < slow <= 10",
        "abs(fast - slow) >= 2 and x != 0.5",
        "account.cash > 1e4",
        "account.margin.leverage ** 2 == 4",
        "max(fast, slow, 3) % 2 == 1 or min(x, 1.5) // 1 < 0",
        "(fast > 1) + (slow > 0) == 2",
        "-fast ** -2 > +x",
        "__import__('os').system('x') == 0",
    )
]
DICTIONARY = [
    *KNOWN, "abs(", "min(", "max(", " and ", " or ", "not ", "**", "//", "<=", ">=", "==", "!=", "True", "False",
    "1e308", "0.1", "10", "lambda:", "()", ".a", "[0]", "f'{x}'", ":=", " if ", " else ", "*x", "é", "\x00", "1_0",
    "0x1f", "1j", "999999999999", "await ", "yield ", " is ", " in ", "~", "...", "'a'", "b''", "{", "#", "\\",
]  # fmt: skip
LONGEST = 1100
_MARKS = "()<>=!+-*/%.,' 0123456789"


def check(data: bytes) -> bool:
    """Read the text as a constraint, compare its answers with Python's, and filter a small grid by it."""
    text = data.decode("utf-8", "surrogateescape")
    problems: list[Problem] = []
    read = parse_constraints([text], KNOWN, problems)
    if not read:
        assert problems[0].text and problems[0].path == ("optimization", "constraints", 0)
        return False
    (constraint,) = read
    known = {name.partition(".")[0] for name in constraint.names}
    assert known <= {name.partition(".")[0] for name in KNOWN}, constraint.names
    answers = [_answer(constraint, {**FIXED, **row}) for row in ROWS]
    try:
        positions = surviving_positions(AXES, [constraint], FIXED)
    except ConfigError as error:
        assert str(error).startswith("optimization.constraints[0]: ")
        assert None in answers or not any(answers)
    else:
        assert positions.tolist() == [place for place, answer in enumerate(answers) if answer]
    return True


def _answer(constraint, values):
    """The truth of a constraint at some values, None where it cannot be evaluated; held to what Python says."""
    row = tuple(values[name] for name in constraint.names)
    try:
        answer = constraint.evaluate(row)
    except (ArithmeticError, ValueError):
        return None
    names = {name: value for name, value in values.items() if "." not in name}
    margin = SimpleNamespace(leverage=values["account.margin.leverage"])
    names["account"] = SimpleNamespace(cash=values["account.cash"], margin=margin)
    # Only what was let through comes here: names, numbers, operators and comments. Between parentheses Python takes
    # line ends for blanks.
    source = "(" + re.sub("#[^\n]*", "", constraint.text) + "\n)"
    expected = eval(source, {"__builtins__": {"abs": abs, "min": min, "max": max}}, names)
    assert type(answer) is type(expected), (answer, expected)
    assert answer == expected or (answer != answer and expected != expected), (answer, expected)
    return bool(answer)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Put a word in, take a piece out, double it, or put brackets around it."""
    text = data.decode("utf-8", "surrogateescape")
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice((0, 1, 2, 5, 10, 40)))
    piece = text[start:end]
    kind = chance.randrange(7)
    if kind < 2:
        piece = chance.choice(DICTIONARY)
    elif kind == 2:
        piece = ""
    elif kind == 3:
        piece *= chance.choice((2, 3, 60))
    elif kind == 4:
        piece = f"({piece})"
    elif kind == 5:
        piece = (
            f" {chance.choice(list(KNOWN))} {chance.choice(('<', '+', '-', '*', '/', '%', '**', 'and', 'or', '=='))} "
        )
    else:
        piece = chance.choice(_MARKS)
    return (text[:start] + piece + text[end:]).encode("utf-8", "surrogateescape")
