"""The state of all toggles: as configured, with the changes that people made since. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

import orjson

from app.flags.catalogue import CATALOGUE
from app.flags.definition import ON, Definition


class Changed(NamedTuple):
    """What the newest change says of one flag.

    Attributes:
        definition: None: as configured again.
        version: Counts the flag's changes.
        by, why, at_ms: Who, why, when.
        number: Its place in the order of all flags' changes, from 1.
    """

    flag: str
    definition: Definition | None
    version: int
    by: str
    why: str
    at_ms: int
    number: int = 0


class States:
    """What holds at one moment.

    Args:
        configured: Flag → definition, as flags.yaml says; a flag that it does not name is on.
        changed: Flag → its newest change.
        now_ms: Changes that have run out by then count no more; None: none has.
    """

    def __init__(
        self,
        configured: Mapping[str, Definition] | None = None,
        changed: Mapping[str, Changed] | None = None,
        now_ms: int | None = None,
    ) -> None:
        self.configured = {flag: (configured or {}).get(flag, ON) for flag in CATALOGUE}
        self.changed = dict(changed or {})
        self._holding = {
            flag: one.definition for flag, one in self.changed.items() if one.definition and not _over(one.definition, now_ms)
        }
        ends = [one.until for one in self._holding.values() if one.until is not None]
        self.until_ms = min(ends, default=None)
        """When the next temporary change runs out; None: none will."""
        number = max((one.number for one in self.changed.values()), default=0)
        said = {flag: self.definition(flag).data() for flag in CATALOGUE}
        digest = blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=4).hexdigest()
        self.version = f"{number}.{digest}"
        """Number of the newest change, and a digest of what holds: the same wherever the same was read."""

    def definition(self, flag: str) -> Definition:
        """What holds of a flag."""
        return self._holding.get(flag) or self.configured[flag]

    def is_changed(self, flag: str) -> bool:
        """Whether a change holds, and not the configuration."""
        return flag in self._holding

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        """The share of keys that a flag is on for, in [0, 1]; None of a flag that is a share: as the source's file says."""
        chosen = self.definition(flag).chosen(source, team)
        return None if CATALOGUE[flag].share and chosen.enabled else chosen.state


def _over(definition: Definition, now_ms: int | None) -> bool:
    return now_ms is not None and definition.until is not None and definition.until <= now_ms


def number_of(version: str) -> int:
    """The number of the newest change that a version knows; 0 of what is no version."""
    number, _, _ = version.partition(".")
    return int(number) if number.isdecimal() else 0
