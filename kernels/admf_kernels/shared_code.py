"""Machine code that others call by its name, instead of having it compiled into themselves.

A function of some size that most strategies call (the exact mean of a window, say) is compiled once for each signature,
and kept on the disk. Code that calls it declares a symbol; here the symbol gets the address in this process, before the
code that calls it is loaded.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from typing import Any

from llvmlite import binding as llvm

#: The dispatchers whose machine code is shared, each a global of its module.
shared_dispatchers: list[Any] = []


@dataclass(frozen=True)
class SharedCode:
    """A function of a module for the types of its arguments; calling it loads or compiles it, and tells LLVM where."""

    module: str
    function: str
    arguments: tuple[Any, ...]

    @property
    def symbol(self) -> str:
        """The name that callers declare: the same in every process."""
        types = hashlib.sha256(str(self.arguments).encode()).hexdigest()[:16]
        return f"{self.module}.{self.function}.{types}"

    def __call__(self) -> None:
        """Have the symbol where code that calls it can be loaded."""
        dispatcher = getattr(importlib.import_module(self.module), self.function)
        dispatcher.compile(self.arguments)
        self.tell(dispatcher.overloads[self.arguments])

    def tell(self, compiled: Any) -> None:
        """Tell LLVM the address of what was compiled."""
        llvm.add_symbol(self.symbol, compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


def shared_code_of(library: Any) -> tuple[SharedCode, Any] | None:
    """What ``library`` is the machine code of, and how it was compiled; None where it is not shared."""
    for dispatcher in shared_dispatchers:
        for arguments, compiled in dispatcher.overloads.items():
            if compiled.library is library:
                function = dispatcher.py_func
                return SharedCode(function.__module__, function.__name__, arguments), compiled
    return None
