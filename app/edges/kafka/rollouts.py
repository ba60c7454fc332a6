"""Rollouts on their compacted topic: followed by whoever decides leads, read and written by the tools.

News are one assignment of an immutable table, so a lead sees one state. A change is there half a second after it was written, and
counts alone change nothing. A record that cannot be read is refused and logged, and the last good one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import Message

from app.edges.kafka.changes import Change, Encode, Writing
from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import BadRecord
from app.ports import Placed
from app.rollout.plan import Rollout, RolloutError, told
from app.rollout.table import Table
from app.settings import KafkaSettings

RECORD: Final = "rollout"

log = structlog.get_logger(__name__)

Decode = Callable[[bytes, str], dict[str, Any]]


class KafkaRollouts:
    """Implements `app.ports.Rollouts`, with one background thread.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        decode: Reads a rollout.
        wait_s: How long to wait for the end of the topic before answering with what was read until then.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, decode: Decode, wait_s: float = START_S) -> None:
        self._decode = decode
        self._table = Table()
        self._following = Following(
            kafka.client(),
            names.rollouts,
            self._read,
            name="rollouts",
            wait_s=wait_s,
            consequence="leads are handled as the configuration alone says, until it is read",
        )

    @property
    def table(self) -> Table:
        """What holds now."""
        return self._table

    def place(self, source: str, key: str) -> Placed:
        return self._table.place(source, key)

    def close(self) -> None:
        """Stop following; `place` keeps answering."""
        self._following.close()

    def _read(self, news: News) -> None:
        found, behind = dict[str, Rollout](), True
        for message in news:
            if message is None:
                behind = False
                self._table = Table(found.values())
                log.info("rollouts_read", count=len(found))
            elif (one := rollout(message, self._decode)) is not None:
                before, found[one.name] = found.get(one.name), one
                if not behind and (before is None or before.changed_ms != one.changed_ms):
                    self._table = Table(found.values())
                    log.info("rollout_changed", rollout=one.name, status=one.status, count=one.version)


def rollout(message: Message, decode: Decode) -> Rollout | None:
    """What a record of the topic says; None for a tombstone, and for what is refused: that is logged."""
    value = message.value()
    if value is None:
        return None
    try:
        return Rollout.read(decode(value, RECORD))
    except (BadRecord, RolloutError) as refused:
        why = refused.reason if isinstance(refused, BadRecord) else str(refused)
        log.error("rollout_refused", offset=message.offset(), why=why, todo="start it again: `leadstream rollout start`")
        return None


def read_rollouts(client: Mapping[str, Any], topic: str, decode: Decode) -> dict[str, Rollout]:
    """The newest state of each.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found: dict[str, Rollout] = {}
    for message in read_to_end(dict(client), [topic]):
        if (one := rollout(message, decode)) is not None:
            found[one.name] = one
    return found


class RolloutWriter:
    """Changes of rollouts by people. Who begins later fences who began earlier, so nobody writes upon what is not the newest.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        encode: Writes records.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, encode: Encode) -> None:
        self._encode = encode
        self._writing = Writing(kafka.producer(), encode, names.rollouts, names.changes, f"{names.prefix}-rollouts")

    def write(self, before: Rollout | None, after: Rollout) -> None:
        """The next state, and the change for the audit: both or neither.

        Args:
            before: As it was read after this writer began.

        Raises:
            EdgeDown: Kafka did not take it: look before trying again.
        """
        was = None if before is None else told(before)
        change = Change("rollout", after.name, was, told(after), after.by, after.why, after.changed_ms)
        self._writing.write([(after.name, self._encode(RECORD, after.record()), change)])
