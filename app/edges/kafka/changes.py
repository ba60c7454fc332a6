"""A change of a toggle, a rollout or a member's capacity, together with its record for the audit: both or neither."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from app.edges.kafka.trouble import FENCED
from app.errors import EdgeDown

RECORD: Final = "change"
STEP_S: Final = 10.0

Encode = Callable[[str, dict[str, Any]], bytes]


class Change(NamedTuple):
    """Who changed what, and why. Without personal data.

    Attributes:
        kind: What was changed, sent in again (replay), shown with its personal data (reveal), or looked at (governance).
        before: Its state; None: there was none.
    """

    kind: Literal["flag", "rollout", "capacity", "replay", "reveal", "governance"]
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    by: str
    why: str
    at_ms: int

    def told(self) -> dict[str, Any]:
        """The value of a record of the topic `changes`."""
        before = None if self.before is None else json.dumps(dict(self.before), sort_keys=True)
        after = json.dumps(dict(self.after), sort_keys=True)
        its = {"kind": self.kind, "name": self.name, "before": before, "after": after}
        return its | {"by": self.by, "why": self.why, "changed_at": self.at_ms}


def write(
    client: Mapping[str, Any], encode: Encode, topic: str, key: str, value: bytes | None, changes: str, change: Change
) -> None:
    """Publish a change and its audit record in one transaction.

    Args:
        client: confluent-kafka settings of a producer (`KafkaSettings.producer()`).
        topic, key, value: The change itself; None takes back what was said under the key.
        changes: The topic of audit records.

    Raises:
        EdgeDown: Kafka did not take it: nothing was changed, or nobody knows; look before trying again.
    """
    Writing(client, encode, topic, changes, f"leadstream-change-{uuid.uuid4().hex}").write([(key, value, change)])


def note(client: Mapping[str, Any], encode: Encode, changes: str, change: Change) -> None:
    """Publish the record for the audit alone, of what changes no topic.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    producer, refused = Producer(dict(client) | {"acks": "all"}), list[KafkaError]()
    producer.produce(
        changes, encode(RECORD, change.told()), change.name, on_delivery=lambda no, _: refused.append(no) if no else None
    )
    if producer.flush(STEP_S) or refused:
        why = refused[0].str() if refused else f"no answer within {STEP_S:.0f} s"
        raise EdgeDown(f"{changes} did not take the record for the audit: {why}; create it with `leadstream topics --create`")


class Writing:
    """Several changes in one transaction.

    Args:
        client: As for `write`.
        topic: Of the changes themselves.
        changes: The topic of audit records.
        transactional_id: Whoever begins later with the same one fences us: who reads what holds after this and writes then loses
            no change that somebody else made meanwhile.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, client: Mapping[str, Any], encode: Encode, topic: str, changes: str, transactional_id: str) -> None:
        self._encode, self._topic, self._changes = encode, topic, changes
        self._producer = Producer(dict(client) | {"transactional.id": transactional_id})
        with self._told():
            self._producer.init_transactions(STEP_S)

    def write(self, rows: Iterable[tuple[str, bytes | None, Change]]) -> None:
        """Publish changes (key, value, what is told of it) and their audit records: all or none.

        Raises:
            EdgeDown: Kafka did not take them: nothing was changed, or nobody knows; look before trying again.
        """
        with self._told():
            self._producer.begin_transaction()
            for key, value, change in rows:
                self._producer.produce(self._topic, value, key)
                self._producer.produce(self._changes, self._encode(RECORD, change.told()), change.name)
            self._producer.commit_transaction(STEP_S)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (KafkaException, BufferError) as error:
            cause = error.args[0] if isinstance(error, KafkaException) else None
            if cause is not None and cause.code() in FENCED:
                raise EdgeDown(
                    "somebody else made a change at the same moment, and nothing was changed here: look again"
                ) from error
            why = cause.str() if cause is not None else "its buffer is full"
            mend = "create the topics with `leadstream topics --create`"
            raise EdgeDown(f"{self._topic} or {self._changes} did not take the change: {why}; {mend}") from error
