"""The page of every key of a configuration, from the schema that editors get: it cannot be out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from admf_jit.config.schema import configuration_schema

#: Longer defaults are those of the block's own keys.
_LONGEST_DEFAULT = 24


def settings_page() -> str:
    """Return the page in Markdown: a section a block, a line a key."""
    schema = configuration_schema()
    blocks = schema["$defs"]
    lines = ["# Every setting", "", *_INTRODUCTION, "", *_block("Blocks of a configuration", schema, blocks)]
    for name in _in_order(schema, blocks):
        lines += _block(title_of(name, blocks[name]), blocks[name], blocks)
    return "\n".join(lines)


_INTRODUCTION = (
    "Made from the models that check a configuration; `admf_jit schema` prints the same for an editor.",
    "Any of these keys can be swept by its path, such as `exits.stop_loss`. `admf_jit validate` says what is wrong.",
)


def title_of(name: str, block: Mapping[str, Any]) -> str:
    """The title of a block's section: its name, or what its `type` has to be."""
    kind = block.get("properties", {}).get("type", {}).get("const")
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Config")
    ).strip()
    words = words.rsplit(" ", 1)[-1] if kind else words
    return f"{words}, type {kind}" if kind else words.replace(" ", "_")


def _in_order(schema: Mapping[str, Any], blocks: Mapping[str, Any]) -> list[str]:
    """Names of the blocks in the order in which their keys stand, depth first."""
    found: list[str] = []

    def visit(part: Any) -> None:
        for name in references(part):
            if name not in found and name in blocks:
                found.append(name)
                visit(blocks[name])

    visit(schema.get("properties", {}))
    return found


def references(part: Any) -> Iterator[str]:
    """Names of the blocks that a part of the schema refers to."""
    if isinstance(part, Mapping):
        if "$ref" in part:
            yield part["$ref"].rsplit("/", 1)[-1]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def _block(title: str, block: Mapping[str, Any], blocks: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {title}", "")
    if block.get("description"):
        yield from (_escaped(block["description"].split("\n\n")[0]), "")
    properties = block.get("properties")
    if not properties:
        return
    needed = block.get("required", ())
    yield from ("| key | default | may be | meaning |", "|---|---|---|---|")
    for key, said in properties.items():
        default = "**needed**" if key in needed else _default(said)
        refers = [f"[{title_of(name, blocks[name])}](#{anchor_of(name, blocks[name])})" for name in references(said)]
        meaning = "; ".join(filter(None, [_escaped(said.get("description", "")), ", ".join(dict.fromkeys(refers))]))
        yield f"| `{key}` | {default} | {_escaped(' or '.join(dict.fromkeys(_kinds(said))))} | {meaning} |"
    yield ""


def anchor_of(name: str, block: Mapping[str, Any]) -> str:
    """The anchor of a block's section."""
    return title_of(name, block).lower().replace(",", "").replace(" ", "-")


def _default(said: Mapping[str, Any]) -> str:
    if "default" not in said:
        return ""
    text = json.dumps(said["default"])
    return f"`{text}`" if len(text) <= _LONGEST_DEFAULT else "those of its keys"


def _kinds(said: Mapping[str, Any]) -> Iterator[str]:
    """In words, what a value may be."""
    if "enum" in said:
        yield from (json.dumps(value).strip('"') for value in said["enum"])
    elif "const" in said:
        yield str(said["const"])
    elif "anyOf" in said or "oneOf" in said:
        for part in said.get("anyOf", said.get("oneOf")):
            yield from _kinds(part)
    elif isinstance(said.get("type"), str):
        yield _WORDS[said["type"]] + _bounds(said)
    elif "$ref" in said:
        yield "a block"


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "array": "list",
    "object": "a block",
}
_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def _bounds(said: Mapping[str, Any]) -> str:
    return "".join(f" {sign} {said[name]:g}" for name, sign in _BOUNDS.items() if name in said)


def _escaped(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
