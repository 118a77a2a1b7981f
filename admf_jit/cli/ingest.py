"""Check a file of bars and write it as a data set that every run maps into memory."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.cli.arguments import add_json
from admf_jit.cli.exit_status import DONE
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.data import Gap

HELP = "check bars and store them as a data set"
_SHOWN_GAPS = 5
#: Told here once more, because help must not wait for the configuration's classes; a test holds them together.
READING_OPTIONS = {
    "columns": ("FIELD=NAME,...", "column names, such as time=when,close=Last; `symbol=null` for none"),
    "header": ("true|false", "whether the first line names the columns"),
    "names": ("A,B,...", "names for the columns, from the left"),
    "skip_lines": ("N", "lines before the table"),
    "comment": ("C", "character that begins a line of comment"),
    "separator": ("C", "character between cells"),
    "decimal": ("C", "decimal point or comma"),
    "thousands": ("C", "character between thousands"),
    "encoding": ("NAME", "encoding, such as utf-16 or latin-1"),
    "date_format": ("FORMAT", "format of times, such as %%d.%%m.%%Y"),
    "zone_of_times": ("ZONE", "IANA zone of times without a zone (default: --timezone)"),
    "price": ("WHICH", "close, adjusted, bid, ask or mid"),
    "rows_of_nan": ("refuse|drop", "rows without prices"),
    "volume": ("zero|drop|refuse", "rows without a volume"),
    "duplicates": ("refuse|first|last", "rows of the same time"),
    "sort": ("true|false", "sort the rows by time"),
    "allow_nonpositive": ("true|false", "take prices of zero and below"),
    "extra": ("all|A,B,...", "columns of your own, such as predictions; NAME=COLUMN gives another name"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "source", metavar="SOURCE", nargs="+", help="files, folders or patterns of bars, a data set, or `sample`"
    )
    parser.add_argument("--out", metavar="STORE", type=Path, required=True, help="directory of the data set")
    parser.add_argument("--name", help="name of the data set (default: that of the file)")
    parser.add_argument("--symbols", metavar="A,B", type=lambda text: text.split(","), help="only these symbols")
    parser.add_argument("--start", metavar="DATE", help="first moment to keep")
    parser.add_argument("--end", metavar="DATE", help="last moment to keep")
    parser.add_argument("--timeframe", help="what the bars must be, such as 1m or 1d (for `sample`: which to make)")
    parser.add_argument("--timezone", help="IANA zone whose calendar days are the sessions")
    parser.add_argument("--calendar", metavar="NAME", help="calendar of the exchange, such as XNYS, NYSE or CMES")
    parser.add_argument("--delisted", metavar="SYMBOL=PRICE,...", help="prices of symbols that end before the others")
    add_json(parser)
    reading = parser.add_argument_group(
        "reading options", "as under `data.format` of a configuration; see docs/data.md"
    )
    for name, (metavar, text) in READING_OPTIONS.items():
        reading.add_argument(_flag(name), metavar=metavar, help=text)


def run(arguments: argparse.Namespace) -> int:
    """Load, write the data set, and print what is in it."""
    from admf_jit.cli.output import print_facts, print_json, print_notes
    from admf_jit.data import load, write_store
    from admf_jit.data.gaps import MOST_GAPS

    source = arguments.source[0] if len(arguments.source) == 1 else arguments.source
    data = load(
        source,
        symbols=arguments.symbols,
        start=arguments.start,
        end=arguments.end,
        timeframe=arguments.timeframe,
        timezone=arguments.timezone,
        calendar=arguments.calendar,
        delisted=_delisted(arguments.delisted),
        name=arguments.name,
        keep=False,
        **_reading_options(arguments),
    )
    directory = write_store(data, arguments.out)
    facts = {
        "data set": str(directory),
        "name": data.name,
        "symbols": list(data.symbols),
        "timeframe": data.timeframe,
        "timezone": data.timezone,
        **({"calendar": data.calendar.name} if data.calendar else {}),
        "bars": data.n_bars,
        "gaps": data.gaps.count,
        "bars missing in gaps": data.gaps.missing,
        "bars per year": f"{data.bars_per_year:.6g} ({data.annualisation.basis})",
        "digest": data.digest,
    }
    print_notes(data.notes)
    if arguments.json:
        print_json({**facts, "longest_gaps": [_gap(gap) for gap in data.gaps.longest], "notes": list(data.notes)})
        return DONE
    print_facts(facts)
    for gap in sorted(data.gaps.longest, key=lambda gap: -gap.missing)[:_SHOWN_GAPS]:
        print(f"  gap: {_gap(gap)}")
    if data.gaps.count > _SHOWN_GAPS:
        more = counted(data.gaps.count - _SHOWN_GAPS, "more gap")
        print(f"  and {more}, none longer; --json has the longest {MOST_GAPS}")
    return DONE


def _delisted(text: str | None) -> dict[str, float] | None:
    """Return the prices of `ABC=0.5,XYZ=0`."""
    from admf_jit.errors import ConfigError

    if text is None:
        return None
    prices = {}
    for entry in text.split(","):
        symbol, _, price = entry.rpartition("=")
        try:
            prices[symbol.strip()] = float(price)
        except ValueError:
            prices[""] = 0.0
    if "" in prices:
        raise ConfigError(f"--delisted {text!r}: expected symbol=price, such as ABC=0.5,XYZ=0")
    return prices


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _reading_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given, their values as YAML would have them."""
    given = {name: getattr(arguments, name) for name in READING_OPTIONS}
    return {name: _value(name, text) for name, text in given.items() if text is not None}


def _value(name: str, text: str) -> Any:
    from admf_jit.errors import ConfigError

    if name == "columns":
        pairs = [entry.partition("=") for entry in text.split(",")]
        if not all(separator and field.strip() for field, separator, _ in pairs):
            raise ConfigError(f"--columns {text!r}: expected field=name, such as time=when,close=Last")
        names = {field.strip(): column if column != "null" else None for field, _, column in pairs}
        return {field: column.split("+") if column and field == "time" else column for field, column in names.items()}
    if name == "extra" and text != "all":
        named = [entry.partition("=") for entry in text.split(",")]
        return {name.strip(): column or name for name, _, column in named}
    if name == "names":
        return text.split(",")
    if name in ("header", "sort", "allow_nonpositive"):
        return {"true": True, "false": False}.get(text.lower(), text)
    if name == "skip_lines":
        return int(text) if text.isdecimal() and len(text) < 10 else text
    return {"\\t": "\t", "tab": "\t"}.get(text, text) if name == "separator" else text


def _gap(gap: Gap) -> str:
    import numpy as np

    start, end = (np.datetime64(moment, "ns").astype("datetime64[s]") for moment in (gap.start, gap.end))
    return f"{start} to {end} UTC, {counted(gap.missing, 'bar')}"
