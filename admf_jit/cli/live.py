"""Run one container bar by bar, on the engine that backtests it: bars come in, orders and fills go out.

A line of the feed is an object such as {"time": "2024-01-02T14:30:00Z", "open": 1, "high": 1, "low": 1, "close": 1,
"volume": 1}. The data of the configuration warms the container up. docs/live.md has all that is written.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import whole_number
from admf_jit.cli.exit_status import DONE, SOME_FAILED

if TYPE_CHECKING:
    from admf_jit.live.feed import Feed
    from admf_jit.live.session import LiveSession

HELP = "run one container bar by bar, from a feed of bars"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("source", metavar="CONFIG|RUN", type=Path, help="YAML file, or directory that `grid` wrote")
    parser.add_argument("--row", metavar="N", help="row of RUN that chose the parameters: its index, or container_id")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="override one key, as in grid")
    parser.add_argument(
        "--feed", metavar="FEED", required=True, help="- for standard input, a file, which may grow, or ws://"
    )
    parser.add_argument("--to-end", action="store_true", help="stop at the end of the file, and do not wait for more")
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder for bars, events and snapshots")
    parser.add_argument("--resume", action="store_true", help="go on with the live run in DIR")
    parser.add_argument(
        "--snapshot-every", metavar="N", type=whole_number, default=1_000, help="bars between snapshots (default: 1000)"
    )
    parser.add_argument("--all", action="store_true", help="print bars, features and signals too")
    parser.add_argument("--broker", metavar="NAME", default="paper", help="who is told of orders (default: paper)")
    parser.add_argument("--seed", metavar="N", type=int, help="seed of the random stream (default: the container's)")


def run(arguments: argparse.Namespace) -> int:
    """Feed the container until the feed ends; status 1 where the container came to an end of its own."""
    from admf_jit.errors import ConfigError, DataError
    from admf_jit.live.session import DescriptorOutput
    from admf_jit.live.setup import open_session

    if arguments.resume and arguments.out is None:
        raise ConfigError("--resume: goes on with the live run in a folder; expected --out DIR too")
    if sys.stdout is None:
        raise ConfigError("standard output is closed, and orders are written there; expected it open")
    if arguments.feed != "-" and not _is_websocket(arguments.feed) and not Path(arguments.feed).exists():
        raise DataError(
            f"--feed {arguments.feed}: no such file; expected one that is there, - for standard input, or such as "
            "ws://127.0.0.1:8765/bars"
        )
    if arguments.to_end and _is_websocket(arguments.feed):
        raise ConfigError("--to-end: is for a file; a websocket ends where its server closes it normally (code 1000)")
    session = open_session(
        _chosen(arguments),
        DescriptorOutput(sys.stdout.fileno()),
        arguments.out,
        resume=arguments.resume,
        broker=arguments.broker,
        snapshot_every=arguments.snapshot_every,
        all_events=arguments.all,
        seed=arguments.seed,
    )
    signal.signal(signal.SIGTERM, lambda number, frame: session.stop())
    try:
        session.begin(resume=arguments.resume)
        if session.container.ended is None:
            feed = _feed(arguments, session)
            try:
                session.run(feed)
            finally:
                feed.close()
    finally:
        session.close()
    return DONE if session.container.ended is None else SOME_FAILED


def _chosen(arguments: argparse.Namespace) -> Any:
    from admf_jit.errors import ConfigError
    from admf_jit.live.setup import from_file, from_row, history_end_of

    end = history_end_of(arguments.out) if arguments.resume and (arguments.out / "live.json").is_file() else None
    if arguments.source.is_dir():
        if arguments.row is None:
            raise ConfigError(f"{arguments.source}: is the directory of a run; expected --row INDEX with it")
        return from_row(arguments.source, arguments.row, arguments.set, history_end=end)
    if arguments.row is not None:
        raise ConfigError(f"--row {arguments.row}: {arguments.source} is no directory; expected that of a run")
    return from_file(arguments.source, arguments.set, history_end=end)


def _is_websocket(feed: str) -> bool:
    from admf_jit.live.websocket_feed import SCHEMES

    return feed.startswith(SCHEMES)


def _feed(arguments: argparse.Namespace, session: LiveSession) -> Feed:
    from admf_jit.errors import ConfigError
    from admf_jit.live.feed import STDIN, FileFeed, StreamFeed
    from admf_jit.live.websocket_feed import WebSocketFeed

    if _is_websocket(arguments.feed):
        return WebSocketFeed(arguments.feed, lambda: session.last_time)
    if arguments.feed != STDIN:
        return FileFeed(Path(arguments.feed), session.place, to_end=arguments.to_end)
    if sys.stdin is None:
        raise ConfigError("--feed -: standard input is closed; expected bars there, or a file")
    return StreamFeed(sys.stdin.fileno())
