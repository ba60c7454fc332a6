"""Who has a change of the toggles: decisions name the state that they were made in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from confluent_kafka import TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import come, ended, reader, watermarks
from app.edges.registry.codec import AvroCodec
from app.flags.states import number_of

_QUIET_S: Final = 0.5  # without a decision of before, where some of after were seen


class Arrived(NamedTuple):
    """What was seen.

    Attributes:
        partitions: Inbound partitions, each in one worker's hands, of which decisions were seen.
        having: Those of them that decide by the change.
        after_s: When the last of them was first seen to, in seconds since the change was published; 0 where none has it.
    """

    partitions: int
    having: int
    after_s: float


class Arriving:
    """Reads decisions as they come; made before the change is.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, client: dict[str, Any], names: Topics, codec: AvroCodec) -> None:
        self._codec, self._consumer = codec, reader(client)
        ends = watermarks(client, [names.decisions])
        self._consumer.assign([TopicPartition(*where, high) for where, (_, high) in ends.items()])

    def watch(self, version: str, within_s: float, clock: Callable[[], float] = time.monotonic) -> Arrived:
        """Until nobody decides by an older state any more, or the time is over."""
        wanted, began = number_of(version), clock()
        newest, first, last_old = dict[tuple[str, int], int](), dict[tuple[str, int], float](), 0.0
        while (so_far := clock() - began) < within_s:
            if newest and min(newest.values()) >= wanted and so_far - max(last_old, *first.values()) >= _QUIET_S:
                break
            for message in come(self._consumer, 500, 0.1):
                if ended(message) or message.value() is None:
                    continue
                told = self._codec.decode(message.value(), "decision")
                if not told["flags_version"] or told["revision"] > 1:  # a dead letter; a decision of before, revised
                    continue
                where, number = (told["topic"], told["partition"]), number_of(told["flags_version"])
                newest[where] = max(number, newest.get(where, 0))
                if number >= wanted:
                    first.setdefault(where, clock() - began)
                else:
                    last_old = clock() - began
        having = [where for where, number in newest.items() if number >= wanted]
        return Arrived(len(newest), len(having), max((first[where] for where in having), default=0.0))

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()
