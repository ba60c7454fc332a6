"""`make fuzz-decoders`: coverage-guided fuzzing (atheris, libFuzzer) of everything that reads bytes from outside.

What leaves a target and is no typed refusal is written down by libFuzzer, in .leadstream/fuzz/crashes. What it found new paths
with is kept beside that for the next run; it begins with a few inputs of the seeded fuzzer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(".leadstream") / "fuzz"
SLOW_S: Final = 25  # by the wall clock, on a machine that may be busy: libFuzzer calls an input that takes longer a finding
MOST_BYTES: Final = 8_192
RESIDENT_MB: Final = 2_000
# Whose coverage guides, with what they import; all of the app would take minutes to instrument.
DECODERS: Final = (
    "app.pipeline.intake.auto",
    "app.pipeline.replayed",
    "app.edges.registry.codec",
    "app.inventory.paths",
    "app.learning.snapshot",
)


def fuzz(name: str, seconds: int) -> None:
    """One target, in this process, until the time is over. libFuzzer ends the process itself."""
    atheris: Any = import_module("atheris")  # only `make fuzz-decoders` installs it
    with atheris.instrument_imports(include=["app"]):
        for module in DECODERS:
            import_module(module)
    from tests.fuzz.decoders import REFUSALS, targets

    target, begin = targets()[name]
    corpus, crashes = FOLDER / "corpus" / name, FOLDER / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for data in begin:
        (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)

    def one(data: bytes) -> None:
        try:
            target(data)
        except REFUSALS:
            return

    limits = [f"-max_total_time={seconds}", f"-timeout={SLOW_S}", f"-max_len={MOST_BYTES}", f"-rss_limit_mb={RESIDENT_MB}"]
    atheris.Setup(
        [name, str(corpus), f"-artifact_prefix={crashes}/{name}-", "-verbosity=0", "-print_final_stats=1", *limits], one
    )
    atheris.Fuzz()


def main() -> int:
    """All targets, one process each, so that a crash of one does not hide the others."""
    parser = argparse.ArgumentParser(prog="make fuzz-decoders", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--target", help="one alone")
    told = parser.parse_args()
    if find_spec("atheris") is None:
        print("skipped: atheris is not installed (pip install atheris; it comes for Linux on x86-64, Python 3.11 and newer)")
        return 0
    if told.target:
        fuzz(told.target, told.seconds)
        return 0
    from tests.fuzz.decoders import targets

    failed = 0
    for name in targets():
        command = [sys.executable, "-m", "tests.fuzz.guided", "--target", name, "--seconds", str(told.seconds)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=told.seconds * 3 + 300, check=False)
        lines = (ended.stdout + ended.stderr).splitlines()
        runs = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
        print(f"{name:<16} {runs:>10} inputs  {'FOUND SOMETHING' if ended.returncode else 'held'}", flush=True)
        if ended.returncode:
            failed += 1
            print("\n".join(lines[-25:]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
