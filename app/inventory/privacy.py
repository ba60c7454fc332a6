"""What may be kept for how long, and what people are contacted for: the file privacy.yaml (docs/privacy.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from app.inventory.entry import Entry, Slug

DataClass = Literal[
    "raw",  # personal data as it came, in any form
    "contact",  # personal data of leads, in the fields of our schemas
    "pseudonymous",  # about people, by ids and keyed pseudonyms that only we can tell anybody from
    "operational",  # about sources, teams and the machine
]
CONTACT: Final = "contact"  # the purpose of a team that declares none: to answer what the person asked for
MARKETING: Final = "marketing"
Days = Annotated[int, Field(ge=1, le=3650)]

TOPICS: Final[Mapping[str, DataClass]] = {
    "inbound": "raw",
    "routed": "contact",
    "review": "contact",
    "duplicates": "contact",
    "dlq": "raw",
    "decisions": "pseudonymous",
    "outcomes": "pseudonymous",
    "verdicts": "contact",  # ours seal what people correct; other tools may send it plain
    "spend": "operational",
    "behaviour": "raw",  # may carry visitors' e-mail addresses
    "models": "operational",
    "alerts": "operational",
    "mappings": "operational",
    "shapes": "operational",
    "rejected": "contact",
    "capacity": "operational",  # members by role, not by name
    "flags": "operational",
    "rollouts": "operational",
    "changes": "operational",
    "replays": "pseudonymous",
    "keys": "pseudonymous",
    "consent": "raw",
    "suppressions": "pseudonymous",
    "erasure": "pseudonymous",
    "erased": "pseudonymous",
}
"""Topic, as app/edges/kafka/names.py and schemas/topics.yaml name it → what kind of data it holds."""

NEWEST: Final = frozenset({"models", "alerts", "mappings", "shapes", "capacity", "flags", "rollouts", "suppressions"})
"""Topics that keep the newest record of each key for ever. An objection has no end."""


class Keep(Entry):
    """Days for which each kind of data is kept."""

    raw: Days = 30
    contact: Days = 30
    pseudonymous: Days = 400  # a year's comparison and a month more
    operational: Days = 400


class Compaction(Entry):
    """When what a newer record of the same lead says anew is gone: the earliest and the latest, in days."""

    after_days: Days = 4
    within_days: Days = 5


_SHORTER: Final[Mapping[str, int]] = {"inbound": 14, "routed": 14, "duplicates": 14, "consent": 14}
_PURPOSES: Final[Mapping[str, str]] = {
    CONTACT: "Answer what the person asked for",
    MARKETING: "Newsletters and offers",
}


class Privacy(Entry):
    """The file privacy.yaml.

    Attributes:
        topics: Topic → days, where it keeps less than its class allows.
        purposes: What people may be contacted for, and what is meant by it.
    """

    version: Annotated[int, Field(ge=1)] = 1
    keep_days: Keep = Keep()
    topics: dict[str, Days] = Field(default_factory=lambda: dict(_SHORTER))
    compaction: Compaction = Compaction()
    purposes: dict[Slug, str] = Field(default_factory=lambda: dict(_PURPOSES))

    def days(self, topic: str) -> int:
        """For how long a topic keeps its records; of those in NEWEST, all but the newest of each key."""
        allowed: int = getattr(self.keep_days, TOPICS[topic])
        return self.topics.get(topic, allowed)


class Consent(Entry):
    """What the persons of a source agree to, where they agree.

    Attributes:
        purposes: What the box that they tick, or the form itself, says.
        expires_days: After so many days they must be asked again; None: it does not end.
    """

    purposes: tuple[Slug, ...]
    expires_days: Days | None = None
