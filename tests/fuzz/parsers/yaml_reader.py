"""The YAML reader by itself, on short texts: keys and lists are those that the library's own loader finds."""

import random
import re
from typing import Any

import yaml

from admf_jit.config.yaml_reader import MAX_DEPTH, read_yaml
from admf_jit.errors import ConfigError

SEEDS = [
    text.encode()
    for text in (
        "a: 1\nb: [x, 2.5, true, null]\nc: {d: e}\n",
        "a: &a {b: 1}\nc: {<<: *a, d: 2}\n",
        "a: |\n  text\n  more\nb: >-\n  folded\n  text\n",
        "'a b': \"c\\n\\u00e9\"\n? d\n: - 1\n  - 2\n",
        "# comment\n--- !!map\na: !!str 1\n...\n",
        "[a, [b, {c: ~}], 'd']",
        "a: *x",
        "a: &x [*x]",
        "a: !!python/object/apply:os.system [x]",
    )
]
DICTIONARY = [
    ": ", "- ", "&a ", "*a", "<<: ", "!!str ", "!!int ", "!!float ", "!!bool ", "!!null ", "!!seq ", "!!map ",
    "!!binary ", "!!python/name:os.system ", "!<tag:yaml.org,2002:int> ", "%YAML 1.2\n", "%TAG ! x:\n", "---\n",
    "...\n", "|\n", ">2-\n", "? ", '"\\ud800"', '"\\x00"', "\\U0010ffff", "\\Uffffffff", "%FF", "\\", "'", '"', "{",
    "}", "[", "]", ", ", "#", "\t", "\ufeff", "\u2028", "\u0085", "~", "1e3", ".inf", "-.INF", ".nan", "1_0", "0o7",
    "0x1f", "1:30", "2024-01-01", "on", "NO", "True", "Null", "+1", "=",
]  # fmt: skip
LONGEST = 300


def check(data: bytes) -> bool:
    """Read the text, and compare plain texts in it with what the library's own loader finds."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    try:
        document = read_yaml(text, "f.yaml")
    except ConfigError as error:
        assert re.match(r"f\.yaml:\d+", str(error)), error
        return False
    assert _depth(document.value) <= MAX_DEPTH
    last = text.count("\n") + text.count("\r") + text.count("\u2028") + text.count("\u2029") + text.count("\x85") + 1
    assert all(1 <= int(line) <= last for line in document.lines.values())
    expected = yaml.load(text, Loader=yaml.BaseLoader)
    assert _shape(document.value) == _shape(expected) or "<<" in text, (document.value, expected)
    return True


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    assert value is None or type(value) in (bool, int, float, str)
    return 0


def _shape(value: Any) -> Any:
    """The keys and texts of a document; other plain values only by their place."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return ""


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change lines, their indentation, or words in them."""
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    kind = chance.randrange(6)
    if kind == 0:
        lines.insert(place, lines[chance.randrange(len(lines))])
    elif kind == 1:
        del lines[place]
    elif kind == 2:
        lines[place] = b" " * chance.randrange(6) + lines[place].lstrip()
    else:
        line = lines[place]
        start = chance.randint(0, len(line))
        end = min(len(line), start + chance.choice((0, 0, 1, 2, 6)))
        word = chance.choice(DICTIONARY).encode("utf-8", "surrogateescape") * chance.choice((1, 1, 1, 1, 1, 1, 1, 50))
        lines[place] = line[:start] + word + line[end:]
    return b"\n".join(lines)
