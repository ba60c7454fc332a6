"""Reads a run's decisions as they are committed, and notes when. Values are looked into only afterwards."""

from __future__ import annotations

import threading
import time
from typing import Any

from confluent_kafka import KafkaException

from app.edges.kafka.reading import partitions, reader
from app.wiring import Installation


class Decisions:
    """A read_committed consumer of the decisions topic, in a thread of its own."""

    def __init__(self, installation: Installation) -> None:
        self._codec, self._stop = installation.codec, threading.Event()
        # A fetch that waits at the broker for a transaction's end is not always woken by it: let it wait for 10 ms only.
        self._consumer = reader(installation.kafka.client(), **{"enable.partition.eof": False, "fetch.wait.max.ms": 10})
        self._consumer.assign(partitions(self._consumer, [installation.names.decisions]))
        self._seen: list[tuple[float, Any]] = []  # Unix seconds, message
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._seen)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def last(self) -> float:
        """When the last one was made (its CreateTime), Unix seconds."""
        return max(int(message.timestamp()[1]) for _, message in self._seen) / 1000

    def latencies(self, since: int) -> tuple[list[float], list[float]]:
        """From the input record's CreateTime, milliseconds, in order of size: to the decision's, and to when it could be read.

        Args:
            since: Only records that came at or after this (milliseconds since the epoch).
        """
        made, read = [], []
        for at, message in self._seen:
            came = self._codec.read_own(message.value(), "decision")["received_at"]
            if came >= since:
                made.append(float(message.timestamp()[1] - came))
                read.append(at * 1000 - came)
        return sorted(made), sorted(read)

    def _run(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            self._seen.append((time.time(), message))
