"""`--set key=value`: replacing single values of a configuration before it is checked."""

import re
from collections.abc import Iterable
from typing import Any

from admf_jit.config.problems import FROM_OVERRIDE, Path, format_path, show
from admf_jit.config.yaml_reader import Document, has_characters_only, read_yaml
from admf_jit.errors import ConfigError

_MOST_DIGITS = 10
# Names below these keys, a strategy's own as well, may hold dots themselves: account.commission.rate is one swept name.
_DOTTED_NAMES: Path = ("optimization", "parameters")


def apply_overrides(document: Document, overrides: Iterable[str]) -> None:
    """Set each `dotted.path=value` in the document, in order; values are YAML, list positions are numbers.

    Keys that do not exist are added and left to the check of the whole, which knows every name.
    """
    for override in overrides:
        path, separator, text = override.partition("=")
        path = path.strip()
        parts = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
        if not separator or "" in parts or not has_characters_only(path):
            raise ConfigError(f"--set {show(override)}: expected key=value, such as account.cash=50000")
        value = read_yaml(text, f"--set {path}").value
        _set(document, override, parts, value)


def _set(document: Document, override: str, parts: list[str], value: Any) -> None:
    node = document.value
    path: Path = ()
    while True:
        key, parts = _next_key(node, path, parts, override)
        path = (*path, key)
        if not parts:
            node[key] = value
            for known in [place for place in document.lines if place[: len(path)] == path]:
                del document.lines[known]
            document.lines[path] = FROM_OVERRIDE
            return
        if isinstance(node, dict) and node.get(key) is None:
            node[key] = {}
            document.lines[path] = FROM_OVERRIDE
        node = node[key]


def _next_key(node: Any, path: Path, parts: list[str], override: str) -> tuple[Any, list[str]]:
    if isinstance(node, dict):
        for length in range(len(parts), 0, -1):
            if ".".join(parts[:length]) in node:
                return ".".join(parts[:length]), parts[length:]
        if path[-2:] == _DOTTED_NAMES:
            return ".".join(parts), []
        return parts[0], parts[1:]
    place = format_path(path)
    if isinstance(node, list):
        if parts[0].isdecimal() and len(parts[0]) < _MOST_DIGITS and int(parts[0]) < len(node):
            return int(parts[0]), parts[1:]
        known = f"positions 0 to {len(node) - 1}" if node else "no positions"
        raise ConfigError(f"--set {show(override)}: {place} has {known}, not {show(parts[0])}")
    raise ConfigError(f"--set {show(override)}: {place} is {show(node)}, which has no key {show(parts[0])}")
