"""Which inbound topics there are: those of the inventory's sources, and those that came without anybody declaring them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from app.edges.kafka.names import Topics
from app.errors import EdgeDown

EVERY_S: Final = 10.0  # between two looks at the cluster's topics
ANSWER_S: Final = 10.0
MOST: Final = 100  # undeclared topics consumed, the first by name: each partition costs a producer
MISSED: Final = 3  # looks in a row without a topic before it counts as deleted: a broker that restarts may not know it yet

log = structlog.get_logger(__name__)


class Discovery:
    """Looks again and again. What no source may be called, or is too many, is told once in the log.

    Args:
        client: confluent-kafka settings.
        declared: The inventory's sources.
    """

    def __init__(self, client: dict[str, Any], names: Topics, declared: Iterable[str]) -> None:
        self._admin, self._names = AdminClient(client), names
        self._declared = frozenset(names.inbound(source) for source in declared)
        self._missed: dict[str, int] = {}
        self._told: set[str] = set()

    def look(self) -> list[str]:
        """The undeclared inbound topics now, sorted; one that was there before stays until it was missed MISSED times.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        try:
            topics = self._admin.list_topics(timeout=ANSWER_S).topics
        except KafkaException as error:
            raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error
        begins = self._names.inbound("")
        present = set()
        for name, topic in topics.items():
            if not name.startswith(begins) or name in self._declared:
                continue
            if self._names.slug_of(name) is None:
                self._tell(
                    "undeclared_topic_ignored", name, "its name is no slug of a source: a-z, 0-9 and -, at most 41 characters"
                )
            elif topic.error is None and topic.partitions and all(p.leader >= 0 for p in topic.partitions.values()):
                present.add(name)
        self._missed = {
            name: 0 if name in present else n + 1 for name, n in {**dict.fromkeys(present, 0), **self._missed}.items()
        }
        self._missed = {name: n for name, n in self._missed.items() if n < MISSED}
        found = sorted(self._missed)
        for name in found[MOST:]:
            self._tell("undeclared_topic_ignored", name, f"more than {MOST} undeclared topics: declare sources, or delete topics")
        return found[:MOST]

    def _tell(self, event: str, topic: str, why: str) -> None:
        if topic not in self._told:
            self._told.add(topic)
            log.warning(event, topic=topic, why=why)


async def keep_looking(discovery: Discovery, known: Iterable[str], subscribe: Callable[[list[str]], Awaitable[bool]]) -> None:
    """Look, for ever, and subscribe when the set of topics has changed.

    All workers look at the same moments of the clock, so that a new topic costs the group one rebalance or two, not one for each.

    Args:
        known: The undeclared topics subscribed to already.
        subscribe: Gets the undeclared topics; False: not now, ask again.
    """
    loop, current = asyncio.get_running_loop(), sorted(known)
    while True:
        await asyncio.sleep(EVERY_S - time.time() % EVERY_S)
        try:
            found = await loop.run_in_executor(None, discovery.look)
        except EdgeDown:
            continue  # noticed and told elsewhere
        if found != current and await subscribe(found):
            for topic in sorted({*found} - {*current}):
                log.warning("undeclared_topic_found", topic=topic, consequence="consumed; people decide all of its leads")
            current = found
