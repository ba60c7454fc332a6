"""A change of a toggle, a rollout or a member's capacity, together with its record for the audit: both or neither."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from confluent_kafka import KafkaException, Producer

from app.errors import EdgeDown

RECORD: Final = "change"
STEP_S: Final = 10.0

Encode = Callable[[str, dict[str, Any]], bytes]


class Change(NamedTuple):
    """Who changed what, and why. Without personal data.

    Attributes:
        before: Its state; None: there was none.
    """

    kind: Literal["flag", "rollout", "capacity"]
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
    producer = Producer(dict(client) | {"transactional.id": f"leadstream-change-{uuid.uuid4().hex}"})
    try:
        producer.init_transactions(STEP_S)
        producer.begin_transaction()
        producer.produce(topic, value, key)
        producer.produce(changes, encode(RECORD, change.told()), change.name)
        producer.commit_transaction(STEP_S)
    except (KafkaException, BufferError) as error:
        why = error.args[0].str() if isinstance(error, KafkaException) else "its buffer is full"
        mend = "create the topics with `leadstream topics --create`"
        raise EdgeDown(f"{topic} or {changes} did not take the change: {why}; {mend}") from error
