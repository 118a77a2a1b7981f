"""Machine code that comes with the package: whether it serves this machine, these versions and these flags.

A wheel made by ``make wheel`` has a folder of it for each level of processors. Where none fits, everything is compiled
as from a source checkout, with the same results.
"""

from __future__ import annotations

import functools
import json
import os
import platform
from pathlib import Path

from llvmlite import binding

from admf_jit.strategies.cache import COMPILER_FLAGS, kernels_digest
from admf_kernels.ready_code import INDEX, ReadyCode, use_ready_code

#: Where a wheel has its folders, each called by its level.
FOLDER = Path(__file__).resolve().parents[1] / "machine_code"
#: By processor family: levels, best first, with what LLVM calls the features of a processor that they ask for (the
#: System V ABI for x86-64), beyond those of the level below.
_X86_64_V3 = frozenset({"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"})
_X86_64_V4 = _X86_64_V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
LEVELS: dict[str, dict[str, frozenset[str]]] = {
    "x86_64": {"x86-64-v4": _X86_64_V4, "x86-64-v3": _X86_64_V3},
    "aarch64": {"generic": frozenset()},
}
_FAMILIES = {"amd64": "x86_64", "arm64": "aarch64"}


def levels_of_machine() -> list[str]:
    """The levels that this machine's processor can run, best first."""
    machine = platform.machine().lower()
    levels = LEVELS.get(_FAMILIES.get(machine, machine), {})
    features = {name for name, has in binding.get_host_cpu_features().items() if has}
    return [level for level, needed in levels.items() if needed <= features]


def facts() -> dict[str, str]:
    """What machine code depends on besides the processor's level, as an index says it."""
    return {"kernels": kernels_digest(), "triple": binding.get_process_triple()}


@functools.cache
def ready_code() -> ReadyCode | None:
    """The folder that serves this machine, or None."""
    if any(os.environ.get(name) for name in COMPILER_FLAGS):
        return None
    for level in levels_of_machine():
        index = FOLDER / level / INDEX
        try:
            said = json.loads(index.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if all(said.get(name) == value for name, value in facts().items()):
            return ReadyCode(index.parent, said["functions"])
    return None


@functools.cache
def provide_ready_code() -> None:
    """Let whatever is compiled in this process be looked for among it first."""
    use_ready_code(ready_code())
