"""What a decision has to do with replays, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.replay.letter import position_of


def replays(
    decision: Mapping[str, Any],
    again: Mapping[str, Any] | None,
    others: Sequence[Mapping[str, Any]],
    fate: Callable[[Mapping[str, Any]], str],
) -> list[str]:
    """Which attempt it is and of what; when its dead letter was sent in again, by whom and why; what became of the others.

    Args:
        again: The record of its replay (schemas/replay).
        others: Decisions on the other attempts of the same record.
        fate: What became of a lead, in words.
    """
    lines = []
    if decision.get("replay_of"):
        first = position_of(decision["replay_of"])
        lines += [f"  replay        attempt {decision['attempt']} of {first.lead_id if first else '?'} ({decision['replay_of']})"]
    if again is not None:
        at = datetime.fromtimestamp(again["replayed_at"] / 1000, UTC).isoformat(sep=" ", timespec="seconds")
        lines += [f"  sent again    {at} by {again['by']}: {again['why']} ({again['batch']})"]
    for other in sorted(others, key=lambda one: int(one["attempt"])):
        lines += [f"  attempt {other['attempt']:<6}{other['lead_id']}: {fate(other)}"]
    return lines
