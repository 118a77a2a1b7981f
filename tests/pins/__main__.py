"""``python -m tests.pins``: run all configurations under isolation full and minimal, and compare with what is stored.

With ``--write`` what they come to is stored instead, and every case that changed is named. That is right only where
CHANGELOG.md says under "Results that change" why; a change that should move no number leaves the file alone.
"""

import argparse
import os
from collections import Counter
from pathlib import Path

# Before anything of the package is imported: the cache of the tests.
os.environ.setdefault("ADMF_JIT_CACHE_DIR", str(Path(__file__).resolve().parents[2] / ".cache" / "admf_jit"))
os.environ.setdefault("ADMF_JIT_QUIET", "1")

from tests.pins import stored
from tests.pins.coverage import report
from tests.pins.running import play_all
from tests.pins.sweeps import draw_sweeps


def main() -> int:
    """Check or write; the exit status is 1 where a case is not as stored."""
    parser = argparse.ArgumentParser(prog="python -m tests.pins", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store what the configurations come to now")
    parser.add_argument("--sample", action="store_true", help="check about a hundred on small markets alone")
    parser.add_argument("--strategy", action="append", help="check those of this strategy alone (may be repeated)")
    parser.add_argument("--without-events", action="store_true", help="do not run each again for its events")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="processes")
    given = parser.parse_args()
    sweeps = stored.sample() if given.sample else list(draw_sweeps())
    if given.strategy:
        sweeps = [sweep for sweep in sweeps if sweep.actor.name in given.strategy]
    if given.write and len(sweeps) < len(draw_sweeps()):
        parser.error("--write stores all configurations; expected neither --sample nor --strategy")
    before = stored.read() if stored.FILE.exists() else {}
    if not before and not given.write:
        parser.error(f"{stored.FILE} is missing; python -m tests.pins --write makes it")
    lines, happened, differences, n_cases = {}, Counter[str](), [], 0
    for sweep, rows in play_all(sweeps, given.jobs, given.write or not given.without_events):
        lines[sweep.number] = stored.line_of(sweep, rows)
        happened.update(text for row in rows for text in row.happened)
        n_cases += len(rows)
        if sweep.number in before:
            differences += stored.differences(before[sweep.number], sweep, rows)
    print(
        "\n".join(differences) if differences else f"{n_cases} cases are as stored" if before else "nothing stored yet"
    )
    if given.write:
        stored.write(lines, dict(sorted(happened.items())))
        print(report())
        print(f"{len(differences)} differences; {n_cases} cases stored in {stored.FILE}")
        return 0
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
