"""How kernels are compiled: the decorators that the whole package uses.

``error_model="numpy"`` keeps a division from being able to raise. A method that can raise hides its reference
counting from Numba's pruning, and an atomic count at every call doubles the time of a bar. No function here is
called from Python when compilation is on, so none gets the wrapper for that: wrappers would take longer to
compile than the functions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit
from numba.core.runtime import rtsys
from numba.experimental import jitclass as numba_jitclass

from .ir_only import KernelCompiler, MachineCompiler, RareCompiler, numba_keeps_intermediate
from .ready_code import ReadyCache
from .shared_code import shared_dispatchers

_WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: A function of its own, for the rare path and for scalar arithmetic.
kernel = njit(error_model="numpy", forceinline=False, pipeline_class=KernelCompiler, **_WITHOUT_WRAPPERS)

#: The same, and never inlined: for what few bars need, in loops whose registers it would take.
rare_kernel = njit(error_model="numpy", forceinline=False, pipeline_class=RareCompiler, **_WITHOUT_WRAPPERS)

#: As `kernel`, inlined by LLVM wherever it is called; its callees are not, unless they say so themselves: for functions
#: whose arguments would take longer to pass than to work on.
HOT_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "forceinline": True,
    "pipeline_class": KernelCompiler,
    **_WITHOUT_WRAPPERS,
}
hot_kernel = njit(**HOT_OPTIONS)

#: Inlined in Numba's own representation, for the path that every bar takes. Such a function takes arrays without
#: counting references to them, so it must not branch around an array or a jitclass.
inlined = njit(error_model="numpy", inline="always", **_WITHOUT_WRAPPERS)

#: The file that is locked while the machine code of a shared kernel is written.
SHARED_LOCK = ".shared-kernels.lock"
#: The folder that the machine code of shared kernels is kept in.
_folder: Path | None = None


def shared_kernel(function: Callable[..., Any]) -> Any:
    """A ``kernel`` whose machine code other strategies, and other processes, find on disk and call.

    It has to be called with numbers, arrays and views alone: the type of a jitclass is another one in every process. It
    is a global of its module, and cannot raise.
    """
    compiled = njit(error_model="numpy", forceinline=False, pipeline_class=MachineCompiler, **_WITHOUT_WRAPPERS)(
        function
    )
    if not config.DISABLE_JIT:
        shared_dispatchers.append(compiled)
        if _folder is not None:
            _keep(compiled, _folder)
    return compiled


def jitclass(given: Any) -> Any:
    """Numba's jitclass, of a class or of a specification, whose methods get no wrappers: Python calls none of them.

    What Python calls is a function that Numba makes for it.
    """
    if not isinstance(given, type):
        return lambda cls: _without_wrappers(numba_jitclass(given)(cls))
    return _without_wrappers(numba_jitclass(given))


def _without_wrappers(cls: Any) -> Any:
    if not config.DISABLE_JIT:
        for method in cls.class_type.jit_methods.values():
            method.targetoptions.update(_WITHOUT_WRAPPERS)
    return cls


def keep_shared_kernels(folder: Path) -> None:
    """From now on keep the machine code of shared kernels in ``folder``, which has to be another for other sources."""
    global _folder
    if folder != _folder:
        _folder = folder
        for compiled in shared_dispatchers:
            _keep(compiled, folder)


class QuickCache(ReadyCache):
    """Numba's cache on the disk, without what only a compiler needs.

    Numba fills its tables of types and of implementations before it looks for machine code, which takes longer than all
    the rest of loading it. They are filled by the first compilation anyhow. What machine code itself needs is the
    runtime for reference counts, and the symbols that `numba.cpython.hashing` registers.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for a signature, or None where it is not on the disk."""
        from numba.cpython import hashing  # noqa: F401

        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


class _SharedCache(QuickCache):
    """Numba's cache on the disk, for a function that processes with different engines compile at the same moment.

    Each adds to the index what it finds missing, under the next free number: so one at a time.
    """

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled function for a signature."""
        with contextlib.ExitStack() as held:
            # A system or drive without `flock` has no lock to give: then nothing is locked.
            with contextlib.suppress(ImportError, OSError):
                import fcntl

                file = held.enter_context(open(Path(self.cache_path) / SHARED_LOCK, "a"))
                fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            super().save_overload(sig, data)


def _keep(compiled: Any, folder: Path) -> None:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        cache = _SharedCache(compiled.py_func)
    finally:
        config.CACHE_DIR = before
    # Numba looks for another place where it cannot write to this one; there, code of other sources might be found.
    if Path(cache.cache_path).is_relative_to(folder):
        compiled._cache = cache


#: A user's function: divisions raise as they do in Python. Said openly, because Numba hands the caller's model down.
user_function = njit(error_model="python", **_WITHOUT_WRAPPERS)

#: The same, inlined by LLVM wherever it is called, which checks would else keep it from for a few that are short.
short_user_function = njit(error_model="python", forceinline=True, **_WITHOUT_WRAPPERS)


def entry(signature: Any, *, by_address: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a function that Python calls: compiled for one signature, and kept on the disk.

    One that only compiled code calls, ``by_address``, has no wrappers for Python and C.
    """
    options = _WITHOUT_WRAPPERS if by_address else {}

    def compile_or_load(function: Callable[..., None]) -> Callable[..., None]:
        if config.DISABLE_JIT:
            return function
        dispatcher = njit(cache=True, nogil=True, error_model="numpy", pipeline_class=MachineCompiler, **options)(
            function
        )
        dispatcher._cache = QuickCache(function)
        with numba_keeps_intermediate():
            dispatcher.compile(signature)
        dispatcher.disable_compile()
        return dispatcher  # type: ignore[no-any-return]

    return compile_or_load


#: Plain numbers as arguments. Numba compiles a function anew for every literal that it is called with, and for every
#: Python integer that it finds in a module; it does not for numbers of NumPy.
NOTHING = np.int64(0)
FIRST = np.int64(0)
ALL = np.int64(-1)
YES = np.bool_(True)
NO = np.bool_(False)
