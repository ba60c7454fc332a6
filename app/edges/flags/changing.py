"""Changes of toggles into the topic, each with its record for the audit; and their history."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import orjson

from app.edges.flags.records import RECORD, read_changed, told
from app.edges.kafka.changes import RECORD as CHANGE
from app.edges.kafka.changes import Change, Writing
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.edges.registry.codec import AvroCodec
from app.flags.definition import Definition
from app.flags.states import Changed, States
from app.settings import KafkaSettings

KIND: Final = "flag"


def change(
    kafka: KafkaSettings,
    names: Topics,
    codec: AvroCodec,
    configured: Mapping[str, Definition],
    wanted: Callable[[States], Mapping[str, Definition | None]],
    *,
    by: str,
    why: str,
    clock: Callable[[], float] = time.time,
) -> tuple[States, States]:
    """Change toggles: all that are wanted, or none.

    Nobody else's change is lost: who changes something later than we begin makes our write fail.

    Args:
        wanted: Told what holds, says what is to hold: flag → definition; None: as configured. What holds already is not written.
        by, why: Who, and for which reason.

    Returns:
        What held before, and what holds now.

    Raises:
        EdgeDown: Kafka does not answer, or somebody else was faster.
        FlagError: As `wanted` raises it.
    """
    client = kafka.producer(acks="all")
    writing = Writing(client, codec.encode, names.flags, names.changes, f"{names.prefix}-flags")
    now_ms = int(clock() * 1000)
    before = States(configured, read_changed(kafka.client(), names.flags, codec.decode), now_ms)
    number = max((one.number for one in before.changed.values()), default=0)
    said: dict[str, Changed] = {}
    for flag, definition in wanted(before).items():
        earlier = before.changed.get(flag)
        if definition == (before.definition(flag) if before.is_changed(flag) else None):
            continue
        said[flag] = Changed(flag, definition, 1 if earlier is None else earlier.version + 1, by, why, now_ms, number + 1)
    after = States(configured, before.changed | said, now_ms)
    rows = [
        (
            flag,
            codec.encode(RECORD, told(one)),
            Change(KIND, flag, before.definition(flag).data(), after.definition(flag).data(), by, why, now_ms),
        )
        for flag, one in said.items()
    ]
    if rows:
        writing.write(rows)
        after = States(configured, read_changed(kafka.client(), names.flags, codec.decode), now_ms)
    return before, after


def history(client: Mapping[str, Any], names: Topics, codec: AvroCodec, flag: str | None = None) -> Iterator[dict[str, Any]]:
    """Changes of one flag, or of all, the oldest first: name, before, after (definitions), by, why, changed_at (ms).

    Raises:
        EdgeDown: Kafka does not answer.
    """
    records: Any = read_to_end(dict(client), [names.changes])
    with closing(records):
        for message in records:
            if message.value() is None:
                continue
            one = codec.decode(message.value(), CHANGE)
            if one["kind"] == KIND and flag in (None, one["name"]):
                for side in ("before", "after"):
                    one[side] = None if one[side] is None else orjson.loads(one[side])
                yield one
