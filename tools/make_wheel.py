"""Build a wheel that carries machine code: ``python tools/make_wheel.py --out dist`` (``make wheel``).

For each level of processors that this machine can run, all that ``admf_jit warm`` compiles is compiled into a cache of
its own, and copied into the wheel. It serves this version of Python, Numba, llvmlite and NumPy; with others everything
is compiled at the first use, as from a wheel without machine code.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from admf_jit.strategies.cache import CACHE_VARIABLE, COMPILER_FLAGS
from admf_jit.strategies.ready_code import FOLDER, facts, levels_of_machine
from admf_kernels.ready_code import INDEX, SUFFIX, name_of

ROOT = Path(__file__).resolve().parents[1]
#: What a wheel is built from.
_PACKAGES = ("admf_jit", "kernels")
_FILES = ("pyproject.toml", "README.md", "LICENSE")


def main() -> int:
    """Build, and print the wheel's path and what each level has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the wheel (default: dist)")
    given = parser.parse_args()
    levels = levels_of_machine()
    if not levels:
        parser.error("this processor is of no level that wheels are made for: see admf_jit/strategies/ready_code.py")
    with tempfile.TemporaryDirectory(prefix="admf_jit_wheel_") as name:
        folder = Path(name)
        source = folder / "source"
        copy_source(source)
        for level in levels:
            print(f"compiling for {level}, about two minutes", flush=True)
            compile_for(level, folder / level)
            target = source / FOLDER.relative_to(ROOT) / level
            functions = export(folder / level, target)
            size = sum(file.stat().st_size for file in target.iterdir())
            print(f"{level}: {functions} functions, {size / 2**20:.1f} MiB", flush=True)
        print(build(source, given.out))
    return 0


def copy_source(target: Path) -> None:
    """Copy what a wheel is built from, without what Python left in it."""
    for package in _PACKAGES:
        shutil.copytree(
            ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", FOLDER.name)
        )
    for file in _FILES:
        shutil.copyfile(ROOT / file, target / file)


def compile_for(level: str, cache: Path) -> None:
    """Compile engines, indicators and built-in strategies for processors of ``level``, into ``cache``."""
    environment = {name: value for name, value in os.environ.items() if name not in COMPILER_FLAGS}
    environment |= {CACHE_VARIABLE: str(cache), "NUMBA_CPU_NAME": level, "NUMBA_CPU_FEATURES": ""}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, ROOT / "kernels")))
    subprocess.run([sys.executable, "-m", "admf_jit", "warm"], env=environment, check=True)


def export(cache: Path, target: Path) -> int:
    """Copy the machine code in a cache to ``target``, with an index; return the number of functions."""
    target.mkdir(parents=True)
    digests: dict[str, str] = {}
    for index in sorted(cache.rglob("*.nbi")):
        with index.open("rb") as file:
            pickle.load(file)  # Numba's version, which the digest of the kernels has too
            _, functions = pickle.load(file)
        for key, data in functions.items():
            name = name_of(index.stem, key)
            content = (index.parent / data).read_bytes()
            (target / f"{name}{SUFFIX}").write_bytes(content)
            digests[name] = hashlib.sha256(content).hexdigest()
    for runtime in cache.rglob("nrt_*.bin"):
        shutil.copyfile(runtime, target / "nrt.bin")
    said = {**facts(), "functions": dict(sorted(digests.items()))}
    (target / INDEX).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return len(digests)


def build(source: Path, out: Path) -> Path:
    """Build the wheel of ``source``, for this version of Python on this platform."""
    with tempfile.TemporaryDirectory(prefix="admf_jit_wheel_") as name:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--wheel-dir", name, str(source)], check=True)
        (wheel,) = Path(name).glob("*.whl")
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        tags = ["--python-tag", f"cp{sys.version_info.major}{sys.version_info.minor}", "--platform-tag", platform]
        subprocess.run([sys.executable, "-m", "wheel", "tags", "--remove", *tags, str(wheel)], check=True)
        (wheel,) = Path(name).glob("*.whl")
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(wheel, out / wheel.name))


if __name__ == "__main__":
    raise SystemExit(main())
