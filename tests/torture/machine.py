"""A machine that refuses: full disk, small shared memory, no handles, no processes, places that cannot be written.

Each time the command either comes to its end or says one line, and the next one goes on to the bytes of a clean run.
"""

from __future__ import annotations

import random
import shutil
import subprocess

from tests.patience import PATIENCE
from tests.torture.sweep import Sweep

#: Mounts in a namespace of the command's own: no rights are needed where the system lets users have such namespaces.
_NAMESPACE = ("unshare", "--map-root-user", "--mount", "sh", "-c")


def can_mount() -> bool:
    """Whether this system lets the command have mounts of its own."""
    try:
        mount = [*_NAMESPACE, "mount -t tmpfs none /dev/shm"]
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def file_size(sweep: Sweep, chance: random.Random) -> None:
    """Files that end at a random size, as on a full disk."""
    refused(sweep, "--n-jobs", "1", "--file-size", str(chance.randrange(1_000, 40_000)), said="File too large")


def handles(sweep: Sweep, chance: random.Random) -> None:
    """As many open files as are enough for some of the work."""
    refused(
        sweep,
        "--n-jobs",
        "2",
        *chance.choice(((), ("--pool",))),
        "--handles",
        str(chance.randrange(8, 40)),
        said="Too many open files",
    )


def forks(sweep: Sweep, chance: random.Random) -> None:
    """No memory for another forked process, after a random number of them."""
    words = ("--n-jobs", "1", "--forks", str(chance.randrange(0, 12)))
    refused(sweep, *words, said="Cannot allocate memory")


def workers(sweep: Sweep, chance: random.Random) -> None:
    """No other process can be started: loky starts two workers and two trackers."""
    refused(
        sweep,
        "--n-jobs",
        "2",
        "--pool",
        "--workers",
        str(chance.randrange(0, 4)),
        said="Resource temporarily unavailable",
    )


def full_disk(sweep: Sweep, chance: random.Random) -> None:
    """A disk of some kilobytes, for the run's directory."""
    sweep.fresh()
    disk = sweep.folder / "disk"
    disk.mkdir()
    size = chance.randrange(16, 200)
    # What was written is carried out of the namespace, whose disk goes with it.
    script = f'mount -t tmpfs -o size={size}k none "$0" && "$@"; status=$?; cp -a "$0"/. "$0"-after; exit $status'
    process = sweep.start(
        "--n-jobs", "1", "--batch-size", "50", "--out", str(disk / "run"), wrapped_in=(*_NAMESPACE, script, str(disk))
    )
    check_refusal(sweep, process, "No space left on device")
    after = sweep.folder / "disk-after" / "run"
    if after.exists():
        shutil.copytree(after, sweep.directory)
    sweep.resume()


def shared_memory(sweep: Sweep, chance: random.Random) -> None:
    """A /dev/shm with room for a few semaphores at most: workers use eight. That joblib warns of it is left out."""
    files = chance.randrange(1, 12)
    script = f'mount -t tmpfs -o nr_inodes={files} none /dev/shm && PYTHONWARNINGS=ignore exec "$0" "$@"'
    refused(
        sweep, "--n-jobs", "2", "--pool", wrapped_in=(*_NAMESPACE, script), said="No space left on device: '/dev/shm'"
    )


def read_only(sweep: Sweep, chance: random.Random) -> None:
    """A cache or a place for the run that is mounted for reading only."""
    sweep.fresh()
    place = sweep.folder / "read-only"
    place.mkdir()
    script = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
    words: tuple[str, ...] = ()
    cache = None
    if chance.random() < 0.5:
        words = ("--out", str(place / "run"))
    else:
        cache = place / "cache"
    process = sweep.start(*words, wrapped_in=(*_NAMESPACE, script, str(place)), cache=cache)
    assert process.wait(PATIENCE) == 2, sweep.said()
    check_line(sweep.said(), "Read-only file system")
    sweep.resume()


def refused(sweep: Sweep, *words: str, said: str, wrapped_in: tuple[str, ...] = ()) -> None:
    """Start the command on such a machine, look at what it says, and go on without the refusal."""
    sweep.fresh()
    process = sweep.start("--batch-size", "50", *words, wrapped_in=wrapped_in)
    check_refusal(sweep, process, said)
    sweep.resume()


def check_refusal(sweep: Sweep, process: subprocess.Popen[bytes], said: str) -> None:
    """It came to its end, or left with status 2 and one line."""
    sweep.killed.append(process.pid)
    status = process.wait(PATIENCE)
    assert status in (0, 2), (status, sweep.said())
    if status == 2:
        check_line(sweep.said(), said)


def check_line(lines: list[str], said: str) -> None:
    """One line, which says that."""
    assert len(lines) == 1 and lines[0].startswith("error: ") and said in lines[0], lines
