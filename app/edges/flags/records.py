"""Changes of toggles as records of the topic `flags`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import Message

from app.edges.kafka.reading import read_to_end
from app.errors import BadRecord
from app.flags.definition import FlagError, known, parse
from app.flags.states import Changed

RECORD: Final = "flag_change"
AS_CONFIGURED: Final = "null"  # a definition that takes back what was said before

log = structlog.get_logger(__name__)

Decode = Callable[[bytes, str], dict[str, Any]]


def changed(message: Message, decode: Decode) -> Changed | None:
    """What a record of the topic says; None for a tombstone, and for what is refused: that is logged."""
    value, number = message.value(), message.offset() + 1
    if value is None:
        return None
    try:
        told = decode(value, RECORD)
        flag, text = known(told["flag"]), told["definition"]
        definition = None if text == AS_CONFIGURED else parse(flag, text)
        return Changed(flag, definition, told["version"], told["by"], told["why"], told["changed_at"], number)
    except (BadRecord, FlagError) as refused:
        why = refused.reason if isinstance(refused, BadRecord) else str(refused)
        todo = "change the flag again with `leadstream flags set`; until then the last good definition holds"
        log.error("flag_refused", offset=message.offset(), why=why, todo=todo)
        return None


def told(one: Changed) -> dict[str, Any]:
    """The value of a record of the topic."""
    text = AS_CONFIGURED if one.definition is None else one.definition.text()
    return {
        "flag": one.flag,
        "definition": text,
        "version": one.version,
        "by": one.by,
        "why": one.why,
        "changed_at": one.at_ms,
    }


def read_changed(client: Mapping[str, Any], topic: str, decode: Decode) -> dict[str, Changed]:
    """The newest change of each flag.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found: dict[str, Changed] = {}
    for message in read_to_end(dict(client), [topic]):
        if (one := changed(message, decode)) is not None:
            found[one.flag] = one
    return found
