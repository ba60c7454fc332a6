"""What people's corrections teach the mappings: remembered from the decisions' headers, said on the mappings topic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog

from app.edges.kafka.mappings import RECORD, read_confirmed
from app.edges.kafka.names import Topics
from app.edges.kafka.reviser_records import Codec
from app.pipeline.dead_letter import Header
from app.pipeline.delivery import Outgoing
from app.pipeline.revision.headers import CORRECTED
from app.pipeline.revision.mapping_lessons import Lesson, Lessons
from app.settings import KafkaSettings

BY: Final = "verdicts"  # who says so on the mappings topic

log = structlog.get_logger(__name__)


class MappingTeacher:
    """One per reviser.

    Args:
        clock: Milliseconds since the epoch.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, codec: Codec, clock: Callable[[], int]) -> None:
        self._client, self._topic, self._codec, self._clock = kafka.client(), names.mappings, codec, clock
        self._lessons, self._news = Lessons(), False

    def take(self, lead: str, headers: Sequence[Header]) -> None:
        """A decision was read; what people corrected stands in its header."""
        told = dict(headers).get(CORRECTED)
        if told is None:
            return
        try:
            source, shape, rows = orjson.loads(told)
            said = [{"field": str(field), "path": path, "value": value} for field, path, value in rows]
        except (ValueError, TypeError):
            log.warning("record_passed_over", lead_id=lead, reason="what people corrected cannot be read")
            return
        self._lessons.take(str(source), str(shape), lead, said)
        self._news = True

    def doubted(self, source: str) -> Collection[tuple[str, str]]:
        """Fields and paths that somebody's correction spoke for; for `House.doubted`."""
        return self._lessons.doubted(source)

    def due(self) -> list[Lesson]:
        """What is to be taught now; asked again until it was `taught`.

        Raises:
            EdgeDown: Kafka does not answer. Ask again.
        """
        lessons = self._lessons.due() if self._news else []
        if lessons:
            confirmed = read_confirmed(self._client, self._topic, self._codec.decode)
            for one in lessons:
                said = confirmed.of(one.source)
                if one.path in said or one.field in said.values():  # people have the last word
                    self._lessons.close(one)
            lessons = self._lessons.due()
        self._news = bool(lessons)
        return lessons

    def outgoing(self, one: Lesson) -> Outgoing:
        """The message that says it."""
        value: Mapping[str, Any] = {
            "source": one.source,
            "path": one.path,
            "label": one.path.rsplit(".", 1)[-1],
            "kind": None,
            "field": one.field,
            "by": BY,
            "at": self._clock(),
        }
        return Outgoing(self._topic, f"{one.source}/{one.path}".encode(), self._codec.encode(RECORD, value), [])

    def taught(self, lessons: Sequence[Lesson]) -> None:
        """They are committed."""
        for one in lessons:
            self._lessons.close(one)
            log.info("mapping_taught", source=one.source, field=one.field, count=one.leads)
