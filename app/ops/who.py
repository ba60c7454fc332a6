"""Who a lead is, and what became of that, in words: for `leadstream explain`. Holds no value of any field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from app.steward import STEWARD

_ELSE: Final = {
    "stranger": "two strangers",
    "neighbour": "two neighbours",
    "household": "two people of one household",
    "colleague": "two colleagues",
    "co-located": "two businesses under one roof",
    "sister": "two businesses of one owner",
    "branch": "two branches of a chain",
    "local branch": "two branches of a chain in one town",
}
_WHY: Final = {
    "merged": "a reviewer said that they are one",
    "approved": "a reviewer approved it",
    "rerouted": "a reviewer chose another team",
    "unmerged": "a reviewer said that they are two",
    "checked": "it was looked into once the match index could tell",
    "reassigned": "a reviewer gave it to another member of the team",
    "rejected": "a reviewer said that it is no lead",
    "retried": "a reviewer had it decided anew",
    "awaits_second": "a first person said so; a second has to say the same",
}
_STEWARD: Final = {
    "approved": "nobody looked at it in time",
    "rerouted": "nobody contacted it in time: another team helps out",
    "reassigned": "nobody contacted it in time, or nobody could have it before",
    "retried": "what had been missing is there again: it was decided anew",
}


def who(decision: Mapping[str, Any]) -> list[str]:
    """Who the lead is taken for, and why."""
    lines = [f"  who it is     {_outcome(decision)}"] if decision.get("dedupe") else []
    match = decision.get("match")
    return lines + (_match(match) if match else [])


def revisions(history: Sequence[tuple[int, Mapping[str, Any]]], fate: Any) -> list[str]:
    """All that was decided about it, the first first; none where there is one decision only.

    Args:
        history: When each was written (Kafka time, ms), and the decision.
        fate: Says a decision's fate in words.
    """
    if len(history) < 2:
        return []
    lines = ["", "  what was decided, in order"]
    for at_ms, decision in history:
        when = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")
        lines.append(f"    {decision['revision']:>2}  {when}  {fate(decision)}")
        if decision["revised_why"]:
            words = _WHY | _STEWARD if decision["revised_by"] == STEWARD else _WHY
            why = words.get(decision["revised_why"], decision["revised_why"])
            lines.append(f"        by {decision['revised_by']}: {why}; before: {(decision['revises'] or '?').replace('_', ' ')}")
    return lines


def _outcome(decision: Mapping[str, Any]) -> str:
    match, of = decision.get("match") or {}, decision.get("duplicate_of")
    match decision["dedupe"]:
        case "new":
            return "somebody new" + (": the nearest lead that was there is another's" if match else "")
        case "same_event":
            return f"the same event as {of}: sent or read again"
        case "merged":
            return f"the same lead as {of}, once more"
        case "linked":
            return f"the same person as of {decision.get('linked_to')}, who wants something else: a lead of its own"
        case "asked":
            return f"maybe the same person as of {match.get('of')}: people decide"
        case "unknown":
            return "not known: the match index could not tell; it is looked into later"
        case other:
            return str(other)


def _match(match: Mapping[str, Any]) -> list[str]:
    of = "" if match["of"] == match["lead"] else f", which is part of {match['of']}"
    nearest = _ELSE.get(match["nearest"], match["nearest"])
    lines = [
        f"  compared with {match['lead']}{of}",
        f"                one person with probability {match['probability']:.3f} ({match['weight']:+.1f} bits); "
        f"else they would be {nearest};",
        "                what each field says, as against that:",
    ]
    lines += [f"    {one['weight']:+6.1f}  {one['field']}: {one['level']}" for one in match["evidence"]]
    if match["blocked"]:
        lines.append(
            "            told to be two (a unique id, a generation, twins): never merged by machine, whatever else is said"
        )
    if match["chained"]:
        lines.append(f"            the person (su_{match['root'].removeprefix('ld_')}) has too many leads already: not believed")
    if match["joined"]:
        lines.append(f"            it shows that these begin one person, too: {', '.join(match['joined'])}")
    return lines
