"""What a reviewer says, before it becomes a verdict on the topic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from app.pipeline.revision.corrections import CORRECTABLE, refused
from app.pipeline.revision.verdict import Verdict

LEAD_ID: Final = r"^ld_[0-9a-f]{20}$"
Word = Literal["approve", "keep", "reroute", "reassign", "reject", "retry", "merge", "unmerge"]
KEEP: Final = "keep"  # people's word for approving a possible duplicate: the two are two
Text = Annotated[str, Field(max_length=4_000)]
REVIEWER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")


class Draft(BaseModel):
    """What is to become of a lead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: Word = Field(
        description="approve: to the proposed team; keep: the same, and the two that may be one are two; reroute: to `team`; "
        "reassign: to another member of its team, or to `owner`; reject: no lead, see `why`; retry: assess it again; merge: it "
        "is `duplicate_of` once more, or else the lead that it was held for; unmerge: a duplicate stands alone again."
    )
    team: Annotated[str, Field(max_length=64)] | None = Field(None, description="For reroute: slug of the team that gets it.")
    owner: Annotated[str, Field(max_length=64)] | None = Field(None, description="For reassign: the member that gets it.")
    duplicate_of: Annotated[str, Field(pattern=LEAD_ID)] | None = Field(None, description="For merge: the lead that it is.")
    corrections: dict[str, Text] = Field(
        default_factory=dict,
        max_length=60,
        description="Lead field to its right value, as text; an empty text empties the field.",
    )
    why: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] | None = Field(
        None,
        description="Code of the reason, no personal data: it stands in the decision. For reject: spam, test, not_a_customer, …",
    )
    note: Text | None = Field(None, description="For people; may hold personal data, and stays on the verdicts topic.")


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong with a draft, whatever lead it is about. Never holds a value: corrections are personal data."""

    field: str
    what: str


def objections(draft: Draft) -> list[Objection]:
    """All that is wrong with it."""
    found = []
    needs = {"reroute": ("team", "name the team that gets it"), "reject": ("why", "say why it is no lead, as a code")}
    needed = needs.get(draft.says)
    if needed is not None and getattr(draft, needed[0]) is None:
        found.append(Objection(*needed))
    takes = {"team": ("reroute",), "owner": ("reassign",), "duplicate_of": ("merge",)}
    for name, words in takes.items():
        if getattr(draft, name) is not None and draft.says not in words:
            found.append(Objection(name, f"means nothing for {draft.says}; it is for {words[0]}"))
    if draft.corrections and draft.says not in ("approve", KEEP, "reroute", "merge"):
        found.append(Objection("corrections", f"mean nothing for {draft.says}"))
    for name in refused(draft.corrections):
        what = (
            "does not fit the field's type"
            if name in CORRECTABLE
            else f"cannot be corrected; fields: {', '.join(sorted(CORRECTABLE))}"
        )
        found.append(Objection(f"corrections.{name}", what))
    return found


def verdict_of(draft: Draft, lead: str, by: str, at_ms: int, number: str) -> Verdict:
    """The verdict that it makes about a lead."""
    says = "approve" if draft.says == KEEP else draft.says
    return Verdict(
        lead=lead,
        says=says,
        by=by,
        at_ms=at_ms,
        team=draft.team,
        into=draft.duplicate_of,
        corrections=dict(draft.corrections),
        id=number,
        owner=draft.owner,
        why=draft.why,
    )


def number_of(key: str, by: str, lead: str) -> str:
    """The id of a verdict that its sender calls by a key of their own: the same key, reviewer and lead make the same id."""
    return "vd_" + blake2b(orjson.dumps([key, by, lead]), digest_size=16).hexdigest()


def digest_of(verdict: Verdict, key: bytes) -> str:
    """Of what it says, to tell a repetition from another verdict under one id.

    Args:
        key: A secret of the process, for corrections hold personal data.
    """
    told: list[Any] = [verdict.lead, verdict.says, verdict.by, verdict.team, verdict.into, verdict.owner, verdict.why]
    told.append(sorted(verdict.corrections.items()))
    return blake2b(orjson.dumps(told), key=key[:64], digest_size=12).hexdigest()
