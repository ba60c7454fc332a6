"""What requirements.lock pins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

LOCK: Final = Path("requirements.lock")
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


class Pin(NamedTuple):
    """One package, as the lock has it."""

    name: str
    version: str
    hashes: frozenset[str]


def pins(lock: Path = LOCK) -> list[Pin]:
    """All packages of a lock.

    Raises:
        ValueError: A line pins nothing, or without a hash.
    """
    found: list[Pin] = []
    for block in re.split(r"\n(?=[^\s#])", lock.read_text("utf-8").strip()):
        match = _PINNED.match(block)
        hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        if match is None or not hashes:
            raise ValueError(f"{lock}: not pinned with a hash: {block.splitlines()[0]}")
        found.append(Pin(canonical(match["name"]), match["version"], hashes))
    return found


def canonical(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
