"""Messages about a configuration: each names the key, the value and what was expected."""

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError

from admf_jit.errors import ConfigError, closest

Path = tuple[str | int, ...]

# Stands where a line number does, for values that the command line gave.
FROM_OVERRIDE = "--set"

_shorten = reprlib.Repr()
_shorten.maxstring = _shorten.maxother = _shorten.maxlong = 80


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, and what was found and expected there."""

    path: Path
    text: str


def format_path(path: Sequence[str | int]) -> str:
    """Return a path as messages and `--set` write it: keys joined by dots, positions in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def refuse(problems: Iterable[Problem], source: str = "", lines: Mapping[Path, str] | None = None) -> ConfigError:
    """Return one ConfigError with a line for each problem, led by file and line where they are known."""
    messages = []
    for problem in problems:
        line = _line_of(problem.path, lines or {})
        place = line if line == FROM_OVERRIDE else ":".join(part for part in (source, line) if part)
        messages.append(": ".join(part for part in (place, format_path(problem.path), problem.text) if part))
    return ConfigError("\n".join(messages))


#: Names of settings in vectorbt, backtesting.py and backtrader: the key that each is here, and how it is written.
_ELSEWHERE = {
    "fees": ("commission", "commission, a fraction such as 0.001"),
    "fixed_fees": ("commission", "commission: {type: fixed, amount: ...}"),
    "init_cash": ("cash", "cash"),
    "sl_stop": ("exits", "exits: {stop_loss: ...}"),
    "tp_stop": ("exits", "exits: {take_profit: ...}"),
    "tsl_stop": ("exits", "exits: {trailing_stop: ...}"),
    "sl_trail": ("exits", "exits: {trailing_stop: ...}"),
    "stop_loss": ("exits", "exits: {stop_loss: ...}"),
    "take_profit": ("exits", "exits: {take_profit: ...}"),
    "trailing_stop": ("exits", "exits: {trailing_stop: ...}"),
    "trade_on_close": ("fill", "fill: same_close"),
    "spread": ("slippage", "slippage: {type: spread, ...}"),
}


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the text for an unknown name: the nearest known one, or all of them if none is near."""
    names = list(known)
    key, written = _ELSEWHERE.get(name, ("", ""))
    if key in names:
        return f"unknown {kind}; expected {written}"
    hint = closest(name, names)
    if hint:
        return f"unknown {kind}; did you mean {hint!r}?"
    return f"unknown {kind}; expected one of {', '.join(names)}" if names else f"unknown {kind}; none is expected here"


def show(value: object) -> str:
    """Return a value as messages show it: as Python writes it, cut when long."""
    return _shorten.repr(value)


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return the problems that pydantic found, in the vocabulary of the configuration's own keys."""
    problems = []
    suggested = set()
    for entry in error.errors(include_url=False):
        place = _locate(entry["loc"], model)
        if entry["type"] == "extra_forbidden":
            key = str(place.path[-1])
            suggested.add((*place.path[:-1], closest(key, place.known)))
        problems.append((entry["type"], _problem(dict(entry), place)))
    # A misspelled key is one problem, not two: its missing twin is left out.
    return [problem for kind, problem in problems if kind != "missing" or problem.path not in suggested]


@dataclass(frozen=True)
class _Place:
    path: Path
    known: tuple[str, ...]  # keys of the mapping that the path's last key stands in
    expected: str
    tags: tuple[str, ...]  # types that the value can have, where it is a mapping with a type


def _locate(location: tuple[str | int, ...], model: type[BaseModel]) -> _Place:
    """Walk the models along pydantic's location, which also holds the tag of every union on the way."""
    path: list[str | int] = []
    known: tuple[str, ...] = tuple(model.model_fields)
    expected = ""
    current: Any = model
    tagged = False
    for part in location:
        if tagged:
            current = next(option for option in blocks_among(current) if part == tag_of(option))
            tagged = False
            continue
        path.append(part)
        if isinstance(current, type) and issubclass(current, RootModel):
            current = get_args(current.model_fields["root"].annotation)[1]
        elif isinstance(current, type) and issubclass(current, BaseModel):
            known = tuple(current.model_fields)
            field = current.model_fields.get(str(part))
            expected = (field.description or "") if field else ""
            current = field.annotation if field else None
            tagged = field is not None and field.discriminator is not None
            if not tagged and get_origin(current) not in (tuple, dict) and len(blocks_among(current)) == 1:
                current = blocks_among(current)[0]
        elif get_origin(current) is tuple:
            current = get_args(current)[0]
        elif get_origin(current) is dict:
            current = get_args(current)[1]
        else:
            current = None
    return _Place(
        tuple(path), known, expected, tuple(tag_of(option) for option in blocks_among(current)) if tagged else ()
    )


def blocks_among(annotation: Any) -> list[type[BaseModel]]:
    """Return the blocks among the alternatives of an annotation."""
    return [option for option in get_args(annotation) if isinstance(option, type) and issubclass(option, BaseModel)]


def tag_of(option: type[BaseModel]) -> str:
    """Return the name by which `type` chooses this block."""
    return str(get_args(option.model_fields["type"].annotation)[0])


def _problem(entry: dict[str, Any], place: _Place) -> Problem:
    kind, context, value = entry["type"], entry.get("ctx", {}), entry["input"]
    path = place.path
    if kind == "extra_forbidden":
        return Problem(path, unknown("key", str(path[-1]), place.known))
    if kind == "missing":
        return Problem(path, "missing; expected " + (place.expected or "a mapping"))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, "type")
        if kind == "union_tag_not_found":
            return Problem(path, f"missing; expected one of {', '.join(place.tags)}")
        return Problem(path, _choice(context["tag"], context["expected_tags"].replace("'", "").split(", ")))
    if kind == "literal_error":
        names = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return Problem(path, _choice(value, names))
    if kind == "refused":
        text = context["text"]
        return Problem(path, text if isinstance(value, BaseModel | dict) else f"is {show(value)}; {text}")
    mapping = kind in ("model_type", "model_attributes_type", "dict_type")
    expected = place.expected if place.expected and not mapping else ("a mapping" if mapping else entry["msg"])
    return Problem(path, f"is {show(value)}; expected {expected}")


def _choice(value: object, names: list[str]) -> str:
    hint = closest(value, names) if isinstance(value, str) else ""
    text = f"is {show(value)}; expected " + (names[0] if len(names) == 1 else f"one of {', '.join(names)}")
    return text + (f"; did you mean {hint!r}?" if hint else "")


def _line_of(path: Path, lines: Mapping[Path, str]) -> str:
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return ""
