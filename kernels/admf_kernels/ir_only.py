"""Compilers for functions that only ever become part of others, and for those that machine code is made of.

Numba makes machine code of every function that it compiles, callees included, and links all that a function calls into
each of its callers. A function that no Python calls is used as intermediate code by its callers alone: here it stays as
it is, and everything is linked, optimized and made machine code of once, in the function that is called. All engines
compile in two thirds of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import binding as llvm
from numba.core import typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock

from .ir_copies import quick_copies
from .shared_code import shared_code_of

#: Passes of Numba's pipeline for what kernels have none of: `with`, closures, `literal_unroll`, values in messages of
#: exceptions, and expressions of whole arrays.
_NOT_FOR_KERNELS = (
    untyped_passes.WithLifting,
    untyped_passes.InlineClosureLikes,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.LiteralUnroll,
    untyped_passes.LiteralPropagationSubPipelinePass,
    typed_passes.NopythonRewrites,
    typed_passes.DumpParforDiagnostics,
)


class _Codegen:
    """Numba's code generator, but that ``set_env`` gives a function's Python environment to its library."""

    def __init__(self, codegen: Any, set_env: Callable[[str, Any], None]) -> None:
        self._codegen = codegen
        self.set_env = set_env

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)


class _OwnCode:
    """What a library of intermediate code adds itself, without what it calls.

    ``environments`` are those of its functions, by the name of the place in memory that each is put to: what prints,
    or raises with a message made of values, takes Python's objects from there.
    """

    def __init__(self, library: _IntermediateLibrary) -> None:
        self.calls = library._linking_libraries
        self.module = library._final_module
        self.environments: dict[str, Any] = {}
        self._reload_init = library._reload_init

    def _get_module_for_linking(self) -> Any:
        return self.module


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """Numba's library; what it only declares is not prepared to be optimized."""

    _linking_libraries: list[Any]
    _shared_module: Any

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout
        manager, builder = self._codegen._function_pass_manager()
        for function in ll_module.functions:
            if not function.is_declaration:
                manager.run(function, builder)


class _IntermediateLibrary(_Library):
    """Intermediate code to be linked into callers, and nothing else."""

    @property
    def codegen(self) -> Any:
        """The code generator; an environment is kept for the function that this is linked into."""
        return _Codegen(self._codegen, self.own_code.environments.__setitem__)

    def finalize(self) -> None:
        """Nothing is added any more; what it calls is linked by the function that machine code is made of."""
        self._raise_if_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        self.own_code = _OwnCode(self)
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Itself and all that it calls, for a library of Numba's."""
        self._ensure_finalized()
        if self._shared_module is None:
            module = self._final_module.clone()
            for library in _all_called(self._linking_libraries):
                module.link_in(library._get_module_for_linking(), preserve=True)
            self._shared_module = module
        return self._shared_module


class _RareLibrary(_IntermediateLibrary):
    """Intermediate code that LLVM leaves out of its callers."""

    def finalize(self) -> None:
        """As of others."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.add_function_attribute("noinline")
        super().finalize()


class _MachineLibrary(_Library):
    """Machine code of a function and of all that it calls."""

    #: Functions of shared machine code that are called: their symbols, by the names that Numba gave them.
    _outside: dict[str, str]

    @property
    def codegen(self) -> Any:
        """The code generator, which sets the environments of all that is called, too."""
        return _Codegen(self._codegen, self._set_environments)

    def finalize(self) -> None:
        """Link, optimize and compile; shared machine code is called where it is."""
        called = _all_called(self._linking_libraries)
        self._linking_libraries, self._outside = [], {}
        for library in called:
            shared = shared_code_of(library)
            if shared is None:
                self._linking_libraries.append(library)
                continue
            code, compiled = shared
            code.tell(compiled)
            self._reload_init.add(code)
            self._outside[compiled.fndesc.llvm_func_name] = code.symbol
        super().finalize()

    def _set_environments(self, name: str, environment: Any) -> None:
        called = [each.environments for each in self._linking_libraries if isinstance(each, _OwnCode)]
        # Kept, since memory has no more than their addresses.
        self._environments = {key: value for each in [*called, {name: environment}] for key, value in each.items()}
        there = {variable.name for variable in self._final_module.global_variables}
        for key, value in self._environments.items():
            if key in there:  # LLVM drops those that nothing reads
                self._codegen.set_env(key, value)

    def _optimize_final_module(self) -> None:
        # Nobody else calls them, so arguments that they do not look at need not be handed over. Nor may anybody find
        # them: LLVM links code of the same name in another module to an internal function, which has a symbol.
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.linkonce_odr:
                function.linkage = "private"
            elif function.name in self._outside:
                function.name = self._outside[function.name]
        super()._optimize_final_module()


def _all_called(libraries: list[Any]) -> list[Any]:
    """``libraries`` and all that these call, callers first: LLVM drops what nobody has called yet when it is linked."""
    found: list[Any] = []
    seen = set()

    def visit(library: Any) -> None:
        if library in seen:
            return
        seen.add(library)
        if not isinstance(library, _IntermediateLibrary):
            found.append(library)
            return
        for called in library.own_code.calls:
            visit(called)
        found.append(library.own_code)

    for library in libraries:
        visit(library)
    return found[::-1]


class KernelCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler without its last step, for functions without wrappers that kernels call."""

    def define_pipelines(self) -> Any:
        """Numba's own pipelines, which add code to the library that is there."""
        _keep_intermediate(self.state)
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.passes = [each for each in pipeline.passes if each[0] not in _NOT_FOR_KERNELS]
            pipeline._finalized = False
            pipeline.finalize()
        return pipelines


class RareCompiler(KernelCompiler):
    """The same for functions that are seldom called, and whose callers are faster without their code."""

    def define_pipelines(self) -> Any:
        """Numba's own pipelines, which add code to the library that is there."""
        state = self.state
        state.library = _RareLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().define_pipelines()


class MachineCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, for functions that machine code is made of."""

    def define_pipelines(self) -> Any:
        """Numba's own pipelines, which add code to the library that is there."""
        state = self.state
        state.library = _MachineLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


def _keep_intermediate(state: Any) -> None:
    if state.library is None:
        state.library = _IntermediateLibrary(state.targetctx.codegen(), state.func_id.func_qualname)


@contextmanager
def numba_keeps_intermediate() -> Iterator[None]:
    """Within, what Numba compiles of its own for a caller (``np.empty``, say) is kept as intermediate code as well.

    That is what has no wrapper for Python. The lock keeps compilations of other threads out.
    """
    define_pipelines = Compiler.define_pipelines

    def define(compiler: Any) -> Any:
        if compiler.state.flags.no_cpython_wrapper:
            compiler.state.flags.no_cfunc_wrapper = True
            _keep_intermediate(compiler.state)
        return define_pipelines(compiler)

    with global_compiler_lock, quick_copies():
        Compiler.define_pipelines = define
        try:
            yield
        finally:
            Compiler.define_pipelines = define_pipelines
