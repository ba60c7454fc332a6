"""What is kept of a lead that time may still do something about: one small row, a million of which must fit into memory."""

from __future__ import annotations

from sys import intern
from typing import Final, NamedTuple

from app.pipeline.fallbacks import PARKED
from app.steward import STEWARD, Value

WAITING_DESKS: Final = frozenset({"nobody_in", "full", "no_match", "away"})  # why a queue has it; `no_members` is no waiting
_BANDS: Final = {"hot": 0, "warm": 1}
_COLD: Final = 2


class Open(NamedTuple):
    """A lead that is routed and not known to be contacted, or held for people.

    Attributes:
        revision: Of the decision that this is from.
        held: For people; else routed.
        team: That has it, or is proposed.
        band: 0 hot, 1 warm, 2 cold.
        due_ms: Until when somebody must have contacted it; None: no service level holds.
        level: Name of that service level.
        attempts: How often it was taken from who did not get to it.
        queued: Why its team's queue has it and no member; None where a member has it, or the team has no members.
        roster: Version of who worked when, as the desk knew it then.
        checkpoint: That holds it.
        lacks: Dependencies that it is parked for.
        since_ms: Since when it is held, or routed: of the oldest decision that this row is made of.
        answered: The newest of those revisions that a verdict of the steward made; 0: none.
        at_ms: When the newest decision came.
    """

    revision: int
    held: bool
    team: str
    band: int
    due_ms: int | None
    level: str | None
    attempts: int
    queued: str | None
    roster: str
    checkpoint: str | None
    lacks: tuple[str, ...]
    since_ms: int
    answered: int
    at_ms: int


def number_of(lead: str) -> int:
    """A lead id as a number, which takes half of the memory.

    Raises:
        ValueError: It is no lead id.
    """
    return int(lead.removeprefix("ld_"), 16)


def lead_of(number: int) -> str:
    """The lead id again."""
    return f"ld_{number:020x}"


def open_lead(value: Value, at_ms: int, before: Open | None) -> Open | None:
    """The row of a decision; None where the decision leaves nothing for time to do: a duplicate, rejected, a dead letter, erased.

    Args:
        before: The row of the revision before it; None: the lead was not open.
    """
    fate, team = value["fate"], value["team"]
    if fate not in ("routed", "review") or team is None or value.get("erased_at") is not None:
        return None
    held, revision = fate == "review", value["revision"]
    if before is not None and before.held != held:
        before = None
    reasons, desk, level, checkpoint = value["review_reasons"], value["desk"], value["service_level"], value["checkpoint"]
    queued = None if held or desk is None or value["owner"] is not None or desk["why"] not in WAITING_DESKS else desk["why"]
    return Open(
        revision,
        held,
        intern(team),
        _BANDS.get(value["band"], _COLD),
        None if held else value["due_at"],
        intern(level) if level else None,
        value["attempts"],
        intern(queued) if queued else None,
        intern(desk["roster"]) if queued else "",
        intern(checkpoint) if checkpoint else None,
        tuple(intern(one.removeprefix(PARKED)) for one in reasons if one.startswith(PARKED)) if held else (),
        at_ms if before is None else before.since_ms,
        revision if value["revised_by"] == STEWARD else 0 if before is None else before.answered,
        at_ms,
    )
