"""The original without a lead that was merged into it: as if that one had never come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from app.pipeline.revision.fields import BESIDE, FILLED, MERGES, NOTHING
from app.pipeline.revision.form import Value, attributes_of, ids, told, violations_of
from app.pipeline.revision.knowledge import with_knowledge

_MADE: Final = (*FILLED, *BESIDE, *(name for name in MERGES if name != "merged"))


def without(newest: Value, first: Value, duplicates: Sequence[Value], gone: Value) -> dict[str, Any]:
    """The newest revision, made again from the first and the duplicates that stay.

    What else has changed since (people's corrections, knowledge of duplicates whose records are no longer kept) stays: a field
    is made again only where it is what the merges alone explain. A duplicate that had added nothing, because the one that goes
    had said it before, adds it now.

    Args:
        newest: The original as it stands.
        first: Its first revision, in either form.
        duplicates: All leads that are duplicates of it and whose records are kept, the one that goes included, in any order.
        gone: The one that goes, with what was merged into it.
    """
    merged, leaving = ids(newest), _leaving(gone)
    began, row = _began(newest, first), _in_order(merged, duplicates)
    before = _all(began, [one for one in row if one["lead_id"] in merged], merged)
    after = _all(began, [one for one in row if one["lead_id"] not in leaving], merged)
    revised = dict(newest)
    for name in _MADE:
        if newest[name] == before[name]:
            revised[name] = after[name]
    stay = [one for one in merged if one not in leaving]
    revised["merged"] = " ".join([*stay, *(one for one in ids(after) if one not in stay)])
    return revised


def forgotten(newest: Value, gone: Value) -> dict[str, Any]:
    """As `without`, where the first revision is no longer kept: what is known stays known, the lead is merged no more."""
    leaving = _leaving(gone)
    return dict(newest) | {"merged": " ".join([one for one in ids(newest) if one not in leaving])}


def _leaving(gone: Value) -> Collection[str]:
    return {str(gone["lead_id"]), *ids(gone)}


def _began(newest: Value, first: Value) -> dict[str, Any]:
    """The first revision in the newest one's form."""
    began = dict(newest) | {name: first[name] for name in (*FILLED, *BESIDE) if name not in ("attributes", "violations")}
    return began | told(newest, attributes_of(first), violations_of(first)) | NOTHING


def _in_order(merged: Sequence[str], duplicates: Sequence[Value]) -> list[Value]:
    """As they were merged; those that were not, where they came in between."""
    known = {str(one["lead_id"]): one for one in duplicates}
    row = [known[one] for one in merged if one in known]
    for one in sorted((one for one in duplicates if one["lead_id"] not in merged), key=lambda one: int(one["received_at"])):
        at = next((n for n, other in enumerate(row) if other["received_at"] > one["received_at"]), len(row))
        row.insert(at, one)
    return row


def _all(began: Value, leads: Sequence[Value], merged: Collection[str]) -> Value:
    for one in leads:
        began = with_knowledge(began, one, always=one["lead_id"] in merged) or began
    return began
