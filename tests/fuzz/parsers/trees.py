"""Changes to trees of mappings, lists and plain values, as YAML and JSON hold them."""

import copy
import random
from collections.abc import Sequence
from typing import Any

_MOST = 200
#: What nobody expects in a document, whatever it is about.
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 5, 7, 0.5, -0.0, 1e308, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400,
    float("inf"), float("nan"), "", "\x00", "\ud800", "é\u202e", "../../etc/passwd", "/dev/zero", "x" * 300, [], {},
    [[]], [0, 0], {"a": 1}, "1d", "UTC",
]  # fmt: skip


def changed(node: Any, chance: random.Random, keys: Sequence[str], values: Sequence[Any]) -> Any:
    """Return the tree with one change: a value put somewhere, added, removed, or copied from another place."""
    places = _places(node)
    path = chance.choice(places)
    value = copy.deepcopy(chance.choice(values))
    kind = chance.randrange(5)
    if kind == 0:
        return put(node, path, value)
    if kind == 1:
        return put(node, path, copy.deepcopy(at(node, chance.choice(places))))
    if kind == 2 and path:
        del at(node, path[:-1])[path[-1]]
    elif kind == 3 and path and isinstance(at(node, path), str | int | float):
        return put(node, path, _near(at(node, path), chance))
    else:
        inner = at(node, path)
        if isinstance(inner, dict):
            inner[chance.choice(keys)] = value
        elif isinstance(inner, list):
            inner.insert(chance.randint(0, len(inner)), value)
    return node


def _near(value: Any, chance: random.Random) -> Any:
    if isinstance(value, str):
        place = chance.randint(0, len(value))
        return value[:place] + chance.choice(("", "0", "x", " ", ".", "\x00")) + value[place + chance.randint(0, 1) :]
    if isinstance(value, bool):
        return not value
    return value + chance.choice((-1, 1, 2, 0.5, 10**9))


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if len(found) < _MOST and len(path) < 50:
            found += _places(value, (*path, key))
    return found


def at(node: Any, path: tuple[Any, ...]) -> Any:
    """Return what is at a path of keys and positions."""
    for key in path:
        node = node[key]
    return node


def put(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return the tree with a value at a path."""
    if not path:
        return value
    at(node, path[:-1])[path[-1]] = value
    return node


def set_path(node: Any, path: str, value: Any) -> Any:
    """Return the tree with a value at a dotted path, and mappings on the way."""
    node = node if isinstance(node, dict) else {}
    *parents, last = path.split(".")
    inner = node
    for part in parents:
        if not isinstance(inner.get(part), dict):
            inner[part] = {}
        inner = inner[part]
    inner[last] = value
    return node
