"""Workers with one safety taken out: the red controls. If the ledger holds with one of these, the harness proves nothing.

python -m tests.harness.broken_worker no-transaction | no-owner
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Producer, TopicPartition

from app import cli
from app.edges.kafka.lane import Lane
from app.edges.redis.claims import RedisClaims
from app.pipeline.fate import Fate
from app.ports import Claim, Owned


def deliver_without_transaction(self: Any, fates: Sequence[Fate], position: int | None = None) -> None:
    """Outputs first, flushed; then the position: at least once, as most pipelines are."""
    producer = self.__dict__.setdefault("plain", Producer(self._offsets._client))
    for fate in fates:
        for record in self._outgoing(fate):
            producer.produce(record.topic, record.value, record.key, headers=record.headers)
            producer.poll(0)
    producer.flush()
    where = TopicPartition(self.topic, self.partition, self.next if position is None else position)
    self._offsets._consumer.commit(offsets=[where], asynchronous=False)


def claim_without_owner(self: Any, claims: Sequence[Claim]) -> list[Owned]:
    """Plain SET NX: who finds a key taken is a duplicate, even if it took it itself before it was killed."""
    client = self._script.registered_client
    answers = []
    for claim in claims:
        taken = [key for key in claim.keys if not client.set(self._prefix + key, claim.owner, nx=True, ex=claim.window_s)]
        held = client.get(self._prefix + taken[0]) if taken else None
        answers.append(Owned(f"{held}*" if held == claim.owner else held, taken[0]) if taken else Owned(claim.owner, None))
    return answers


if __name__ == "__main__":
    match sys.argv.pop():
        case "no-transaction":
            Lane._deliver = deliver_without_transaction  # type: ignore[method-assign]
        case "no-owner":
            RedisClaims.claim = claim_without_owner  # type: ignore[method-assign]
        case unknown:
            sys.exit(f"no such control: {unknown}")
    sys.argv.append("worker")
    cli.main()
