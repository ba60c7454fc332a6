"""Redis forgets a person: the match index, the desk, journeys, leases. Each call again does no harm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from app.privacy.erasing import Place


class Index(Protocol):
    """The match index."""

    def erase(self, leads: Sequence[str]) -> int: ...


class Desk(Protocol):
    """Who has which lead, and whose a person is."""

    def forget(self, leads: Sequence[str], subjects: Sequence[str]) -> int: ...


class Journeys(Protocol):
    """What visitors did."""

    def erase(self, visitors: Collection[str], persons: Collection[str]) -> int: ...


class Leases(Protocol):
    """Who has claimed a lead of the review queue."""

    def drop(self, leads: Sequence[str]) -> int: ...


class Oblivion:
    """See the module.

    Args:
        subject_of: Lead → the person whose first lead it is.
    """

    def __init__(
        self, index: Index, desk: Desk, journeys: Journeys | None, leases: Leases, subject_of: Callable[[str], str]
    ) -> None:
        self._index, self._desk, self._journeys, self._leases = index, desk, journeys, leases
        self._subject_of = subject_of

    def forget(self, leads: Sequence[str], browsers: Collection[str], persons: Collection[str]) -> list[Place]:
        """All of it; what was there.

        Raises:
            EdgeDown: Redis does not answer, or is being restored: call again, or it would be restored with them.
        """
        subjects = [self._subject_of(lead) for lead in leads]
        places = [
            Place("redis: match index", "forgotten", self._index.erase(leads) if leads else 0),
            Place("redis: desk", "forgotten", self._desk.forget(leads, subjects) if leads else 0),
            Place("redis: leases of the review queue", "forgotten", self._leases.drop(leads) if leads else 0),
        ]
        if self._journeys is not None:
            places.append(Place("redis: journeys", "forgotten", self._journeys.erase(browsers, persons)))
        return places
