"""Lines of bars from a websocket, which is connected to again when the connection is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from admf_jit.errors import ConfigError, DataError
from admf_jit.live.feed import LineCutter, Said
from admf_jit.live.lines import time_text

SCHEMES = ("ws://", "wss://")
#: Seconds before the next try: half a second, and twice as long after each, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
#: What stands in an address for the time of the last bar that was taken.
LAST = "{last}"
_NORMAL_CLOSURE = 1000
_LARGEST_MESSAGE = 1 << 20
_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_TO_CLOSE = 1.0


class WebSocketFeed:
    """Messages of ``url``, each of one or more lines. ``last`` gives the time of the last bar, for ``{last}`` in it.

    The first connection has to succeed: DataError where it does not. A lost one is tried again for as long as it takes.
    The feed ends where the server closes the connection normally (code 1000).
    """

    def __init__(self, url: str, last: Callable[[], int], *, first_wait: float = FIRST_WAIT) -> None:
        self._library = _library()
        self._url = url
        self._last = last
        self._first_wait = first_wait

    def lines(self) -> Iterator[Any]:
        """The lines as they come; None where there is none at the moment, and ``Said`` of the connection."""
        wait = self._first_wait
        is_first = True
        while True:
            try:
                with self._connect() as connection:
                    yield Said("connected", {"url": self._url, "last": time_text(self._last())})
                    is_first = False
                    for lines in self._messages(connection):
                        wait = self._first_wait if lines else wait
                        yield from lines or [None]
                    return
            except (OSError, self._library.WebSocketException) as problem:
                text = str(problem) or type(problem).__name__
                if is_first:
                    raise DataError(
                        f"--feed {self._url}: cannot be connected to ({text}); expected a websocket server there"
                    ) from None
            yield Said("disconnected", {"url": self._url, "text": text, "wait_seconds": wait})
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def close(self) -> None:
        """Nothing: a connection is closed with its iterator."""

    def _connect(self) -> Any:
        url = self._url.replace(LAST, quote(time_text(self._last()), safe=":"))
        try:
            return self._library.connect(
                url, proxy=None, close_timeout=_SECONDS_TO_CLOSE, max_size=_LARGEST_MESSAGE, compression=None
            )
        except (ValueError, self._library.InvalidURI) as problem:
            raise ConfigError(f"--feed {self._url}: {problem}; expected such as ws://127.0.0.1:8765/bars") from None

    def _messages(self, connection: Any) -> Iterator[list[Any]]:
        """The lines of each message, and none after a while without one, until the connection is closed normally."""
        while True:
            try:
                message = connection.recv(_SECONDS_BETWEEN_LOOKS, decode=False)
            except TimeoutError:
                yield []
                continue
            except self._library.ConnectionClosedOK as closed:
                if closed.rcvd is not None and closed.rcvd.code == _NORMAL_CLOSURE:
                    return
                raise
            cut = LineCutter()
            yield [line._replace(behind=0) for line in (*cut.add(message), *cut.rest())]


def _library() -> SimpleNamespace:
    try:
        from websockets.exceptions import ConnectionClosedOK, InvalidURI, WebSocketException
        from websockets.sync.client import connect
    except ImportError:
        raise ConfigError("--feed: a websocket needs websockets; pip install 'admf_jit[live]'") from None
    names = (ConnectionClosedOK, InvalidURI, WebSocketException, connect)
    return SimpleNamespace(**{one.__name__: one for one in names})
