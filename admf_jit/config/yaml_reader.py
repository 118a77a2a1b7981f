"""Reading YAML: safe types only, no duplicate keys, no alias bombs, and the line of every key.

Scalars follow YAML 1.2 where 1.1 surprises: `on` and `NO` are texts (both are ticker symbols), `1e-3` is a
number, `2024-01-31` is a text that `data.start` checks, and `0700` is a text instead of an octal number.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from admf_jit.config.problems import Path
from admf_jit.errors import ConfigError

#: The reader is plain Python: more of what is densest takes longer than anybody waits for an answer.
MAX_BYTES = 200_000
MAX_NODES = 1_000_000
MAX_DEPTH = 32

_TAG = "tag:yaml.org,2002:"
_EXPONENT = r"[eE][-+]?[0-9]+"
_FLOAT = rf"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:{_EXPONENT})?|\.[0-9][0-9_]*(?:{_EXPONENT})?|[0-9][0-9_]*{_EXPONENT})"


class _Loader(yaml.SafeLoader):
    """A SafeLoader with its own scalars and with a bound on nesting."""

    yaml_implicit_resolvers: dict[Any, Any] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, f"nested more than {MAX_DEPTH} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", _FLOAT + r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    _starts = [*_first, ""] if _name == "null" else list(_first)
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _starts)


@dataclass
class Document:
    """A YAML text as plain Python values, and the place (line) at which each path is written."""

    value: Any
    lines: dict[Path, str] = field(default_factory=dict)


def read_yaml(text: str, source: str) -> Document:
    """Read one YAML document; `source` names it in errors. Raises ConfigError with file, line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ConfigError(f"{source}: expected at most {MAX_BYTES:,} bytes of YAML")
    try:
        node = _compose(text, source)
        document = Document(None)
        if node is not None:
            _check_size(node, {}, set())
            document.value = _construct(node, (), document.lines)
        return document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        hint = "; indent with spaces, not tabs" if "'\\t'" in str(error.problem) else ""
        raise ConfigError(f"{place}: {error.problem or error.context}{hint}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{source}:{line}: character {error.character!r} is not allowed in YAML") from None


def _compose(text: str, source: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError) as error:  # an escape of a character that there is not
        raise ConfigError(f"{source}:{loader.line + 1}:{loader.column + 1}: {error}") from None
    finally:
        loader.dispose()


def _refuse(node: yaml.Node, text: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, text, node.start_mark)


def _check_size(node: yaml.Node, sizes: dict[int, int], open_nodes: set[int]) -> int:
    """Return the number of nodes with aliases written out; each anchor is counted once, which is linear."""
    if id(node) in open_nodes:
        raise _refuse(node, "an anchor that contains an alias of itself")
    if id(node) not in sizes:
        open_nodes.add(id(node))
        children = [] if isinstance(node, yaml.ScalarNode) else node.value
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        sizes[id(node)] = 1 + sum(_check_size(child, sizes, open_nodes) for child in children)
        open_nodes.discard(id(node))
        if sizes[id(node)] > MAX_NODES:
            raise _refuse(node, f"expected at most {MAX_NODES:,} values once aliases are written out")
    return sizes[id(node)]


def _construct(node: yaml.Node, path: Path, lines: dict[Path, str]) -> Any:
    lines.setdefault(path, str(node.start_mark.line + 1))
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        if node.tag != _TAG + "seq":
            raise _refuse(node, f"tag {node.tag!r} is not allowed")
        return [_construct(item, (*path, position), lines) for position, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)  # the only other kind there is
    return _construct_scalar(node)


def _construct_mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, str]) -> dict[str, Any]:
    if node.tag != _TAG + "map":
        raise _refuse(node, f"tag {node.tag!r} is not allowed")
    result: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == _TAG + "merge":
            sources = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for source in sources:
                if not isinstance(source, yaml.MappingNode):
                    raise _refuse(value_node, "expected a mapping, or a list of mappings, after <<")
                merged = {**_construct_mapping(source, path, {}), **merged}
            continue
        if key_node.tag != _TAG + "str":
            raise _refuse(key_node, "expected a key that is a text")
        _check_characters(key_node)
        if key_node.value in result:
            raise _refuse(key_node, f"key {key_node.value!r} is given twice")
        lines[(*path, key_node.value)] = str(key_node.start_mark.line + 1)
        result[key_node.value] = _construct(value_node, (*path, key_node.value), lines)
    return {**merged, **result}


def has_characters_only(text: str) -> bool:
    """Tell a text that a file can hold from one with half of a surrogate pair, which only an escape can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_characters(node: yaml.ScalarNode) -> None:
    if not has_characters_only(str(node.value)):
        raise _refuse(node, "half of a surrogate pair, which is no character")


def _construct_scalar(node: yaml.ScalarNode) -> bool | int | float | str | None:
    kind, text = node.tag.removeprefix(_TAG), str(node.value)
    try:
        if kind == "str":
            _check_characters(node)
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    except (KeyError, ValueError):
        raise _refuse(node, f"cannot be read as {kind}") from None
    raise _refuse(node, f"tag {node.tag!r} is not allowed")
