"""`python -m tests.fuzz.parsers TARGET --runs N`: one target under atheris, until N executions or the first finding.

Inputs that reach new code are kept under --corpus, and are where the next run goes on. Every execution is counted in a
file there, whatever ends the process; `--counts` prints these numbers. A finding is written as crash-*, leak-*,
timeout-* or oom-* under --corpus.
"""

from __future__ import annotations

import argparse
import json
import mmap
import random
import struct
import sys
from pathlib import Path

from tests.fuzz.parsers import targets

#: Seconds after which one input counts as a hang, and MiB above which the process counts as blown up.
TIMEOUT = 30
MEMORY = 3072
LONGEST = 4096


def main() -> int:
    """Fuzz the target that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.parsers")
    parser.add_argument("target", nargs="?", choices=targets.NAMES)
    parser.add_argument("--runs", type=int, default=100_000, help="executions")
    parser.add_argument("--seconds", type=int, default=0, help="end after this long (0: never)")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (0: another one every time)")
    parser.add_argument("--corpus", type=Path, default=Path(".fuzzing/corpus"), help="where inputs are kept")
    parser.add_argument("--follow", action="append", help="another package whose coverage guides, such as yaml")
    parser.add_argument("--counts", action="store_true", help="print the executions so far of each target")
    arguments = parser.parse_args()
    if arguments.counts:
        counts = {name: _counted(arguments.corpus / f"{name}.count") for name in targets.NAMES}
        print(json.dumps({**counts, "total": sum(counts.values())}))
        return 0
    if arguments.target is None:
        parser.error("expected a target, or --counts")
    fuzz(arguments.target, arguments)
    return 0


def fuzz(name: str, arguments: argparse.Namespace) -> None:
    """Run one target. Does not return: libFuzzer ends the process."""
    import atheris

    followed = ["admf_jit", *(arguments.follow or ())]
    with atheris.instrument_imports(include=followed, enable_loader_override=False):
        module = targets.target(name)
    corpus = arguments.corpus / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(module.SEEDS):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    counter = _counter(arguments.corpus / f"{name}.count")
    committed = Path(__file__).parent / "corpus" / name
    words = corpus.with_suffix(".words")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in module.DICTIONARY if word))

    def execute(data: bytes) -> None:
        counter[:] = struct.pack("<Q", struct.unpack("<Q", counter[:])[0] + 1)
        module.check(data)

    def change(data: bytes, longest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            if chance.random() < 0.25:
                data = bytes(atheris.Mutate(data, longest))
            else:
                data = module.mutate(data, chance)
        return data[:longest]

    options = [
        f"-runs={arguments.runs}",
        f"-max_total_time={arguments.seconds}",
        f"-seed={arguments.seed}",
        f"-timeout={TIMEOUT}",
        f"-rss_limit_mb={MEMORY}",
        f"-max_len={getattr(module, 'LONGEST', LONGEST)}",
        f"-dict={words}",
        f"-artifact_prefix={arguments.corpus}/{name}-",
        "-len_control=0",
        "-print_final_stats=1",
    ]
    folders = [str(corpus), *([str(committed)] if committed.is_dir() else [])]
    atheris.Setup([sys.argv[0], *options, *folders], execute, custom_mutator=change)
    atheris.Fuzz()


def _counter(path: Path) -> mmap.mmap:
    """The number of executions, in eight bytes that are in the file whatever becomes of this process."""
    if not path.exists():
        path.write_bytes(bytes(8))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 8)


def _counted(path: Path) -> int:
    return struct.unpack("<Q", path.read_bytes())[0] if path.exists() else 0


def _escaped(word: str | bytes) -> str:
    encoded = word.encode("utf-8", "surrogateescape") if isinstance(word, str) else word
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'\\"' else f"\\x{byte:02x}" for byte in encoded)


if __name__ == "__main__":
    sys.exit(main())
