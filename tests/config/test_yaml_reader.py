import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit.config.yaml_reader import read_yaml
from admf_jit.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[ON, NO, yes, off]", ["ON", "NO", "yes", "off"]),
        ("[true, False]", [True, False]),
        ("[1e-3, 1.5, .5, -2E4, 1.]", [0.001, 1.5, 0.5, -20000.0, 1.0]),
        ("[12, -3, +4, 100_000, 0]", [12, -3, 4, 100_000, 0]),
        ("[0700, 2024-01-31, 09:30]", ["0700", "2024-01-31", "09:30"]),
        ("[null, ~, ]", [None, None]),
        ("a: {type: none}", {"a": {"type": "none"}}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("a: &x {c: 1, d: 2}\nb: {<<: *x, d: 3}", {"a": {"c": 1, "d": 2}, "b": {"c": 1, "d": 3}}),
        ("", None),
    ],
)
def test_values(text, expected):
    value = read_yaml(text, "f.yaml").value
    assert value == expected
    assert repr(value) == repr(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: key 'a' is given twice"),
        ("a:\n\tb: 1", "f.yaml:2:1: found character '\\t' that cannot start any token; indent with spaces"),
        ("a:\n  b: 1\n c: 2", "f.yaml:3:2: "),
        ("a: [1, 2", "f.yaml:1:9: "),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: but found another document"),
        ("1: a", "f.yaml:1:1: expected a key that is a text"),
        ("? [a]\n: 1", "expected a key that is a text"),
        ("a: !!python/object/apply:os.system [x]", "is not allowed"),
        ("a: !!python/name:os.system", "is not allowed"),
        ("a: !!timestamp 2024-01-01", "is not allowed"),
        ("a: !!int x", "cannot be read as int"),
        ("a: *x", "f.yaml:1:4: found undefined alias"),
        ("a: &x [*x]", "contains an alias of itself"),
        ("a: {<<: 3}", "after <<"),
        ("a: \x00", "f.yaml:1: character"),
        ("[" * 100, "nested more than 32 levels deep"),
        ("a: " + "9" * 5000, "cannot be read as int"),
        ("a: " + "x" * 200_001, "at most 200,000 bytes"),
    ],
)
def test_refusals_name_file_and_line(text, message):
    with pytest.raises(ConfigError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value).startswith("f.yaml")
    assert message in str(caught.value)


def test_an_alias_bomb_is_refused_without_being_written_out():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    with pytest.raises(ConfigError, match="once aliases are written out"):
        read_yaml("\n".join(lines), "bomb.yaml")


def test_lines_are_known_for_keys_and_items():
    document = read_yaml("a:\n  b: 1\n  c:\n    - 5\n    - 6\n", "f.yaml")
    assert document.lines[("a", "b")] == "2"
    assert document.lines[("a", "c", 1)] == "5"


@given(st.text(alphabet="ab:-[]{}&*<>!|'\"# \n\t,0.1e?~%@", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        read_yaml(text, "f.yaml")
    except ConfigError as error:
        assert str(error).startswith("f.yaml")
