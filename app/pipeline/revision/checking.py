"""Leads that were decided while the match index could not tell: who they are is found out afterwards."""

from __future__ import annotations

from typing import Any, Final

from app.match_index import EXCLUSIVE_KEY, Ask
from app.pipeline.identified import Identified
from app.pipeline.projection import match_told
from app.pipeline.revision.form import Value
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.toggled import matched_by

BY: Final = "dedupe"
WHY: Final = "checked"


def ask_of(decision: Value, entry: Value | None) -> Ask | None:
    """What the index was to be asked; None where the decision does not tell, or later leads would not find it any more.

    Args:
        entry: The decision's `index`, opened; None where there is none, or its key is gone.
    """
    if entry is None or decision["event_id"] is None:
        return None
    at = decision["received_at"]
    return Ask(
        decision["lead_id"],
        entry["keys"],
        bytes.fromhex(decision["event_id"])[:EXCLUSIVE_KEY],
        entry["record"],
        at,
        max(0, (entry["until"] - at) // 1000),
    )


def check(decision: Kept, found: Identified, work: Work, *, fuzzy: bool = True) -> None:
    """Say who the lead is. A duplicate that its team has already is told to be merged; anything else only the decision tells.

    A lead that people would have been asked about stays where it is: nobody calls a lead back from its team on a doubt.

    Args:
        fuzzy: Whether leads were compared, or `dedupe.fuzzy` was off.
    """
    lead, of = decision.lead, found.duplicate_of
    if of is not None and work.end(of) == lead:  # the other one was found to be this one's duplicate meanwhile
        of = None
    entry = None if found.entry is None else {**decision.value["index"], "number": found.entry.number}  # the rest stays, locked
    changes: dict[str, Any] = {"dedupe": found.dedupe, "index": entry, "match": match_told(found.match)}
    changes |= {"subject": found.subject, "linked_to": found.linked_to}
    changes["toggles_off"] = matched_by(decision.value["toggles_off"], fuzzy=fuzzy)
    stands = work.newest(lead)
    if of is not None and decision.value["fate"] in ("routed", "review"):
        kind = "same_event" if found.dedupe == "same_event" else "same_lead"
        changes |= {"fate": "duplicate", "duplicate_of": of, "duplicate_kind": kind}
        if stands is not None and stands.place == "routed":
            work.say(stands, merged_into=of, subject=found.subject)
            work.freed.append(lead)
        elif stands is not None:
            told = {**stands.value, "subject": found.subject, "match": changes["match"]}
            told |= {"duplicate_of": of, "duplicate_kind": kind}
            work.say(Kept("duplicates", told, stands.headers))
    elif found.duplicate_of is not None:
        changes["dedupe"] = "new"
    work.decide(decision, revises=decision.value["fate"], revised_by=BY, revised_why=WHY, **changes)
