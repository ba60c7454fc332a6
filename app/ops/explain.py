"""A decision record, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.ops.handled import Zone, handled
from app.ops.replays import replays
from app.ops.who import revisions, who
from app.pipeline.explaining import reasons
from app.pipeline.revision.routing import BY_PEOPLE
from app.pipeline.routing.rules import CATCH_ALL

CONTRIBUTIONS_SHOWN = 8
UNUSUAL = 0.99  # from here on it is called so
_NAMES = {"bias": "where every lead starts"}


def explain(
    decision: Mapping[str, Any],
    history: Sequence[tuple[int, Mapping[str, Any]]] = (),
    zone: Zone = lambda team: "UTC",
    again: Mapping[str, Any] | None = None,
    attempts: Sequence[Mapping[str, Any]] = (),
) -> str:
    """What became of the record and why, for a person. Holds no personal data, as the decision does not.

    Args:
        decision: The newest one, which holds.
        history: When each of the lead's decisions was written (ms), and the decision; in order of their revisions.
        zone: The time zone that a team works in: due times are told by its clock.
        again, attempts: Of a dead letter or a replay: the record of its replay, and decisions on the other attempts.
    """
    lines = [f"{decision['lead_id']}  {_fate(decision)}", ""]
    if (erased_at := decision.get("erased_at")) is not None:
        lines += [f"  erased        {_time(erased_at)}: the person asked for it; nothing about them is kept, the counts are", ""]
    lines += [
        f"  came from     {decision['source']} "
        f"({decision['topic']}, partition {decision['partition']}, offset {decision['offset']})"
    ]
    lines += [f"  received      {_time(decision['received_at'])}"]
    lines += replays(decision, again, attempts, _fate)
    if decision["occurred_at"] is not None:
        lines += [f"  happened      {_time(decision['occurred_at'])}"]
    if decision["subject"]:
        lines += [f"  person        {decision['subject']} (pseudonym)"]
    lines += who(decision)
    if decision["violations"]:
        lines += [f"  violations    {', '.join(decision['violations'])}"]
    if decision["repairs"]:
        lines += [f"  repaired      {', '.join(decision['repairs'])}"]
    if decision["score"] is not None:
        lines += _score(decision)
    lines += _teams(decision["teams_considered"])
    lines += handled(decision, zone)
    lines += revisions(history, _fate)
    lines += ["", f"  versions      {_versions(decision)}"]
    return "\n".join(lines)


def _fate(decision: Mapping[str, Any]) -> str:
    match decision["fate"]:
        case "routed":
            owner = f" ({decision['owner']})" if decision.get("owner") else ""
            return f"routed to {decision['team']}{owner} by {_rule(decision['rule'])}"
        case "rejected":
            return f"rejected: people said that it is no lead ({decision['rejected_why']})"
        case "review":
            return f"held for review ({', '.join(decision['review_reasons'])}); it would have gone to {decision['team']}"
        case "duplicate":
            kind = decision["duplicate_kind"].replace("_", " ")
            return f"duplicate ({kind}) of {decision['duplicate_of']}"
        case _:
            return f"dead letter: {decision['reason']} at stage {decision['stage']}"


def _rule(name: str) -> str:
    return {CATCH_ALL: "the catch-all", BY_PEOPLE: "a verdict"}.get(name, f"rule {name}")


def _teams(considered: Sequence[Mapping[str, Any]]) -> list[str]:
    """The rules in their order: those that did not hold, the one that took the lead, those that would have taken it next."""
    if not considered:
        return []
    lines, marks = ["", "  teams considered, by the rules in their order"], {True: "→", False: "·"}
    for one in considered:
        lines += [f"    {marks[one['passed']]} {one['team']:<18} {_rule(one['rule'])}: {one['why']}"]
    return lines


def _score(decision: Mapping[str, Any]) -> list[str]:
    lines = [
        f"  score         {decision['score']:.3f} ({decision['band']}), "
        f"confidence in the handling {decision['confidence']:.2f}, model {decision['model_version']}"
    ]
    if decision["sureness"] is not None:
        lines += [f"  sureness      {decision['sureness']:.2f}: {_sureness(decision['sureness'])}"]
    if decision["unusual"] is not None:
        lines += [f"  unusual       {decision['unusual']:.3f}: {_unusual(decision['unusual'])}"]
    if told := reasons_of(decision):
        lines += ["", "  why", *(f"    {reason}" for reason in told)]
    if decision["counterfactual"]:
        lines += ["", f"  {decision['counterfactual']}"]
    by_weight = sorted(decision["contributions"].items(), key=lambda one: -abs(one[1]))
    lines += ["", "  what moved the score (log-odds)"]
    lines += [f"    {share:+.3f}  {_NAMES.get(feature, feature)}" for feature, share in by_weight[:CONTRIBUTIONS_SHOWN]]
    rest = sum(share for _, share in by_weight[CONTRIBUTIONS_SHOWN:])
    if len(by_weight) > CONTRIBUTIONS_SHOWN:
        lines += [f"    {rest:+.3f}  {len(by_weight) - CONTRIBUTIONS_SHOWN} others together"]
    return lines


def reasons_of(decision: Mapping[str, Any]) -> Sequence[str]:
    """Its reasons; of a decision of the time before they were written down, made of its contributions and features now."""
    found: Sequence[str] = decision["reasons"]
    return found or reasons(decision["contributions"], decision["numbers"], decision["categories"])


def _sureness(share: float) -> str:
    if share >= 0.7:
        return "many outcomes of leads like it were learned"
    return "some outcomes of leads like it were learned" if share >= 0.3 else "few outcomes of leads like it were learned"


def _unusual(share: float) -> str:
    if share >= UNUSUAL:
        return "unlike the leads seen before"
    return f"{share:.0%} of the leads seen before were more ordinary"


def _versions(decision: Mapping[str, Any]) -> str:
    what = {"leadstream": "app_version", "schema": "schema_version", "mapping": "mapping_version", "rules": "rules_version"}
    told = ", ".join(f"{name} {decision[key]}" for name, key in what.items())
    return told + (f", toggles {decision['flags_version']}" if decision.get("flags_version") else "")


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
