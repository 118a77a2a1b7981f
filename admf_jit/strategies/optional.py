"""Parameters that may be None: ``stop: float | None = None``, read as ``if self.stop is not None``.

A row of parameters is numbers. None is a NaN there, and in a field of whole numbers a value that no parameter can have.
"""

from __future__ import annotations

import ast

from admf_jit.parsing import parse_python

#: Parameters are within 2^53.
NO_WHOLE_NUMBER = -(2**53) - 1
CASTS = {
    float: "float(parameters[{0}])",
    int: f"(int(parameters[{{0}}]) if parameters[{{0}}] == parameters[{{0}}] else {NO_WHOLE_NUMBER})",
}
CASTS[str] = CASTS[int]  # the place among its choices


def reader_name(name: str) -> str:
    """Return the name of the function that gives the value of a parameter, or raises where that is None."""
    return f"value__of_{name}"


def absence(read: ast.expr, kind: type) -> ast.Compare:
    """Return the condition that a parameter, read from its field, is None."""
    if kind is float:
        return ast.Compare(read, [ast.NotEq()], [read])
    return ast.Compare(read, [ast.Eq()], [ast.Constant(NO_WHOLE_NUMBER)])


def reader(name: str, kind: type, line: int) -> ast.FunctionDef:
    """Return the function of ``reader_name``, as if it stood at a line of the user's file."""
    condition = ast.unparse(absence(ast.Name("value", ast.Load()), kind))
    text = (
        f"def {reader_name(name)}(value):\n"
        f"    if {condition}:\n"
        f"        raise TypeError('parameter {name} is None here: ask `if self.{name} is not None` first')\n"
        "    return value\n"
    )
    function = parse_python(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    for node in ast.walk(function):
        if isinstance(node, ast.stmt | ast.expr | ast.arg):
            node.lineno = node.end_lineno = line
    return function
