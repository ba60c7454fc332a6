"""How a lead was handled, in words: who has it and why, by when, what was switched off or missing, who agreed. For `explain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.flags.catalogue import CATALOGUE

Zone = Callable[[str], str]
"""Team → the time zone that it works in."""

WHY: Final[Mapping[str, str]] = {
    "sticky": "an earlier lead of the same person is theirs",
    "in_turn": "their turn: by their weight they had the fewest leads",
    "named": "a person named them",
    "no_members": "the team has no members",
    "nobody_in": "nobody of the team is at work",
    "full": "all who are at work have their leads for the day",
    "no_match": "nobody has the skills or languages that the rule wants",
    "away": "the desk could not be asked; it is given out once it can",
}
_PASSED_OVER: Final = {
    "absent": "absent",
    "off_hours": "not at work",
    "full": "has the leads for the day",
    "lacks": "lacks a skill or language",
    "had_it": "had it before",
}
ARMS: Final[Mapping[str, str]] = {
    "control": "held back, as things were before",
    "current": "not in yet, as things are",
    "candidate": "by the new",
}
_MISSING: Final = {"desk": "who of the team gets it", "journeys": "what the person did before", "match_index": "who it is"}


def handled(decision: Mapping[str, Any], zone: Zone) -> list[str]:
    """All that a decision says beside fate, score and rules; no line for what it does not say."""
    return [*_owner(decision), *_due(decision, zone), *_earlier(decision), *_plainer(decision), *_people(decision, zone)]


def _owner(decision: Mapping[str, Any]) -> list[str]:
    desk = decision.get("desk")
    if desk is None:
        return []
    owner, team = decision["owner"], decision["team"]
    lines = ["", f"  owner         {owner or f'nobody yet: the queue of {team}'}: {WHY.get(desk['why'], desk['why'])}"]
    for member, taken in sorted(desk["load"].items(), key=lambda one: (one[0] != owner, one)):
        mark = "→" if member == owner else "·"
        lines += [f"    {mark} {member:<18} {taken} lead{'' if taken == 1 else 's'} that day, this one not counted"]
    lines += [f"    · {member:<18} {_PASSED_OVER.get(why, why)}" for member, why in sorted(desk["passed_over"].items())]
    if desk["roster"]:
        lines += [f"    as things stood at {_at(desk['at'], 'UTC')}, roster {desk['roster']}"]
    return lines


def _due(decision: Mapping[str, Any], zone: Zone) -> list[str]:
    due, level = decision.get("due_at"), decision.get("service_level")
    if due is None:
        return []
    return [f"  contact by    {_at(due, zone(decision['team'] or ''))} (service level {level or 'unknown'})"]


def _earlier(decision: Mapping[str, Any]) -> list[str]:
    owners, attempts = decision.get("previous_owners"), decision.get("attempts")
    if not owners:
        return []
    told = [f"the queue of {one.removesuffix('/')}" if one.endswith("/") else one for one in owners]
    return [f"  had it before {', then '.join(told)}; taken from them {attempts} time{'' if attempts == 1 else 's'}"]


def _plainer(decision: Mapping[str, Any]) -> list[str]:
    lines = [
        f"  switched off  {name}: {CATALOGUE[name].off if name in CATALOGUE else 'the plainer way'}"
        for name in decision.get("toggles_off") or ()
    ]
    for name, why in sorted((decision.get("fallbacks") or {}).items()):
        what = f" ({_MISSING[name]})" if name in _MISSING else ""
        lines += [f"  was missing   {name}{what}: {why}; the lead went its plainer way"]
    arms = sorted((decision.get("arms") or {}).items())
    return lines + [f"  rollout       {rollout}: {arm} ({ARMS.get(arm, 'unknown')})" for rollout, arm in arms]


def _people(decision: Mapping[str, Any], zone: Zone) -> list[str]:
    lines = [f"  checkpoint    {decision['checkpoint']} wants a person to look"] if decision.get("checkpoint") else []
    approvals = decision.get("approvals") or ()
    for one in approvals:
        to = f", to {one['team']}" if one["team"] else ""
        lines += [f"  agreed by     {one['by']}: {one['says']}{to}, {_at(one['at'], zone(one['team'] or ''))}"]
    if len(approvals) == 1:
        lines += ["                a second person has to say the same"]
    if decision.get("corrected"):
        lines += [f"  corrected     {', '.join(sorted({one['field'] for one in decision['corrected']}))}, by people"]
    return lines


def _at(ms: int, zone: str) -> str:
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%a %Y-%m-%d %H:%M} {local:%Z} ({zone})" if zone != "UTC" else f"{local:%a %Y-%m-%d %H:%M} UTC"
