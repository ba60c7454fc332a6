"""Following a compacted topic: read to its end, then on, in a thread of its own, for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from app.edges.kafka.reading import partitions, reader
from app.errors import EdgeDown

START_S: Final = 10.0  # how long a start waits for the end of the topic
RETRY_S: Final = 2.0  # between attempts to reach a broker or a topic that is not there
CLOSE_S: Final = 5.0

log = structlog.get_logger(__name__)

News = Iterator[Message | None]


class Following:
    """Reads a topic from its beginning; the constructor returns once its end was met, or nothing can be read yet.

    Args:
        client: confluent-kafka settings.
        topic: One that is not there yet is looked for again and again, and not waited for.
        read: Gets the topic's records in order, and None where the topic ended when it was opened. Runs in the thread; is called
            again, with everything from the beginning, after Kafka was away.
        name: What is followed, in the log.
        wait_s: How long to wait for the end.
        consequence: What it means that the end was not met by then, for the log.
        each_end: None comes also whenever the end is met again (a tenth of a second after the last record): so records of one
            transaction can be taken in as one.

    Attributes:
        reached: Partition → all before this offset has been taken in. Empty while it is read anew.
    """

    def __init__(
        self,
        client: dict[str, Any],
        topic: str,
        read: Callable[[News], None],
        *,
        name: str,
        wait_s: float,
        consequence: str,
        each_end: bool = False,
    ) -> None:
        self._client, self._topic, self._read, self._name, self._each_end = client, topic, read, name, each_end
        self._stop, self._caught_up = threading.Event(), threading.Event()
        self.reached: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        if not self._caught_up.wait(wait_s):
            log.warning(f"{name}_not_read", waited_s=wait_s, consequence=consequence)

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join(timeout=CLOSE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (EdgeDown, KafkaException) as error:
                log.warning(f"{self._name}_unreachable", error=type(error).__name__)
            except Exception as bug:  # ours, met by a record: what was taken in holds, and the thread must not end in silence
                log.error(f"{self._name}_failed", exc_info=bug)
            self._stop.wait(RETRY_S)

    def _follow(self) -> None:
        """Read until stopped; returns at once when there is no such topic."""
        consumer = reader(self._client)
        try:
            assigned = partitions(consumer, [self._topic])
            if not assigned:
                self._caught_up.set()  # nothing to wait for
                return
            consumer.assign(assigned)
            self.reached = {}
            self._read(self._news(consumer, {tp.partition for tp in assigned}))
        finally:
            consumer.close()

    def _news(self, consumer: Consumer, behind: set[int]) -> News:
        while not self._stop.is_set():
            message = consumer.poll(0.5)
            if message is None:
                continue
            error = message.error()
            if error is None:
                yield message
                self.reached[message.partition()] = message.offset() + 1
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the client's own name for it
                if message.partition() in behind:
                    behind.discard(message.partition())
                    if not behind:
                        yield None
                        self._caught_up.set()  # what was read until here has been taken in by now
                elif self._each_end:
                    yield None
                self.reached[message.partition()] = message.offset()
            elif not error.retriable():
                raise KafkaException(error)
