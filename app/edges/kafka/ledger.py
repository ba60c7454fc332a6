"""The ledger: every input record against the fates that the output topics hold. Records in = sum of fates, or it says which not.

Read from the topics alone, read_committed, as every consumer should. It may be read while records are under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import TopicPartition

from app.edges.kafka.audit import Audit, Ledger, Offsets, Where
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import consumed, ended, positions, read_to_end, reader, watermarks

__all__ = ["Ledger", "absent", "conclude", "read_ledger"]


def read_ledger(client: dict[str, Any], names: Topics, sources: Sequence[str], teams: Sequence[str], group: str) -> Ledger:
    """Count everything that the topics still hold, about 100,000 records a second.

    1. The group's positions, 2. the outputs, 3. the inputs' ends, in this order: what lies before the positions has its fate
    in the outputs by then, and no output is of a record after the ends.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    inbound = [names.inbound(source) for source in sources]
    since = {where: low for where, (low, _) in watermarks(client, inbound).items()}
    audit = Audit(names, sources, teams, since, whole=not any(since.values()))
    committed = positions(client, group, inbound)
    for message in read_to_end(client, audit.topics):
        audit.take(message)
    return conclude(audit, client, inbound, committed)


def conclude(audit: Audit, client: dict[str, Any], inbound: Sequence[str], committed: Offsets) -> Ledger:
    """The ledger of an audit that has read the outputs to their end; `committed` was asked for before."""
    ends = {where: high for where, (_, high) in watermarks(client, inbound).items()}
    return audit.ledger(ends, committed, absent(client, audit.missing(ends)))


def absent(client: dict[str, Any], offsets: Mapping[Where, Sequence[int]]) -> dict[Where, set[int]]:
    """Those of the offsets that hold no record: markers of transactions, aborted and compacted records.

    Reads each partition from the first to the last of its offsets.
    """
    found = {where: set(some) for where, some in offsets.items() if some}
    waiting = {where: max(some) for where, some in found.items()}
    consumer = reader(client)
    try:
        consumer.assign([TopicPartition(*where, min(some)) for where, some in found.items()])
        while waiting:
            for message in consumed(consumer):
                where = message.topic(), message.partition()
                if not ended(message):
                    found[where].discard(message.offset())
                if ended(message) or message.offset() >= waiting.get(where, 0):
                    waiting.pop(where, None)
    finally:
        consumer.close()
    return found
