"""A replay that sends nothing: what today's configuration would make of the letters, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.source import InboundEvent
from app.replay.groups import Alike, alike
from app.replay.letter import Letter

BATCH: Final = 200
EXAMPLES: Final = 3


class Would(NamedTuple):
    """What would become of a letter.

    Attributes:
        detail: The team; the reasons for a review; the lead that it is a duplicate of, by `earlier` or `here` (another of these
            letters); stage and reason of a dead letter.
    """

    fate: str
    detail: str

    def __str__(self) -> str:
        return f"{self.fate} ({self.detail})" if self.detail else self.fate


@dataclass(slots=True)
class Outlook:
    """What would happen.

    Attributes:
        groups: Group → what would become of how many of its letters.
        examples: Group and what would become → lead ids.
    """

    letters: int = 0
    groups: dict[Alike, Counter[Would]] = field(default_factory=dict)
    examples: dict[tuple[Alike, Would], list[str]] = field(default_factory=dict)

    @property
    def fates(self) -> Counter[str]:
        """Fate → letters."""
        return self._summed(lambda would: would.fate)

    @property
    def reasons(self) -> Counter[str]:
        """Fate with its detail → letters."""
        return self._summed(str)

    def take(self, letter: Letter, would: Would) -> None:
        """Count one."""
        self.letters += 1
        its = alike(letter)
        self.groups.setdefault(its, Counter())[would] += 1
        some = self.examples.setdefault((its, would), [])
        if len(some) < EXAMPLES:
            some.append(letter.lead_id)

    def _summed(self, name: Callable[[Would], str]) -> Counter[str]:
        found: Counter[str] = Counter()
        for its in self.groups.values():
            for would, count in its.items():
                found[name(would)] += count
        return found


def rehearse(
    records: Iterable[tuple[Letter, InboundEvent]],
    process: Callable[[Sequence[InboundEvent]], list[Fate]],
    undeliverable: Callable[[Fate], DeadLetter | None] = lambda fate: None,
    progress: Callable[[int], None] = lambda done: None,
) -> Outlook:
    """Put the letters' records through the stages.

    Args:
        records: In the order in which they would be sent.
        process: The pipeline, joined to ports that write nowhere.
        undeliverable: What delivery would make a dead letter of.

    Raises:
        EdgeDown: A port does not answer.
    """
    found, here = Outlook(), set[str]()
    for batch in batches(records):
        fates = process([event for _, event in batch])
        for (letter, _), fate in zip(batch, fates, strict=True):
            here.add(letter.lead_id)
            found.take(letter, would(undeliverable(fate) or fate, here))
        progress(found.letters)
    return found


def would(fate: Fate, here: set[str]) -> Would:
    """What a fate is called; without personal data."""
    match fate:
        case Routed():
            return Would("routed", fate.team)
        case Review():
            return Would("review", ", ".join(fate.reasons))
        case Duplicate():
            return Would("duplicate", "of another of these" if fate.of in here else "of an earlier lead")
        case DeadLetter():
            return Would("dead_letter", f"{fate.stage}: {fate.reason}")


def batches(records: Iterable[tuple[Letter, InboundEvent]]) -> Iterator[list[tuple[Letter, InboundEvent]]]:
    """A few at a time, for one question to each port."""
    batch: list[tuple[Letter, InboundEvent]] = []
    for one in records:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
