"""A websocket is a feed like others, and a lost connection is told and made again."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from admf_jit.cli.main import main
from admf_jit.errors import ConfigError, DataError
from admf_jit.live.session import LiveSession
from admf_jit.live.websocket_feed import FIRST_WAIT, LONGEST_WAIT, WebSocketFeed
from tests.live.test_session import DAYS, FIELDS, Written, bar_line, closes, events_in, feed, opened
from tests.patience import PATIENCE

pytest.importorskip("websockets")
from websockets.sync.server import ServerConnection, serve  # noqa: E402

LINES = [bar_line(day, close) for day, close in closes()]


def lose(connection: ServerConnection) -> None:
    """Break the connection off, without a word."""
    connection.socket.shutdown(socket.SHUT_RDWR)


def go_away(connection: ServerConnection) -> None:
    connection.close(1001, "going away")


def end(connection: ServerConnection) -> None:
    connection.close()


class Script(list[tuple[list[bytes], Callable[[ServerConnection], None]]]):
    """What a server sends on each connection, and how it leaves it then; ``paths`` are those it was asked for."""

    def __init__(self, *connections: tuple[list[bytes], Callable[[ServerConnection], None]]) -> None:
        super().__init__(connections)
        self.paths: list[str] = []

    def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.paths.append(connection.request.path)
        messages, leave = self[len(self.paths) - 1]
        for message in messages:
            connection.send(message, text=True)
        leave(connection)


@contextmanager
def serving(handler: Callable[[ServerConnection], None]) -> Iterator[str]:
    """A server on this machine: its address."""
    with serve(handler, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/bars"
        server.shutdown()
    thread.join()


def fed(script: Script, folder: Path, path: str = "") -> tuple[LiveSession, Written]:
    """A session that has taken what the server sent."""
    output = Written()
    session = opened(output, folder)
    with serving(script) as url:
        session.run(WebSocketFeed(url + path, lambda: session.last_time, first_wait=0.01))
    session.close()
    return session, output


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The events of the same bars from lines."""
    folder = tmp_path_factory.mktemp("lines") / "live"
    session = opened(Written(), folder)
    feed(session, *LINES)
    session.close()
    return events_in(folder)


def test_every_message_has_the_answer_of_a_line(tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    messages = [LINES[0], LINES[1] + LINES[2].rstrip(), b"{", LINES[1], LINES[2], b"", *LINES[3:]]
    session, output = fed(Script((messages, end)), tmp_path / "live")
    assert [line["kind"] for line in output.lines if line["type"] == "notice"] == [
        "started",
        "connected",
        "gap",
        "bad_line",
        "late_bar",
        "repeated_bar",
        "stopped",
    ]
    assert output.notices("bad_line")[0]["line"] == 4
    assert events_in(tmp_path / "live") == expected
    assert session.container.count == len(LINES)


@pytest.mark.parametrize("leave", [lose, go_away])
def test_a_lost_connection_is_made_again_and_what_comes_twice_is_left_out(
    tmp_path: Path, expected: list[dict[str, Any]], leave: Callable[[ServerConnection], None]
) -> None:
    script = Script((LINES[:3], leave), ([], leave), ([], leave), (LINES[2:5], leave), (LINES[5:], end))
    _, output = fed(script, tmp_path / "live", "?after={last}")
    assert events_in(tmp_path / "live") == expected
    times = ["2015-06-30", "2015-07-06", "2015-07-06", "2015-07-06", "2015-07-08"]
    assert script.paths == [f"/bars?after={day}T04:00:00Z" for day in times]
    assert [line["last"] for line in output.notices("connected")] == [f"{day}T04:00:00Z" for day in times]
    # Each try waits twice as long as the one before, and after a bar as long as the first.
    waits = [line["wait_seconds"] for line in output.notices("disconnected")]
    assert waits == [0.01, 0.02, 0.04, 0.01]
    assert [line["same_values"] for line in output.notices("repeated_bar")] == [True]


def test_a_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    output = Written()
    session = opened(output, tmp_path / "live")
    with serving(Script((LINES[:2], lose))) as url:
        lines = WebSocketFeed(url, lambda: session.last_time, first_wait=0.01).lines()
        said = list(islice((line for line in lines if line is not None), 4))
    assert [getattr(line, "kind", "bar") for line in said] == ["connected", "bar", "bar", "disconnected"]
    away = next(line for line in lines if line is not None)
    assert away.kind == "disconnected" and "refused" in away.fields["text"]
    lines.close()
    session.close()


def test_waits_grow_to_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    # In the feed alone: threads of others sleep as well.
    monkeypatch.setattr("admf_jit.live.websocket_feed.time", SimpleNamespace(sleep=waited.append))
    with serving(Script(*[([], lose)] * 12)) as url:
        lines = WebSocketFeed(url, lambda: 0).lines()
        told = (line.fields["wait_seconds"] for line in lines if line is not None and line.kind == "disconnected")
        said = [next(told) for _ in range(8)]
        lines.close()
    assert said == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_WAIT, LONGEST_WAIT]
    assert waited == said[:-1] and said[0] == FIRST_WAIT


def test_a_server_that_is_not_there_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="expected such as ws://127.0.0.1:8765/bars"):
        next(WebSocketFeed("ws://", lambda: 0).lines())
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{one.getsockname()[1]}/bars"
        with pytest.raises(DataError, match=r"cannot be connected to \(.*refused.*\); expected a websocket server"):
            next(WebSocketFeed(url, lambda: 0).lines())
    config = tmp_path / "one.yaml"
    config.write_text(yaml.safe_dump(FIELDS))
    for feed_, more, text in (
        (url, ["--to-end"], "--to-end: is for a file"),
        ("nothing.ndjson", [], "no such file"),
    ):
        assert main(["live", str(config), "--feed", feed_, *more]) == 2
        assert text in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_bar_and_keeps_the_state(tmp_path: Path, number: signal.Signals) -> None:
    config = tmp_path / "one.yaml"
    config.write_text(yaml.safe_dump(FIELDS))
    with serving(Script((LINES[:2], lambda connection: next(connection.recv_streaming(), None)))) as url:
        arguments = ["live", str(config), "--feed", url, "--out", str(tmp_path / "live"), "--all"]
        process = subprocess.Popen(
            [sys.executable, "-m", "admf_jit", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        assert process.stdout is not None
        for line in process.stdout:
            fields = json.loads(line)
            if fields["type"] == "bar" and fields["bar"] == 1:
                process.send_signal(number)
                break
        _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, error
    assert (tmp_path / "live" / "snapshot.bin").exists()
    kept = (tmp_path / "live" / "bars.ndjson").read_bytes().splitlines()
    assert len(kept) == 2 and DAYS[1] in events_in(tmp_path / "live")[-1]["time"]
