"""Strategies written to files, as users have them: a test says what is in the file and gets the class's definition."""

import importlib.util
import linecache
import sys
from itertools import count
from pathlib import Path
from types import ModuleType

from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import resolve_strategy

_HEAD = "import math\n\nimport numpy as np\n\nimport admf_jit as aj\nfrom admf_jit import ta\n\n"
_numbers = count()


def strategy_file(folder: Path, text: str, name: str = "mine") -> Path:
    """Write ``text`` under the usual imports."""
    path = folder / f"{name}.py"
    path.write_text(_HEAD + text, encoding="utf-8")
    linecache.checkcache(str(path))
    return path


def declared(folder: Path, text: str, class_name: str = "Mine") -> Definition:
    """Return the definition of the class of this name in ``text``, from a file that no other test has."""
    path = strategy_file(folder, text, f"mine_{next(_numbers)}")
    return resolve_strategy(f"{path}:{class_name}")


def class_with(body: str, above: str = "") -> str:
    """Return a strategy class with ``body``, unindented, under ``above``."""
    indented = "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").split("\n"))
    return f"{above}\n@aj.strategy\nclass Mine:\n{indented}"


def on_bar(body: str, above: str = "", fields: str = "") -> str:
    """Return a strategy class whose ``on_bar`` has ``body``, unindented."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return class_with(f"{fields}\n\ndef on_bar(self, bar, position):\n{lines}", above)


def line_of(definition: Definition, text: str) -> str:
    """Return "file:line" of the one line of the definition's file that holds ``text``."""
    file = definition.methods["on_bar"].__code__.co_filename
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if text in line]
    return f"{file}:{number}"


def module_from(path: Path, name: str) -> ModuleType:
    """Import a file as module ``name``, anew."""
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module
