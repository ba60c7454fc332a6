"""The port of the shared index in which matching finds earlier leads: keys and bytes in, earlier leads out.

It knows neither names nor addresses: keys are pseudonyms, what is compared comes and goes sealed. See docs/match-index.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

KEY: Final = 8  # bytes
EXCLUSIVE_KEY: Final = 16  # bytes
MAX_KEYS: Final = 32  # of one lead
MAX_EXCLUSIVE: Final = 15
MAX_RECORD: Final = 1_000  # bytes
LATE_S: Final = 30 * 86_400  # leads are kept so long for who lags; no topic keeps longer what may become a lead


class Ask(NamedTuple):
    """A lead that enters the index and asks who was there before.

    Attributes:
        lead: The lead id (`ld_` and 20 hex digits).
        keys: Blocking keys, joined, strongest first: `KEY` bytes each, at most `MAX_KEYS`. All but its last byte are a
            pseudonym; the last says how many may have the key before it finds nobody any more (1 to 255): persons, from a crowd's
            on; else leads.
        exclusive: Pseudonyms of what only one event can have (its event id), joined: `EXCLUSIVE_KEY` bytes each, at most
            `MAX_EXCLUSIVE`.
        record: What the judge compares, packed and sealed; at most `MAX_RECORD` bytes. Each byte is a byte of Redis memory.
        at_ms: When the lead came, by the record's own time. Whole seconds count.
        window_s: For how long after that it can be found.
    """

    lead: str
    keys: bytes
    exclusive: bytes
    record: bytes
    at_ms: int
    window_s: int


def check(ask: Ask) -> None:
    """Whether there is room for it.

    Raises:
        ValueError: It is outside the limits above.
    """
    if len(ask.lead) != 23 or not ask.lead.startswith("ld_"):
        raise ValueError("a lead id is ld_ and 20 hex digits")
    keys, exclusive = len(ask.keys), len(ask.exclusive)
    if keys > MAX_KEYS * KEY or exclusive > MAX_EXCLUSIVE * EXCLUSIVE_KEY or len(ask.record) > MAX_RECORD:
        raise ValueError(f"more than {MAX_KEYS} keys, {MAX_EXCLUSIVE} exclusive keys or {MAX_RECORD} bytes of record")
    if keys % KEY or exclusive % EXCLUSIVE_KEY:
        raise ValueError(f"keys are pseudonyms of {KEY} bytes each, exclusive keys of {EXCLUSIVE_KEY}")


def each(joined: bytes, size: int = KEY) -> list[bytes]:
    """Joined keys, one by one."""
    return [joined[at : at + size] for at in range(0, len(joined), size)]


@dataclass(frozen=True, slots=True)
class Link:
    """A decision about two leads.

    Attributes:
        lead: Whom it is about.
        into: Whom it belongs to; None: people have set it apart, it stands alone and is marked so. What belongs to it stays.
        same: They are the same lead: `lead` was merged into `into`, which came earlier; a lead merged elsewhere before leaves
            there. Else they are of one person: a lead that belongs to nobody, and came later, belongs to `into` from then on;
            any other brings its whole person along, and the person that began later belongs to the one that began earlier.
    """

    lead: str
    into: str | None
    same: bool = True


class Earlier(NamedTuple):
    """A lead that was there before.

    Attributes:
        lead, record: As it was asked.
        keys: Which keys of the ask it shares, as positions in `Ask.keys`; empty where an exclusive key found it.
        of: The lead that it was merged into in the end (`Link.same` alone is followed); its own id where it was not.
        root: The first lead of its person (every link is followed); its own id where it is that.
        chain: How many leads belong to the root, directly or through others.
        apart: People have set the root apart once: nothing but people may join its person with another.
    """

    lead: str
    record: bytes
    keys: tuple[int, ...]
    of: str
    root: str
    chain: int
    apart: bool


class Sought(NamedTuple):
    """What an ask found.

    Attributes:
        number: The place of the lead in the order of all leads. The same at each delivery; 0 where it did not enter.
        same: The lead that holds one of its exclusive keys: this is the same event again, so it did not enter.
        earlier: Those with lower numbers that share keys, most shared keys first, then the lowest number first. A key whose own
            limit is below a crowd's counts only together with another, where the ask has one whose limit is a crowd's.
        crowded: Positions of keys that too many share. They found nobody.
        left_out: Earlier leads above the limit of an answer.
    """

    number: int
    same: Earlier | None = None
    earlier: tuple[Earlier, ...] = ()
    crowded: tuple[int, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The index cannot tell. Nothing may be concluded about the leads of the batch, and their links were not taken in.

    Attributes:
        why: One line for a person.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A lead that was entered, as it is told for restoring.

    Attributes:
        ask: As it was asked.
        number: The number that it got.
        links: What was decided about it.
    """

    ask: Ask
    number: int
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Swept:
    """One step of a sweep.

    Attributes:
        expired: Leads whose window had ended.
        pruned: References to leads that are no more, from expiry or erasure.
        around: Both walks have come to their end; the next step begins at their beginnings.
    """

    expired: int
    pruned: int
    around: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What the index holds, and what it counted since it was new or restored.

    Attributes:
        leads, references, buckets: Held now.
        bytes: About what they take; 0: not known.
        same: Asks that were the same event again.
        crowded: Keys of asks that met a crowd.
        left_out: Earlier leads that an answer had no room for.
        missed: Links to or from leads that are not there, of a lead with itself, or that merge into a later lead.
        late: Leads that came after others were forgotten that they could have found.
        expired: Leads swept because their window had ended.
    """

    leads: int
    references: int
    buckets: int
    bytes: int
    same: int
    crowded: int
    left_out: int
    missed: int
    late: int
    expired: int


class MatchIndex(Protocol):
    """Who was there before, told once and for all workers alike.

    Every lead gets a number when it enters; of two leads that race, the one with the higher number sees the other, and only it.
    """

    def seek(self, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought] | Unknown:
        """Take in the links, then let each lead enter and find the earlier ones that share keys; in one round trip.

        An ask met again (a redelivery, or a call whose answer was lost) changes nothing: it keeps its number and finds the
        leads below it, never itself and never later ones. A lead is found as long as its window, or that of a lead that
        belongs to it, has not ended at the asker's time.

        Raises:
            EdgeDown: The index does not answer or is not complete, and the caller rather waits. Nothing or all was taken in;
                ask again.
            ValueError: An ask is outside the limits of this module (`check`); nothing was taken in.
        """
        ...

    def sweep(self, now_ms: int) -> Swept:
        """One bounded step of forgetting leads whose window has ended at `now_ms`. Until then they cost memory, no more.

        Raises:
            EdgeDown: The index does not answer.
        """
        ...

    def erase(self, leads: Sequence[str]) -> int:
        """Remove these leads, their records and every reference to them; how many were there.

        Leads that belonged to an erased one belong to nobody then. An ask of an erased lead enters anew.

        Raises:
            EdgeDown: The index does not answer; erase again.
        """
        ...

    def restore(self, standing: Iterable[Standing | None]) -> int:
        """Fill an index that lost its data, if nobody else did; how many leads were told.

        Args:
            standing: In the order of their numbers, which they keep; a lead before the links that name it, or with them. None now
                and then where it takes long to find them: a sign of life, without which another worker begins anew. Nothing is
                asked for where the index is complete.

        Raises:
            EdgeDown: The index does not answer, another worker restores it, or it was emptied again meanwhile.
        """
        ...

    def counts(self) -> Counts:
        """For metrics.

        Raises:
            EdgeDown: The index does not answer.
        """
        ...
