"""The keys that lock what is kept of leads where nothing can be deleted (app/pipeline/locking.py): key: lead id, value: 16 bytes.

There may be one for each lead of more than a year, so they are kept on disk, and read only as far back as somebody needs them.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

from confluent_kafka import Consumer, TopicPartition

from app.edges.kafka.reading import METADATA_S, SILENCE_S, come, ended, partitions, reader, settled
from app.errors import EdgeDown

CACHE_KB: Final = 16_384
MARGIN_MS: Final = 3_600_000  # by so much the clocks of brokers and producers may differ
_AT_ONCE: Final = 5_000

_SET: Final = "INSERT INTO held VALUES (?, ?) ON CONFLICT (lead) DO UPDATE SET key = excluded.key"


class KeyRing:
    """Keys by lead, as of when `follow` was last called. One thread at a time.

    Args:
        client: confluent-kafka settings.
        topic: Of the keys.
    """

    def __init__(self, client: dict[str, Any], topic: str) -> None:
        self._client, self._topic = client, topic
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a file without a name, gone when closed
        self._db.executescript(
            f"PRAGMA cache_size = -{CACHE_KB}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;"
            "CREATE TABLE held (lead TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;"
        )
        self._consumer: Consumer | None = None
        self._since_ms: int | None = None
        self._at: dict[int, int] = {}

    def follow(self, since_ms: int) -> None:
        """Read all that came since then, up to now.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        since_ms -= MARGIN_MS
        if self._consumer is None or self._since_ms is None or since_ms < self._since_ms:
            self._begin(since_ms)
        consumer = self._consumer
        assert consumer is not None
        ends = {partition: self._end(consumer, partition) for partition in self._at}
        deadline = time.monotonic() + SILENCE_S
        while any(at < ends[p] for p, at in self._at.items()):
            came: list[tuple[str, bytes]] = []
            gone: list[tuple[str]] = []
            for message in come(consumer, _AT_ONCE, 0.5):
                deadline = time.monotonic() + SILENCE_S
                last = ended(message)
                self._at[message.partition()] = message.offset() + (0 if last else 1)
                if last or (key := message.key()) is None:
                    continue
                lead, value = key.decode("utf-8", "replace"), message.value()
                if value is None:
                    gone.append((lead,))
                    came = [one for one in came if one[0] != lead]
                else:
                    came.append((lead, value))
            self._write(came, gone)
            if time.monotonic() > deadline:
                raise EdgeDown(f"Kafka does not answer: {self._topic} could not be read for {SILENCE_S} s")

    def get(self, lead: str) -> bytes | None:
        """The key; None: there is none, or none any more."""
        row = self._db.execute("SELECT key FROM held WHERE lead = ?", (lead,)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Forget all."""
        if self._consumer is not None:
            self._consumer.close()
        self._db.close()

    def _begin(self, since_ms: int) -> None:
        consumer = self._consumer or reader(self._client)
        self._consumer, self._since_ms = consumer, since_ms
        places = partitions(consumer, [self._topic], max(0, since_ms))
        found = settled(lambda: consumer.offsets_for_times(places, METADATA_S)) if places else []
        self._at = {}
        for tp in found:
            if tp.offset < 0:  # nothing so new
                tp.offset = self._end(consumer, tp.partition)
            self._at[tp.partition] = tp.offset
        consumer.assign(found)

    def _end(self, consumer: Consumer, partition: int) -> int:
        place = TopicPartition(self._topic, partition)
        return int(settled(lambda: consumer.get_watermark_offsets(place, METADATA_S))[1])

    def _write(self, came: list[tuple[str, bytes]], gone: list[tuple[str]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("DELETE FROM held WHERE lead = ?", gone)
        self._db.executemany(_SET, came)
        self._db.execute("COMMIT")
