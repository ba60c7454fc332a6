"""`make fuzz`: a million hostile inputs through the whole pure pipeline; exit code 1 where anything does not hold."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.fuzz.findings import FOUND
from tests.fuzz.run import CHUNK, Progress, run


def main() -> int:
    """Run, and say what was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="stop after so long; the same command goes on where it stopped")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--afresh", action="store_true", help="forget what was done with this seed")
    told = parser.parse_args()
    path = Path(".leadstream") / "fuzz" / f"seed-{told.seed}.jsonl"
    if told.afresh:
        path.unlink(missing_ok=True)
    progress = Progress(path)
    run(told.inputs, told.seed, told.processes, told.minutes, progress)

    for fate, n in progress.fates.most_common():
        print(f"{n:>10,}  {fate}")
    accounted, inputs = progress.fates.total(), progress.inputs
    grown = [one for one in progress.chunks.values() if one.grown]
    most = max((one.resident for one in progress.chunks.values()), default=0)
    print(f"{inputs:>10,}  inputs of seed {told.seed}, {accounted:,} accounted for; at most {most / 1e6:.0f} MB resident")
    for kind, n in progress.findings.most_common():
        print(f"FOUND {n:>6,} times: {kind}")
    if progress.findings:
        print(f"Minimised inputs are in {FOUND.relative_to(Path.cwd())}: tests from now on. Mend, then run with --afresh.")
    if grown:
        print(f"MEMORY grew by more than its bound in {len(grown)} chunks of {CHUNK}")
    return 1 if progress.findings or grown or accounted != inputs else 0


if __name__ == "__main__":
    sys.exit(main())
