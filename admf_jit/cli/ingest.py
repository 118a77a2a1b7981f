"""Check a file of bars and write it as a data set that every run maps into memory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE

if TYPE_CHECKING:
    from admf_jit.data import Gap

HELP = "check bars and store them as a data set"
_SHOWN_GAPS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("source", metavar="SOURCE", help="CSV or Parquet file, data set, or `sample`")
    parser.add_argument("--out", metavar="STORE", type=Path, required=True, help="directory of the data set")
    parser.add_argument("--name", help="name of the data set (default: that of the file)")
    parser.add_argument("--symbols", metavar="A,B", type=lambda text: text.split(","), help="only these symbols")
    parser.add_argument("--start", metavar="DATE", help="first moment to keep")
    parser.add_argument("--end", metavar="DATE", help="last moment to keep")
    parser.add_argument("--timeframe", help="what the bars must be, such as 1m or 1d (for `sample`: which to make)")
    parser.add_argument("--timezone", help="IANA zone whose calendar days are the sessions")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Load, write the data set, and print what is in it."""
    from admf_jit.cli.output import print_facts, print_json
    from admf_jit.data import load, write_store
    from admf_jit.data.gaps import MOST_GAPS

    data = load(
        arguments.source,
        symbols=arguments.symbols,
        start=arguments.start,
        end=arguments.end,
        timeframe=arguments.timeframe,
        timezone=arguments.timezone,
        name=arguments.name,
        keep=False,
    )
    directory = write_store(data, arguments.out)
    facts = {
        "data set": str(directory),
        "name": data.name,
        "symbols": list(data.symbols),
        "timeframe": data.timeframe,
        "timezone": data.timezone,
        "bars": data.n_bars,
        "gaps": data.gaps.count,
        "bars missing in gaps": data.gaps.missing,
        "bars per year": f"{data.bars_per_year:.6g} ({data.annualisation.basis})",
        "digest": data.digest,
    }
    for note in data.notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        print_json({**facts, "longest_gaps": [_gap(gap) for gap in data.gaps.longest]})
        return DONE
    print_facts(facts)
    for gap in sorted(data.gaps.longest, key=lambda gap: -gap.missing)[:_SHOWN_GAPS]:
        print(f"  gap: {_gap(gap)}")
    if data.gaps.count > _SHOWN_GAPS:
        print(f"  and {data.gaps.count - _SHOWN_GAPS} more gaps, none longer; --json has the longest {MOST_GAPS}")
    return DONE


def _gap(gap: Gap) -> str:
    import numpy as np

    start, end = (np.datetime64(moment, "ns").astype("datetime64[s]") for moment in (gap.start, gap.end))
    return f"{start} to {end} UTC, {gap.missing} bars"
