"""Which role reads and writes which topic: the one table that least-privilege ACLs are made of.

A dataset is a key of schemas/topics.yaml. A new one stands for nobody until it is entered here: a test asks for who reads and who
writes it. Reading and writing imply seeing (Kafka's Describe).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal[
    "worker", "learner", "reviser", "steward", "monitor", "behaviour", "api", "privacy",  # processes of ours
    "producer", "sink", "reporter",  # others' processes: one for each source, team, and dataset that others report
    "viewer", "operator", "admin",  # people with tools
]  # fmt: skip

# What others tell us, each about something else: a principal that may report wins may not report consent.
REPORTED: Final = ("outcomes", "spend", "behaviour", "consent", "verdicts")

_LEADS: Final = frozenset({"routed", "review", "duplicates", "rejected"})
_STEERING: Final = frozenset({"models", "flags", "rollouts", "capacity"})  # what people and guardrails change while stages run
_SAID: Final = frozenset(  # what people say with tools
    {
        "verdicts", "mappings", "flags", "rollouts", "changes", "capacity", "models", "replays", "inbound", "consent", "erasure",
    }
)  # fmt: skip
_ALL: Final = frozenset(
    {
        "inbound", "routed", "review", "duplicates", "decisions", "dlq", "outcomes", "verdicts", "spend", "behaviour", "alerts",
        "models", "mappings", "shapes", "rejected", "capacity", "flags", "rollouts", "changes", "replays", "keys", "consent",
        "suppressions", "erasure", "erased",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role must be able to do, and no more.

    Names may hold `{group}` and `{prefix}` of the settings, `{one}` of the source or team; a `*` at the end: all that begin so.

    Attributes:
        reads, writes: Datasets.
        empties: Datasets whose oldest records it may delete.
        asks: Datasets whose settings it may see: how long records stay.
        groups: Consumer groups that it is a member of, or keeps positions in.
        looks: Consumer groups whose positions it only looks at.
        transactions: Transactional ids.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    empties: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()


# Who reads outside of a group gives librdkafka a name for one all the same (app/edges/kafka/reading.py).
READERS: Final = "leadstream-reader-*"

GRANTS: Final[dict[Role, Grant]] = {
    "worker": Grant(
        reads=_STEERING | {"inbound", "decisions", "mappings", "suppressions", "keys"},
        writes=frozenset({"routed", "review", "duplicates", "dlq", "decisions", "shapes", "keys"}),
        groups=("{group}", "{group}-spared"),
        looks=(READERS, "leadstream-probe"),
        transactions=("{group}-{prefix}.inbound.*",),
    ),
    "learner": Grant(
        reads=frozenset({"decisions", "outcomes", "models"}),
        writes=frozenset({"models", "alerts"}),
        looks=(READERS,),
        transactions=("{group}-learner",),
    ),
    "reviser": Grant(
        reads=_LEADS | _STEERING | {"verdicts", "decisions", "mappings", "suppressions", "keys"},
        writes=_LEADS | {"decisions", "outcomes", "models", "mappings"},
        groups=("{group}-reviser",),
        looks=(READERS,),
        transactions=("{group}-reviser",),
    ),
    "steward": Grant(
        reads=frozenset({"decisions", "outcomes", "verdicts", "rollouts", "alerts", "capacity"}),
        writes=frozenset({"verdicts", "rollouts", "changes", "alerts"}),
        groups=("{group}-steward",),
        looks=(READERS,),
        transactions=("{group}-steward",),
    ),
    "monitor": Grant(
        reads=frozenset({"decisions", "outcomes", "shapes", "alerts"}), writes=frozenset({"alerts"}), looks=(READERS,)
    ),
    "behaviour": Grant(reads=frozenset({"behaviour"}), groups=("{group}-behaviour",)),
    "api": Grant(
        reads=_LEADS | {"verdicts", "decisions"},
        writes=frozenset({"verdicts"}),
        looks=(READERS, "{group}-reviser"),
    ),
    "privacy": Grant(
        reads=_LEADS | {"consent", "suppressions", "erasure", "erased", "decisions", "dlq", "keys", "verdicts"},
        writes=_LEADS | {"suppressions", "decisions", "dlq", "keys", "erased", "erasure", "verdicts"},
        empties=frozenset({"inbound"}),
        asks=_LEADS | {"decisions", "dlq", "keys", "verdicts", "inbound", "behaviour", "consent"},
        groups=("{group}-privacy",),
        looks=(READERS, "{group}"),
        transactions=("{group}-privacy",),
    ),
    "producer": Grant(writes=frozenset({"inbound"})),
    "sink": Grant(reads=frozenset({"routed"}), groups=("{group}-sink-{one}",)),
    "reporter": Grant(),  # writes its own dataset of REPORTED
    "viewer": Grant(reads=_ALL - {"keys"}, looks=(READERS, "{group}*")),
    "operator": Grant(
        reads=_ALL,
        writes=_SAID,
        asks=frozenset({"inbound"}),
        looks=(READERS, "{group}*"),
        transactions=("{prefix}-flags", "{prefix}-rollouts", "{group}-replay", "leadstream-change-*"),
    ),
    "admin": Grant(),  # creates topics and ACLs: see acls.py
}
