"""Letters, groups and outlooks as data: for `--json`, and for whoever shows them elsewhere. Times in milliseconds, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.replay.groups import Group
from app.replay.hints import hint
from app.replay.letter import Letter
from app.replay.rehearsal import Outlook
from app.replay.selection import Selection


def letter_told(letter: Letter, replayed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One letter; `replayed` is the record of its replay."""
    return {
        "lead_id": letter.lead_id,
        "source": letter.source,
        "stage": letter.stage,
        "reason": letter.reason,
        "detail": letter.detail,
        "repairable": letter.repairable,
        "attempt": letter.attempt,
        "replay_of": letter.first if letter.attempt > 1 else None,
        "topic": letter.src.topic,
        "partition": letter.src.partition,
        "offset": letter.src.offset,
        "received_at": letter.received_ms,
        "failed_at": letter.failed_ms,
        "bytes": letter.size,
        "cut": letter.cut,
        "app_version": letter.app_version,
        "replayed": None if replayed is None else {name: replayed[name] for name in ("batch", "replayed_at", "by", "why")},
    }


def group_told(group: Group) -> dict[str, Any]:
    """One group."""
    return group.alike._asdict() | {
        "count": group.count,
        "repairable": group.repairable,
        "first": group.first_ms,
        "last": group.last_ms,
        "examples": group.examples,
        "hint": hint(group.alike.reason, group.alike.stage),
    }


def outlook_told(outlook: Outlook, selection: Selection) -> dict[str, Any]:
    """What a replay would do."""
    return {
        "letters": outlook.letters,
        "left_out": dict(selection.left_out),
        "fates": dict(outlook.fates.most_common()),
        "groups": [
            its._asdict()
            | {
                "would": [
                    {**would._asdict(), "count": count, "examples": outlook.examples[its, would]}
                    for would, count in found.most_common()
                ]
            }
            for its, found in outlook.groups.items()
        ],
    }
