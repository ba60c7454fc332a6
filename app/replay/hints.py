"""What to do about dead letters, by the reason they have."""

from __future__ import annotations

from typing import Final

from app.errors import Stage

_SENDER: Final = "the sender has to mend it; a replay of these bytes fails again"
_FORMAT: Final = "compare with `format:` of its inventory entry; where the entry is wrong, mend it and replay"

HINTS: Final[dict[str, str]] = {
    "null_value": "nothing to do: an inbound topic holds leads, a tombstone deletes none",
    "empty_value": _SENDER,
    "oversized": f"above what is read; {_SENDER}",
    "not_utf8": "declare the encoding, or have the sender send UTF-8; `leadstream dlq show` says at which byte",
    "invalid_json": f"cut off or no JSON at all: {_FORMAT}; else {_SENDER}",
    "too_deep": f"nested beyond the limit; {_SENDER}",
    "number_out_of_range": f"NaN, infinity or a number that no consumer could read back; {_SENDER}",
    "not_an_object": f"valid JSON, but no object: {_FORMAT}; else {_SENDER}",
    "invalid_form": f"no urlencoded form: {_FORMAT}",
    "invalid_csv": "not the declared columns: mend `csv:` of its inventory entry, and replay",
    "no_magic_byte": f"no Avro in the wire format: {_FORMAT}",
    "unknown_schema_id": "the registry did not know the schema then; register it (`leadstream schemas`), and replay",
    "wrong_schema": "another record than the entry declares: mend `record:`, or make the schema compatible, and replay",
    "invalid_avro": f"truncated, or written with another schema than it names; {_SENDER}",
    "avro_bomb": f"lengths that would exhaust a reader; look at who may write to the topic; {_SENDER}",
    "unknown_format": "none of the formats that can be told by looking: declare the source (`leadstream onboard`), and replay",
    "empty_lead": "decoded, but nothing was filled: a form sent empty, or a test of the sender's",
    "unencodable": "a value that the output schema cannot hold: mend the mapping of that field, and replay",
    "unknown_source": "no inventory entry claims the topic: declare the source (`leadstream onboard`), and replay",
    "internal_error": "a bug of ours: report it, deploy the fix, and replay",
    "suspected_poison": "it ended the process repeatedly: report it, deploy the fix, and replay one before the others",
    "suppressed": "the person does not want it: nothing to do. It must not be sent again",
}
UNKNOWN: Final = "look at one: `leadstream dlq show`"


def hint(reason: str, stage: Stage | str = "") -> str:
    """What to do about it, in a line."""
    if reason == "oversized" and stage == "delivery":
        return "the lead grew larger than the topics take: map fewer attributes, and replay"
    return HINTS.get(reason, UNKNOWN)
