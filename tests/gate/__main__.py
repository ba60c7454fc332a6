"""`make gate`: may the model of this repository take the place of the last accepted one? `make gate-accept` records it.

Exit 0 if it may, 1 if the gate refuses, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from app.learning.acceptance import Accepted, accepted, judged
from app.learning.gate import Passed
from tests.gate.streams import STREAMS

RECORDED = Path(__file__).with_name("accepted.json")


def main() -> int:
    """Judge, print what was found, and record on demand."""
    options = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__)
    options.add_argument("--accept", action="store_true", help="record today's model, if the gate lets it pass")
    options.add_argument("--force", action="store_true", help="with --accept: whatever the gate says; --why is stored")
    options.add_argument("--why", default="", help="what changed")
    asked = options.parse_args()
    if asked.force and not asked.why.strip():
        options.error("--force wants --why: the reason is stored beside the recording")
    before = Accepted.from_json(json.loads(RECORDED.read_text())) if RECORDED.is_file() else None
    made, held = {}, True
    for name, make in STREAMS.items():
        began = time.perf_counter()
        stream = make()
        if stream is None:
            print(f"{name}: the data is not at hand; passed over")
            continue
        made[name] = stream
        recorded = before.streams.get(name) if before else None
        seconds = time.perf_counter() - began
        if recorded is None:
            print(f"{name}: nothing recorded yet ({seconds:.0f} s)")
            continue
        said = judged(recorded, stream)
        held = held and isinstance(said, Passed)
        print(f"{name}: {'passes' if isinstance(said, Passed) else 'REFUSED'} ({seconds:.0f} s)")
        for one in said.findings:
            print(f"  {'' if one.held else 'no: '}{one.words}")
    if asked.accept and (held or asked.force):
        forced = asked.force and not held
        text = json.dumps(accepted(made, before, asked.why, forced=forced).to_json(), indent=1)
        RECORDED.write_text(text + "\n")
        print(f"recorded in {RECORDED.name}, {len(text) // 1000} kB{' by force' if forced else ''}")
        return 0
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
