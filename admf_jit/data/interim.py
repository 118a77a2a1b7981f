"""Interim."""

from typing import Any, NamedTuple

import numpy as np

from admf_jit.data.table import Problem
from admf_jit.data import times as T
from admf_jit.data import validate as V


def check_readable(text, times, label):
    return V.check_readable(text, times.nanoseconds, label)


class Policies(NamedTuple):
    keep: Any
    notes: Any
    problems: Any


def apply_policies(values, labels, options):
    missing = np.zeros(len(values["close"]), bool)
    for name in ("open", "high", "low", "close"):
        missing |= np.isnan(values[name])
    notes, problems, keep = [], [], None
    if missing.any():
        if options.rows_of_nan == "drop":
            keep = ~missing
            notes.append(f"{int(missing.sum())} rows without prices are left out")
        else:
            for name in ("open", "high", "low", "close"):
                problems += [
                    Problem(int(p), labels[name], "empty", "expected a number; rows_of_nan: drop leaves such rows out")
                    for p in np.flatnonzero(np.isnan(values[name]))[:100]
                ]
    volume = values["volume"] = np.array(values["volume"])
    bad = np.isnan(volume) | (volume == -1)
    if keep is not None:
        bad &= keep
    if bad.any():
        if options.volume == "zero":
            volume[bad] = 0
            notes.append(f"{int(bad.sum())} rows without a volume have volume 0")
        elif options.volume == "drop":
            keep = ~bad if keep is None else keep & ~bad
            volume[bad] = 0
            notes.append(f"{int(bad.sum())} rows without a volume are left out")
        else:
            problems += [
                Problem(int(p), labels["volume"], "empty", "expected a number") for p in np.flatnonzero(bad)[:100]
            ]
    return Policies(keep, notes, problems)


def check_values(values, labels, sound, allow_nonpositive):
    found = V.check_values(values, labels, sound & ~np.isnan(values["close"]))
    if allow_nonpositive:
        found = [p for p in found if "positive" not in p.rule]
    else:
        found = [
            p
            if "positive" not in p.rule
            else Problem(p.position, p.column, p.value, p.rule + "; allow_nonpositive: true takes it")
            for p in found
        ]
    return found, ()


class Arranged(NamedTuple):
    rows: Any
    notes: Any
    problems: Any


def arrange(table, time, row_symbol, symbols, label, options, keep):
    rows, notes, problems = [], [], []
    for index in range(len(symbols)):
        ok = (row_symbol == index) & (time != T.NOT_A_TIME)
        if keep is not None:
            ok &= keep
        positions = np.flatnonzero(ok)
        steps = np.diff(time[positions])
        if len(steps) and (steps < 0).all():
            positions = positions[::-1]
            notes.append("rows are turned round: newest first")
        elif len(steps) and (steps < 0).any():
            if options.sort:
                positions = positions[np.argsort(time[positions], kind="stable")]
            else:
                problems += V.check_times(table, time, positions, label)[:50]
                problems = [
                    Problem(p.position, p.column, p.value, p.rule + "; sort: true sorts them") for p in problems
                ]
        else:
            problems += V.check_times(table, time, positions, label)
        rows.append(positions)
    return Arranged(rows, notes, problems)


def common_timeframe(names, times, origin, asked):
    from admf_jit.data.timeframe import infer

    return asked or min((infer(t) for t in times), key=lambda x: x)
