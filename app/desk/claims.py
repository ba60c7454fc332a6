"""Which lead has whose place, and whose a person is: kept for a while, and forgotten."""

from __future__ import annotations

from typing import Final, NamedTuple

from app.desk.hours import DAY_MS
from app.ports import DeskWhy

BEHIND_MS: Final = 3_600_000  # clocks of workers differ by less than this


class Claim(NamedTuple):
    """A lead's place.

    Attributes:
        day: The member's local date that it counts for.
        told: The UTC date when it was given, as days since 1 January 1970.
    """

    team: str
    member: str
    day: int
    why: DeskWhy
    told: int


class Claims:
    """Lead → place, through the day after the one on which it was given."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._at_ms = 0

    def today(self, at_ms: int) -> int:
        """The date that counts: it does not go back when another worker's clock is a little behind."""
        before = self._at_ms // DAY_MS
        self._at_ms = at_ms if self._at_ms - at_ms > BEHIND_MS else max(self._at_ms, at_ms)
        today = self._at_ms // DAY_MS
        if today != before:
            self._claims = {lead: claim for lead, claim in self._claims.items() if self.of(lead)}
        return today

    def of(self, lead: str) -> Claim | None:
        """The lead's place, where it has one that is not forgotten yet."""
        claim = self._claims.get(lead)
        return claim if claim is not None and self._at_ms // DAY_MS - claim.told in (0, 1) else None

    def keep(self, lead: str, claim: Claim) -> None:
        """From now on."""
        self._claims[lead] = claim

    def forget(self, lead: str) -> None:
        """The place is free."""
        self._claims.pop(lead, None)


class Owners:
    """Subject → who had the newest lead."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str, int]] = {}

    def of(self, subject: str, team: str, now: int, keep_days: int) -> str | None:
        """The member of this team who had the subject's newest lead, where that is not too long ago."""
        told = self._owners.get(subject)
        return told[1] if told is not None and told[0] == team and now - told[2] < keep_days else None

    def keep(self, subject: str, team: str, member: str, now: int) -> None:
        """From now on."""
        self._owners[subject] = (team, member, now)
