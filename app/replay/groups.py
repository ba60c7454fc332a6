"""Dead letters that failed alike, together: one cause, one mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from app.replay.letter import Letter

EXAMPLES: Final = 3


class Alike(NamedTuple):
    """What letters of a group have in common."""

    source: str
    stage: str
    reason: str
    attempt: int


@dataclass(slots=True)
class Group:
    """Letters that failed alike.

    Attributes:
        first_ms, last_ms: When the first and the last of them became letters.
        repairable: How many a change of ours could mend.
        examples: Lead ids, the newest first.
    """

    alike: Alike
    count: int = 0
    first_ms: int = 0
    last_ms: int = 0
    repairable: int = 0
    examples: list[str] = field(default_factory=list)


def alike(letter: Letter) -> Alike:
    """Which group it is of."""
    return Alike(letter.source, letter.stage, letter.reason, letter.attempt)


def groups(letters: Iterable[Letter]) -> list[Group]:
    """The largest first."""
    found: dict[Alike, Group] = {}
    newest: dict[Alike, list[tuple[int, str]]] = {}
    for letter in letters:
        its = alike(letter)
        if its not in found:
            found[its], newest[its] = Group(its, first_ms=letter.failed_ms, last_ms=letter.failed_ms), []
        group, some = found[its], newest[its]
        group.count += 1
        group.repairable += letter.repairable
        group.first_ms, group.last_ms = min(group.first_ms, letter.failed_ms), max(group.last_ms, letter.failed_ms)
        some.append((letter.failed_ms, letter.lead_id))
        if len(some) > 10 * EXAMPLES:
            some[:] = sorted(some, reverse=True)[:EXAMPLES]
    for its, group in found.items():
        group.examples = [lead for _, lead in sorted(newest[its], reverse=True)[:EXAMPLES]]
    return sorted(found.values(), key=lambda one: (-one.count, one.alike))
