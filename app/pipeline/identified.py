"""What the stage identity says of a lead: who it is, and whether it was here before.

Named tuples, for they are made for every lead: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.pipeline.matching.judge import Said

Dedupe = Literal[
    "new",
    "same_event",  # sent again, or read again under another offset
    "merged",  # the same lead once more: by another source, or by the same person within the window
    "linked",  # the same person with another intent: a lead of its own
    "asked",  # maybe the same person: people decide
    "unknown",  # the match index could not tell; looked into later (docs/revision.md)
]
DuplicateKind = Literal["same_event", "same_lead"]


class IndexEntry(NamedTuple):
    """The lead as the match index holds it.

    Attributes:
        number: Its place in the order of all leads; 0 where the index could not be asked.
        keys: Keyed hashes of 8 bytes each, joined.
        record: Intent and evidence, sealed.
        until_ms: Until when later leads find it.
    """

    number: int
    keys: bytes
    record: bytes
    until_ms: int


class Match(NamedTuple):
    """The earlier lead that a lead is best taken for, and why. Holds no value of any field.

    Attributes:
        lead: The earlier lead that it was compared with.
        of: The lead that the earlier one is part of.
        root: The first lead of that person.
        probability, weight: That both are of one person; the weight is log2 of the odds.
        nearest: What the two would be if they were not one.
        blocked: They are told to be two: a unique id disagrees, two generations, twins.
        chained: It would have been merged or linked, but for the number of leads that the person has already.
        evidence: What each field says, the weightiest first.
        joined: First leads of other persons that it shows to be the same, too.
    """

    lead: str
    of: str
    root: str
    probability: float
    weight: float
    nearest: str
    blocked: bool
    chained: bool
    evidence: tuple[Said, ...]
    joined: tuple[str, ...] = ()


class Identified(NamedTuple):
    """Who a lead is.

    Attributes:
        event_id: Pseudonym of source and vendor's event id.
        subject: The person: `su_` and the digits of the first lead's id; None where nothing tells who it is.
        entry: None where the lead did not enter the index: the same event again.
        match: None where no earlier lead came into question.
        duplicate_of: The lead that it is a duplicate of; None: a lead of its own.
        linked_to: The earlier lead of the same person, with another intent.
        compared: How many earlier leads it was compared with.
    """

    dedupe: Dedupe
    event_id: str
    subject: str | None
    entry: IndexEntry | None = None
    match: Match | None = None
    duplicate_of: str | None = None
    linked_to: str | None = None
    compared: int = 0


def subject_of(lead_id: str) -> str:
    """The person whose first lead this is."""
    return "su_" + lead_id[3:]
