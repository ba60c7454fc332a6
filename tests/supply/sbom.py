"""`make sbom`: the software bill of materials of the lock, in CycloneDX's JSON; made by cyclonedx-py, and held against the lock.

A list that leaves something out is worse than none: exit 1 where it does not name exactly what the lock pins.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.supply.lock import LOCK, Pin, canonical, pins

OUT: Final = Path("dist/sbom.cdx.json")


def components(bom: Mapping[str, Any]) -> set[Pin]:
    """Packages, versions and hashes that a bill names."""
    found = set()
    for one in bom.get("components", ()):
        told = [each for reference in one.get("externalReferences", ()) for each in reference.get("hashes", ())]
        hashes = frozenset(each["content"] for each in told if each["alg"] == "SHA-256")
        found.add(Pin(canonical(one["name"]), one["version"], hashes))
    return found


def differences(bom: Mapping[str, Any], locked: list[Pin]) -> list[str]:
    """What only one of both has."""
    told, wanted = components(bom), set(locked)
    lines = [f"not in the bill as it is pinned: {one.name} {one.version}" for one in sorted(wanted - told)]
    return lines + [f"not pinned: {one.name} {one.version}" for one in sorted(told - wanted)]


def main(cyclonedx: str) -> int:
    """Write the bill to OUT, and hold it against the lock."""
    OUT.parent.mkdir(exist_ok=True)
    argv = [cyclonedx, "requirements", str(LOCK), "--pyproject", "pyproject.toml", "--of", "JSON", "--output-reproducible"]
    subprocess.run([*argv, "-o", str(OUT)], check=True)
    wrong = differences(json.loads(OUT.read_text("utf-8")), pins())
    print(*(wrong or [f"{OUT}: {len(pins())} packages, exactly those of {LOCK}"]), sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
