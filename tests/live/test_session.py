"""Every line of a feed has an answer, and whatever ends the process, no order is lost or doubled."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.errors import DataError, ResultsError
from admf_jit.live.feed import FileFeed, LineCutter
from admf_jit.live.session import SLOW_SECONDS, LiveSession
from admf_jit.live.setup import from_config, open_session

FIELDS: dict[str, Any] = {
    "name": "x",
    "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-06-30", "bars_per_year": 252},
    "strategy": {"type": "sma_crossover", "parameters": {"fast_period": 2, "slow_period": 5}},
}
#: The history ends on a Tuesday.
DAYS = ("2015-07-01", "2015-07-02", "2015-07-06", "2015-07-07", "2015-07-08", "2015-07-09", "2015-07-10")


class Written:
    """An output that keeps what is written, and says how long it kept lines waiting."""

    def __init__(self, waits: float = 0.0) -> None:
        self.content = b""
        self.waits = waits

    def write(self, content: bytes) -> float:
        self.content += content
        waited, self.waits = self.waits, 0.0
        return waited

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.content.splitlines()]

    def notices(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == "notice" and line["kind"] == kind]


def bar_line(day: str, close: float = 80.0, **changed: Any) -> bytes:
    prices = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 10}
    return json.dumps({"time": f"{day}T04:00:00Z", **prices, **changed}).encode() + b"\n"


def closes() -> Iterator[tuple[str, float]]:
    return zip(DAYS, (101.0, 104.0, 108.0, 90.0, 80.0, 95.0, 110.0), strict=True)


def opened(output: Written, folder: Path | None = None, **how: Any) -> LiveSession:
    session = open_session(from_config(load_config(FIELDS)), output, folder, **how)
    session.begin(resume=bool(how.get("resume")))
    return session


def feed(session: LiveSession, *contents: bytes) -> None:
    cut = LineCutter(session.place)
    for line in cut.add(b"".join(contents)):
        session.take(line)


def test_a_bar_has_its_events_and_the_equity_of_the_account() -> None:
    output = Written()
    feed(opened(output, all_events=True), bar_line(DAYS[0]))
    started, bar, features, *others = output.lines
    assert (started["kind"], started["bars"], started["history"]) == ("started", 0, 128)
    assert (bar["type"], bar["sequence"], bar["cause"], bar["price"]) == ("bar", 0, -1, 80.0)
    assert (features["type"], features["cause"]) == ("features", 0)
    assert others[-1]["type"] == "portfolio_update" and others[-1]["equity"] == others[-1]["cash"] == 100_000.0
    assert all({"run", "container", "correlation"} <= line.keys() for line in output.lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{\n", "no JSON"),
        (b"[1, 2]\n", "expected an object with time, open"),
        (b"\xff\xfe\x00\n", "no JSON"),
        (b"x" * 200_000 + b"\n", "longer than 65,536 bytes"),
        (bar_line(DAYS[0], close=float("nan")), "open nan; expected a finite number"),
        (bar_line(DAYS[0], low=90.0), "low 90: low must be <= min(open, close), which is 80"),
        (bar_line(DAYS[0], close=-2.0), "open -2: a price must be positive and finite"),
        (bar_line(DAYS[0], volume=-1), "volume -1: volume must be finite and not negative"),
        (bar_line(DAYS[0], open="80"), "open '80'; expected a number"),
        (bar_line(DAYS[0], symbol="BETA"), "symbol 'BETA'; expected ALFA"),
        (bar_line(DAYS[0], timeframe="1h"), "timeframe '1h'; expected 1d"),
        (bar_line(DAYS[0], time="yesterday"), "time 'yesterday'; expected text such as"),
        (bar_line(DAYS[0], time=-5), "time -5; expected s, ms, us or ns"),
        (bar_line(DAYS[0], time=None), "time is missing"),
        (bar_line(DAYS[0], last_of_session=1), "last_of_session 1; expected true or false"),
    ],
)
def test_a_line_that_is_no_bar_is_told_and_left_out(line: bytes, said: str) -> None:
    output = Written()
    session = opened(output)
    feed(session, line, bar_line(DAYS[0]))
    (notice,) = output.notices("bad_line")
    assert said in notice["text"] and notice["line"] == 1
    assert session.container.count == 1


@pytest.mark.parametrize("time", ["2015-07-01T00:00:00", "2015-07-01T00:00:00-04:00", 1435723200, 1435723200000])
def test_times_are_read_as_files_are(time: str | int) -> None:
    session = opened(Written())
    feed(session, bar_line(DAYS[0], time=time))
    assert session.container.bars.axis.last_time == 1_435_723_200_000_000_000


def test_bars_that_come_again_or_late_are_told_and_left_out() -> None:
    output = Written()
    session = opened(output)
    feed(session, bar_line(DAYS[1]), bar_line(DAYS[1]), bar_line(DAYS[1], close=81.0), bar_line(DAYS[0]))
    assert [line["same_values"] for line in output.notices("repeated_bar")] == [True, False]
    (late,) = output.notices("late_bar")
    assert (late["time"], late["last"], late["line"]) == ("2015-07-01T04:00:00Z", "2015-07-02T04:00:00Z", 4)
    assert session.container.count == 1


def test_a_hole_is_told_and_a_weekend_is_none() -> None:
    output = Written()
    feed(opened(output), bar_line("2015-07-01"), bar_line("2015-07-06"), bar_line("2015-07-14"), bar_line("2015-07-20"))
    holes = [(line["after"][:10], line["missing"]) for line in output.notices("gap")]
    assert holes == [("2015-07-01", 2), ("2015-07-06", 5), ("2015-07-14", 3)]
    output.content = b""
    feed(opened(output), bar_line("2015-07-02"), bar_line("2015-07-03"), bar_line("2015-07-06"))
    assert [line["after"][:10] for line in output.notices("gap")] == ["2015-06-30"]


def test_bars_of_a_shorter_timeframe_are_refused() -> None:
    session = opened(Written())
    feed(session, bar_line(DAYS[0]))
    with pytest.raises(DataError, match=r"60 s after the one before; expected bars of 1d.* another timeframe\?"):
        feed(session, bar_line(DAYS[0], time=f"{DAYS[0]}T04:01:00Z"))
    assert session.container.count == 1


def test_a_slow_reader_is_told_and_loses_nothing() -> None:
    output = Written()
    session = opened(output)
    output.waits = 2 * SLOW_SECONDS
    feed(session, bar_line(DAYS[0]), bar_line(DAYS[1]))
    assert [line["waited_seconds"] for line in output.notices("slow_consumer")] == [2 * SLOW_SECONDS]
    assert session.container.count == 2


def events_in(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "events.ndjson").read_bytes().splitlines()]
    own = ("run", "correlation", "order_id")
    return [{key: value for key, value in line.items() if key not in own} for line in lines if "sequence" in line]


@pytest.mark.parametrize("snapshot_every", [1, 2, 100])
@pytest.mark.parametrize("killed_after", [1, 4])
@pytest.mark.parametrize("torn", [False, True])
def test_a_killed_run_goes_on_with_every_order_once(
    tmp_path: Path, snapshot_every: int, killed_after: int, torn: bool
) -> None:
    lines = [bar_line(day, close) for day, close in closes()]
    whole = opened(Written(), tmp_path / "whole")
    feed(whole, *lines)
    whole.close()
    folder = tmp_path / "killed"
    first = opened(Written(), folder, snapshot_every=snapshot_every)
    feed(first, *lines[:killed_after])
    first.close()  # as a kill does: nothing is kept beyond what is written already
    if torn:
        events = (folder / "events.ndjson").read_bytes()
        (folder / "events.ndjson").write_bytes(events[:-20])
        with (folder / "bars.ndjson").open("ab") as bars:
            bars.write(b"[14357232000")
    output = Written()
    second = opened(output, folder, resume=True, snapshot_every=snapshot_every)
    assert second.container.count == killed_after
    feed(second, *lines[killed_after:])
    second.close()
    assert events_in(folder) == events_in(tmp_path / "whole")
    assert any(line["type"] == "fill" for line in events_in(folder))
    again = [line["sequence"] for line in output.lines if line.get("again")]
    fresh = [line["sequence"] for line in output.lines if "sequence" in line and not line.get("again")]
    assert fresh == sorted(set(fresh)) and not set(again) & set(fresh)


def test_a_run_of_another_container_is_not_gone_on_with(tmp_path: Path) -> None:
    opened(Written(), tmp_path).close()
    other = {**FIELDS, "account": {"cash": 5}}
    with pytest.raises(ResultsError, match="container is .* there, and .* now"):
        open_session(from_config(load_config(other)), Written(), tmp_path, resume=True)
    with pytest.raises(ResultsError, match="holds a live run; expected --resume"):
        opened(Written(), tmp_path)
    with pytest.raises(ResultsError, match="no live.json in it"):
        opened(Written(), tmp_path / "nothing", resume=True)


def test_a_snapshot_that_cannot_be_written_is_told_and_the_bars_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = Written()
    session = opened(output, tmp_path)
    feed(session, *(bar_line(day, close) for day, close in closes()))
    with monkeypatch.context() as patch:
        patch.setattr("admf_jit.live.journal.write_atomically", _no_room)
        session.save()
    session.close()
    assert "no room" in output.notices("snapshot_failed")[0]["text"]
    resumed = opened(Written(), tmp_path, resume=True)
    assert (resumed.container.count, resumed.container.n_events) == (7, session.container.n_events)
    resumed.close()


def _no_room(path: Path, write: Any) -> None:
    raise ResultsError(f"{path}: no room")


def test_a_file_that_grows_is_read_on_from_where_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(bar_line(DAYS[0]) + bar_line(DAYS[1])[:20])
    lines = FileFeed(path).lines()
    first = next(lines)
    assert first is not None and first.behind == len(bar_line(DAYS[0]))
    assert next(lines) is None
    with path.open("ab") as file:
        file.write(bar_line(DAYS[1])[20:])
    second = next(lines)
    assert second is not None and second.content + b"\n" == bar_line(DAYS[1])
    rest = list(FileFeed(path, first.behind, to_end=True).lines())
    assert [line and line.content for line in rest] == [second.content]
