"""A compiler for functions that only ever become part of others.

Numba makes machine code of every function that it compiles, callees included, although a function that no Python calls
is used as intermediate code by its callers alone. Without that, a strategy compiles in four fifths of the time.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Codegen:
    """Numba's code generator; what sets the Python environment of a function in memory finds none there."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """A function without machine code has no place for one."""


class _IntermediateLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Intermediate code to be linked into callers, and nothing else."""

    @property
    def codegen(self) -> Any:
        """The code generator, but for environments."""
        return _Codegen(self._codegen)

    def _optimize_final_module(self) -> None:
        """Left to the function that is called."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class KernelCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler without its last step."""

    def define_pipelines(self) -> Any:
        """Numba's own pipelines, which add code to the library that is there."""
        if self.state.library is None:
            codegen = self.state.targetctx.codegen()
            self.state.library = _IntermediateLibrary(codegen, self.state.func_id.func_qualname)
        return super().define_pipelines()
