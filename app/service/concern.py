"""What the parts of the service have in common: each looks after leads of one kind, and takes turns with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from app.service.open_lead import Open
from app.steward import Alarm, SayVerdict


class Concern(Protocol):
    """One kind of lead that time does something to."""

    @property
    def name(self) -> str:
        """The engine of its verdicts' ids."""
        ...

    def cares(self, row: Open) -> bool:
        """Whether it may ever say something about such a lead; a lead that nobody cares about is not kept."""
        ...

    def changed(self, number: int, before: Open | None, now: Open | None) -> None:
        """A row of the book came, changed or went."""
        ...

    def verdicts(self, now_ms: int, most: int) -> Iterator[SayVerdict]:
        """What is to be said now, the most urgent first; at most so many."""
        ...

    def alarms(self, now_ms: int) -> Iterator[Alarm]:
        """How it stands, for on-call engineers."""
        ...

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """See `app.steward.Engine`."""
        ...
