"""`python -m tests.month`: a simulated month, or many, and what `leadstream kpi` says of it."""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from math import exp, log, sqrt
from pathlib import Path
from statistics import mean, stdev

from rich.console import Console

from app.embedded.simulator.arrivals import DAY_MS
from app.kpi.report import Report
from app.ops.kpi_table import tables
from tests.month.assumptions import Assumptions
from tests.month.measured import WANTED, measured, moved
from tests.month.month import CALM, PLANTED, START_MS, Month, Simulation

_WORLDS = {  # what the figures hang on most: one assumption changed in each
    "as assumed": {},
    "speed matters less": {"decay": 0.1},
    "speed does not matter": {"decay": 0.0},
    "people judge worse": {"judgement": 1.5},
    "people judge better": {"judgement": 0.7},
    "fewer people": {"people": 12},
    "more people": {"people": 17},
}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.month", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--out", type=Path, help="write the records here, for `leadstream kpi --from`")
    parser.add_argument("--calm", action="store_true", help="nothing bad is planted")
    parser.add_argument("--months", type=int, metavar="N", help="so many calm months, from the seed on: is anything rolled back?")
    parser.add_argument("--sensitivity", action="store_true", help="the same month in other worlds")
    asked = parser.parse_args()
    if asked.months:
        raise SystemExit(_months(asked.seed, asked.months, asked.days))
    if asked.sensitivity:
        _sensitivity(asked.seed, asked.days)
        return
    started = time.process_time()
    month = Simulation(Assumptions(), asked.seed, asked.days, CALM if asked.calm else PLANTED).run()
    folder = asked.out or Path(tempfile.mkdtemp())
    month.machine.topics.write(folder)
    print(
        f"{len(month.machine.topics.decisions):,} decisions in {time.process_time() - started:.0f} s of processor time; {folder}"
    )
    _told(month)
    report = measured(month)
    Console(width=140).print(tables(report))
    _wanted(report)
    if month.full_ms is not None:
        since = datetime.fromtimestamp(month.full_ms / 1000, UTC)
        print(f"the same from the files: leadstream kpi --from {folder} --by none --since {since:%Y-%m-%dT%H:%M:%S}")


def _told(month: Month) -> None:
    for at_ms, one in month.changes:
        print(f"day {(at_ms - START_MS) / DAY_MS:5.2f}  {one.name:12} {one.status:11} {one.share:4.0%}  {one.why}")
    for name, minutes in month.minutes.items():
        print(f"{name}: " + ", ".join(f"{what} {spent / 60:,.0f} h" for what, spent in minutes.items()))


def _wanted(report: Report) -> None:
    for kpi, limit in WANTED.items():
        found = moved(report, kpi)
        print(f"{kpi}: {found.value:+.1%} [{found.low:+.1%}, {found.high:+.1%}], wanted {limit:+.0%}")


def _months(first: int, count: int, days: int) -> int:
    """How many of them rolled anything back."""
    false, found = 0, {kpi: list[float]() for kpi in WANTED}
    for seed in range(first, first + count):
        month = Simulation(Assumptions(), seed, days, CALM).run()
        back, report = month.rolled_back(), measured(month)
        false += bool(back)
        for kpi, values in found.items():
            values.append(moved(report, kpi).value)
        told = "  ".join(f"{kpi} {values[-1]:+.1%}" for kpi, values in found.items())
        print(f"seed {seed:2}: rolled back {back or 'nothing'}; {told}", flush=True)
    print(f"{false} of {count} calm months rolled anything back")
    for kpi, values in found.items():
        print(f"{kpi}: {_mean(values)}, wanted {WANTED[kpi]:+.0%}")
    return false


def _mean(changes: list[float]) -> str:
    """Of so many months, on the log scale, with its 95 % interval by how much they differ."""
    logs = [log(max(0.001, 1 + one)) for one in changes]
    half = 1.96 * stdev(logs) / sqrt(len(logs)) if len(logs) > 1 else 0.0
    middle = mean(logs)
    return f"{exp(middle) - 1:+.1%} [{exp(middle - half) - 1:+.1%}, {exp(middle + half) - 1:+.1%}]"


def _sensitivity(seed: int, days: int) -> None:
    for name, changes in _WORLDS.items():
        report = measured(Simulation(replace(Assumptions(), **changes), seed, days, CALM).run())  # type: ignore[arg-type]
        told = "  ".join(f"{kpi} {(one := moved(report, kpi)).value:+.0%} [{one.low:+.0%}, {one.high:+.0%}]" for kpi in WANTED)
        print(f"{name:22} {told}", flush=True)


main()
