"""Hosts with networks of their own: each in a namespace with an address, joined by a bridge that the test makes."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.distributed.cluster import TestCluster

#: A network that only the namespaces of one test process are in.
_BRIDGE = f"aj{os.getpid() % 0xFFFFFF:x}"
_NETWORK = "10.231.77"
_HERE = 254
_SCHEDULER = 100


def can_make_networks() -> bool:
    """Whether this user may make namespaces and bridges: root on Linux may."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    made = _ip("netns", "add", f"{_BRIDGE}-try", check=False)
    if made:
        _ip("netns", "del", f"{_BRIDGE}-try")
    return made


class NetworkCluster(TestCluster):
    """A cluster whose scheduler and hosts have addresses of their own, and can be cut off."""

    __test__ = False

    def address(self, name: str) -> str:
        return f"{_NETWORK}.{_number(name)}"

    def entry(self, name: str) -> tuple[str, ...]:
        return ("ip", "netns", "exec", _name(name))

    def cut_off(self, name: str) -> None:
        """Nothing reaches a host, and nothing comes from it."""
        _ip("link", "set", _name(name), "down")

    def join_again(self, name: str) -> None:
        """Put the cable of a host back."""
        _ip("link", "set", _name(name), "up", check=False)

    def slow_down(self, name: str, rate: str) -> None:
        """Let no more than ``rate``, such as 1mbit, reach a host."""
        limit = ("rate", rate, "burst", "16kbit", "latency", "2s")
        subprocess.run(["tc", "qdisc", "replace", "dev", _name(name), "root", "tbf", *limit], check=True)


@contextlib.contextmanager
def networks(names: list[str]) -> Iterator[None]:
    """The namespaces of some hosts and of the scheduler, on one bridge with this process."""
    made: list[str] = []
    try:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{_NETWORK}.{_HERE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for name in names:
            space = _name(name)
            _ip("netns", "add", space)
            made.append(space)
            _ip("link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", space, "master", _BRIDGE, "up")
            _ip("-n", space, "addr", "add", f"{_NETWORK}.{_number(name)}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")
        yield
    finally:
        for space in made:
            _ip("netns", "del", space, check=False)
        _ip("link", "del", _BRIDGE, check=False)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A file system of a few megabytes at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _number(name: str) -> int:
    """The last part of a host's address."""
    return _SCHEDULER if name == "scheduler" else int(name.rpartition("-")[2])


def _name(name: str) -> str:
    """The namespace of a host, and its end of the cable at the bridge."""
    return f"{_BRIDGE}-{_number(name)}"


def _ip(*words: str, check: bool = True) -> bool:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if check and done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.returncode == 0
