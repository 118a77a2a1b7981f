"""The file of the pins: a first line about all of them, then a line of JSON for each sweep."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.pins.play import Row
from tests.pins.sweeps import ACTORS, Sweep, draw_sweeps

FILE = Path(__file__).with_name("pins.jsonl")


def line_of(sweep: Sweep, rows: Iterable[Row]) -> dict[str, Any]:
    """What is stored of a sweep: names for the reader, a digest of all ids, and for each case what it came to.

    A case is a text: its result_hash, its trades (or where it failed), and a digest of its events.
    """
    rows = list(rows)
    ids = hashlib.sha256("".join(row.container_id for row in rows).encode()).hexdigest()[:8]
    return {
        "sweep": sweep.number,
        "strategy": sweep.actor.name,
        "settings": sweep.kind,
        "market": sweep.market.name,
        "ids": ids,
        "cases": [f"{row.result_hash} {row.end} {row.events}" for row in rows],
    }


def write(lines: Mapping[int, dict[str, Any]], happened: Mapping[str, int]) -> None:
    """Store all sweeps, and in how many cases which kinds of event, with which reasons, came up."""
    first = {"cases": sum(len(line["cases"]) for line in lines.values()), "cases_by_event": dict(happened)}
    texts = [json.dumps(each) for each in (first, *(lines[number] for number in sorted(lines)))]
    FILE.write_text("\n".join(texts) + "\n")


def read() -> dict[int, dict[str, Any]]:
    """The stored lines, by the numbers of their sweeps."""
    _, *lines = FILE.read_text().splitlines()
    return {line["sweep"]: line for line in map(json.loads, lines)}


def cases_by_event() -> dict[str, int]:
    """In how many cases which kinds of event, and which of their reasons, came up when they were recorded."""
    counts: dict[str, int] = json.loads(FILE.read_text().splitlines()[0])["cases_by_event"]
    return counts


def differences(stored: dict[str, Any], sweep: Sweep, rows: list[Row]) -> list[str]:
    """Say of each row of a sweep what is not as stored; without events, their digests are not compared."""
    now = line_of(sweep, rows)
    name = f"sweep {sweep.number} ({now['strategy']}, {now['settings']}, {now['market']}, {rows[0].isolation})"
    for key in ("strategy", "settings", "market"):
        if stored[key] != now[key]:
            return [f"{name}: {key} was {stored[key]}: the configurations are drawn in another way"]
    if stored["ids"] != now["ids"]:
        return [f"{name}: container ids moved, so that no hash can be compared"]
    found = []
    for index, (before, row) in enumerate(zip(stored["cases"], rows, strict=True)):
        result_hash, end, events = before.split(" ")
        said = [f"trades {end} -> {row.end}"] * (end != row.end)
        said += ["result_hash"] * (result_hash != row.result_hash)
        said += ["events"] * (row.events not in ("", events))
        if said:
            found.append(f"{name}, case {index}: {', '.join(said)}; {sweep.cases[index]}")
    return found


def sample() -> list[Sweep]:
    """A small sweep of each strategy, under its kinds of settings by turns, and one of each kind: a hundred cases."""
    chosen = {(actor.name, actor.kinds[number % len(actor.kinds)]) for number, actor in enumerate(ACTORS)}
    chosen |= {(name, kind) for kind, name in {kind: actor.name for actor in ACTORS for kind in actor.kinds}.items()}
    found: dict[tuple[str, str], Sweep] = {}
    for sweep in draw_sweeps():
        named = sweep.actor.name, sweep.kind
        if sweep.market.is_small and named in chosen:
            found.setdefault(named, sweep)
    return list(found.values())
