"""Which values of which settings a configuration has, and all that there are: so that no pin is left out unseen."""

import types
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from tests.pins.stored import cases_by_event, read
from tests.pins.sweeps import Sweep, draw_sweeps

BLOCKS: dict[str, type[BaseModel]] = {
    "account": AccountConfig,
    "execution": ExecutionConfig,
    "exits": ExitsConfig,
    "risk": RiskConfig,
}
#: How containers are run, which is no part of a configuration's result.
_ELSEWHERE = (
    "execution.optimization_phase",
    "execution.validation_phase",
    "execution.live_trading_phase",
    # Came after the pins were recorded, and have random cases of their own: tests/contract/test_contracts.py,
    # test_funding.py, test_dividends_and_splits.py.
    "account.contract",
    "account.funding",
    "account.dividends",
    "account.splits",
)
#: Events and reasons that came after, of the same settings.
LATER_EVENTS = frozenset({"SPLIT"})
LATER_REASONS = frozenset({"split", "funding", "dividend"})
#: A key of `AccountConfig` with a short name.
_SHORT = {"position_size": "account.position_size"}


def labels(sweep: Sweep, index: int) -> set[str]:
    """The settings of a case that are not left at their defaults, with the values of those that are choices."""
    blocks: dict[str, Any] = {name: _copy(block) for name, block in sweep.blocks.items()}
    for name, value in sweep.cases[index].items():
        path = _SHORT.get(name, name).split(".")
        if path[0] in BLOCKS:
            _set(blocks, path, value)
    found: set[str] = set()
    for name, model in BLOCKS.items():
        found.update(_of_value(name, model.model_validate(blocks.get(name, {}))))
    return found


def all_labels() -> set[str]:
    """The labels that `labels` can return, by the models of the configuration."""
    return {label for name, model in BLOCKS.items() for label in _of_model(name, model)}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _set(node: Any, path: list[str], value: Any) -> None:
    for key, following in zip(path, path[1:], strict=False):
        if isinstance(node, list):
            node = node[int(key)]
            continue
        if node.get(key) is None or not isinstance(node[key], dict | list):
            # A fraction alone stands for a block with a rate.
            node[key] = {} if node.get(key) is None else {"type": "percent", following: node[key]}
        node = node[key]
    node[path[-1]] = value


def _of_value(path: str, model: BaseModel) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value, where = getattr(model, name), f"{path}.{name}"
        if where in _ELSEWHERE:
            continue
        if isinstance(value, BaseModel):
            yield from _of_value(_named(where, type(value)), value)
        elif isinstance(value, tuple):
            for each in value:
                yield from _of_value(where, each)
        elif isinstance(value, bool) or _choices(field.annotation):
            yield f"{where}={value}"
        elif value is not None and (field.is_required() or value != field.default):
            yield f"{where} is set"


def _of_model(path: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        where = f"{path}.{name}"
        if where in _ELSEWHERE:
            continue
        models = list(_models(field.annotation))
        for each in models:
            yield from _of_model(_named(where, each), each)
        if models:
            continue
        if field.annotation is bool:
            yield from (f"{where}=True", f"{where}=False")
        elif _choices(field.annotation):
            yield from (f"{where}={choice}" for choice in _choices(field.annotation))
        else:
            yield f"{where} is set"


def _named(path: str, model: type[BaseModel]) -> str:
    """The path of a block, with its type where it has one."""
    field = model.model_fields.get("type")
    return path if field is None else f"{path}[{_choices(field.annotation)[0]}]"


def _choices(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, tuple, Annotated):
        for each in get_args(annotation):
            yield from _models(each)


def ends() -> list[tuple[Sweep, int, str]]:
    """Each case with what it came to when it was stored: its trades, or where it failed."""
    lines = read()
    return [
        (sweep, index, case.split(" ")[1])
        for sweep in draw_sweeps()
        for index, case in enumerate(lines[sweep.number]["cases"])
    ]


def trades(end: str) -> bool:
    """Whether a case came to its end with a trade."""
    return end.isdigit() and int(end) > 0


def cases_by_label() -> Counter[str]:
    """How many cases that trade have each label."""
    return Counter(label for sweep, index, end in ends() if trades(end) for label in labels(sweep, index))


def report() -> str:
    """What the stored cases cover, for people."""
    groups: dict[str, list[str]] = defaultdict(list)
    for sweep, _, end in ends():
        for group in ("all", f"settings {sweep.kind}", f"strategy {sweep.actor.name}"):
            groups[group].append(end)
    lines = ["configurations: all, with trades, failed"]
    for name in sorted(groups):
        those = groups[name]
        failed = sum(not end.isdigit() for end in those)
        lines.append(f"  {name}: {len(those)}, {sum(map(trades, those))}, {failed}")
    lines.append("cases in which an event comes up")
    lines += [f"  {text}: {count}" for text, count in cases_by_event().items()]
    lines.append("cases with trades that have a value of a setting")
    counts = cases_by_label()
    lines += [f"  {label}: {counts[label]}" for label in sorted(all_labels())]
    return "\n".join(lines)
