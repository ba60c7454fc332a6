"""Which dead letters are meant, and which of those can be sent in again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from app.replay.letter import Letter
from app.settings import MAX_RECORD_BYTES

MOST_BYTES: Final = MAX_RECORD_BYTES - 100_000  # leaves room for a replay's headers and the framing of a batch

LeftOut = Literal[
    "replayed",  # sent in again before
    "failed_again",  # a replay that failed: kept apart
    "cut",  # its end is missing
    "too_large",  # for its topic, with the headers of a replay
    "unrepairable",  # no change of ours could mend it
    "topic_gone",  # the inbound topic that it came from is no more
]
SAID: Final[dict[LeftOut, str]] = {
    "replayed": "sent in again before",
    "failed_again": "failed again after a replay: look at them first, then --again",
    "cut": "cut when they were set aside, so what came cannot be sent again: ask the sender for them",
    "too_large": "too large for the inbound topic together with the headers of a replay: ask the sender for them",
    "unrepairable": "not repairable by a change of ours: --unrepairable takes them all the same",
    "topic_gone": "of an inbound topic that is no more",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; what is empty or None does not matter.

    Attributes:
        since_ms, until_ms: When they became letters, from and before.
    """

    leads: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    since_ms: int | None = None
    until_ms: int | None = None
    repairable: bool | None = None
    attempt: int | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether this one is meant."""
        return (
            (not self.leads or letter.lead_id in self.leads)
            and (not self.sources or letter.source in self.sources)
            and (not self.stages or letter.stage in self.stages)
            and (not self.reasons or letter.reason in self.reasons)
            and (self.since_ms is None or letter.failed_ms >= self.since_ms)
            and (self.until_ms is None or letter.failed_ms < self.until_ms)
            and (self.repairable is None or letter.repairable == self.repairable)
            and (self.attempt is None or letter.attempt == self.attempt)
        )

    def told(self) -> dict[str, object]:
        """What was asked for, for the audit."""
        named = {name: sorted(getattr(self, name)) for name in ("sources", "stages", "reasons")}
        plain = {name: getattr(self, name) for name in ("since_ms", "until_ms", "repairable", "attempt")}
        return {
            name: value for name, value in (named | plain | {"leads": len(self.leads) or None}).items() if value not in (None, [])
        }


@dataclass(slots=True)
class Selection:
    """What a replay would send, and what it leaves out and why.

    Attributes:
        chosen: In the order in which they became letters.
    """

    chosen: list[Letter] = field(default_factory=list)
    left_out: Counter[LeftOut] = field(default_factory=Counter)


def select(
    letters: Iterable[Letter],
    wanted: Filter,
    replayed: Collection[str],
    topics: Collection[str],
    *,
    again: bool = False,
    most: int | None = None,
) -> Selection:
    """Which of the letters to send in again.

    Without another word only what could be repaired, and what did not fail after a replay before; who names a letter by its id
    has said so of it.

    Args:
        replayed: Lead ids of letters that were sent in again before.
        topics: The inbound topics that exist.
        again: What failed again, too.
        most: At most so many, the oldest.
    """
    found = Selection()
    for letter in letters:
        if not wanted.takes(letter):
            continue
        why = _obstacle(letter, wanted, replayed, topics, again=again)
        if why is None:
            found.chosen.append(letter)
        else:
            found.left_out[why] += 1
    found.chosen.sort(key=in_order)
    if most is not None:
        del found.chosen[most:]
    return found


def in_order(letter: Letter) -> tuple[int, str, int, int]:
    """The key of the order in which letters are sent again: that in which they became letters."""
    return letter.failed_ms, letter.src.topic, letter.src.partition, letter.src.offset


def _obstacle(
    letter: Letter, wanted: Filter, replayed: Collection[str], topics: Collection[str], *, again: bool
) -> LeftOut | None:
    named = letter.lead_id in wanted.leads
    if letter.lead_id in replayed:
        return "replayed"
    if letter.cut:
        return "cut"
    if letter.weight > MOST_BYTES:
        return "too_large"
    if letter.src.topic not in topics:
        return "topic_gone"
    if letter.attempt > 1 and not (again or named):
        return "failed_again"
    if not letter.repairable and wanted.repairable is None and not named:
        return "unrepairable"
    return None
